//! What a rate costs, counted on the wire.

use std::{cell::Cell, time::Duration};

use guarantees::{wire::Call, world::World};
use task_manager::json::Json;

use super::{config, create, is_of_rate, rate, user};

#[tokio::test]
async fn a_rate_costs_at_most_1_3_write_units_a_task_in_steady_flow() {
    for (burst, most) in [(1, 1.05), (4, 0.7), (20, 0.3)] {
        let world =
            World::with(config([("stripe", rate(90, burst))], [user("worker", &[("stripe", 1)])]))
                .await;
        create(&world, "worker", 110).await;
        world.wire.calls();
        let (began, unknown) = (world.now(), orchestrator::HealthSource::unknown());
        let until = began + Duration::from_secs(10);
        let ticked = orchestrator::run(&world.manager, &unknown, &Json::Null, until).await.unwrap();
        let sleep = async |time: Duration| world.pass(time.as_secs_f64());
        orchestrator::stay::stay(&world.manager, ticked, began, until, sleep).await;
        let started = world.events().await.len();
        assert!(started > 70, "{started}");
        let calls = world.wire.calls();
        // Items of less than a KB, whether or not the condition holds.
        let units = calls.iter().filter(|call| call.is_write() && is_of_rate(call)).count();
        let each = units as f64 / started as f64;
        assert!(each <= most, "burst {burst}: {each} write units a task");
    }
}

#[tokio::test]
async fn the_item_of_a_rate_stays_below_a_kilobyte() {
    use task_manager::manager::resources::rate_settings::NewRate;
    let name: &'static str = "a-resource-with-a-long-name-of-an-api-that-is-shared";
    let world = World::with(config([(name, rate(90, 4))], [user("worker", &[(name, 1)])])).await;
    let (id, reason) = (super::named(name), "they have asked us to be gentle this week".repeat(20));
    let new = NewRate { limit: 45, per: None, burst: None };
    world.manager.resources().set_rate(&id, new, Some(&reason)).await.unwrap();
    let calls = world.wire.calls();
    let write =
        calls.iter().find(|call| call.is_write() && is_of_rate(call)).map(|call| call.body());
    let values = write.unwrap()["ExpressionAttributeValues"].to_string();
    assert!(values.len() < 900, "{}: {values}", values.len());
}

#[tokio::test]
async fn labourers_without_a_rate_pay_nothing_for_it() {
    let world = World::of_slots(5).await;
    world.create_numbered(10).await;
    world.wire.calls();
    world.orchestrate().await;
    assert_eq!(world.wire.calls().iter().filter(|call| is_of_rate(call)).count(), 0);
}

/// Write units of these calls: items of less than a KB cost one, and two within a transaction.
fn units(calls: &[Call]) -> usize {
    let of = |call: &Call| match call.operation.as_str() {
        "TransactWriteItems" => 2 * call.body()["TransactItems"].as_array().unwrap().len(),
        "UpdateItem" | "PutItem" => 1,
        _ => 0,
    };
    calls.iter().map(of).sum()
}

/// Write units of a task from its claim to its end, while the orchestrator stays.
async fn units_of_a_life(burst: u32) -> f64 {
    let labourer = user("worker", &[("stripe", 1)]);
    let world = World::with(config([("stripe", rate(90, burst))], [labourer])).await;
    create(&world, "worker", 80).await;
    world.wire.calls();
    let (began, unknown) = (world.now(), orchestrator::HealthSource::unknown());
    let until = began + Duration::from_secs(6);
    let ticked = orchestrator::run(&world.manager, &unknown, &Json::Null, until).await.unwrap();
    let ended = Cell::new(0);
    let sleep = async |time: Duration| {
        world.pass(time.as_secs_f64());
        for event in world.events().await {
            world.succeed(&event).await;
            ended.set(ended.get() + 1);
        }
    };
    orchestrator::stay::stay(&world.manager, ticked, began, until, sleep).await;
    units(&world.wire.calls()) as f64 / f64::from(ended.get())
}

/// The same with a slot that is handed over.
async fn units_of_a_life_without_a_rate() -> f64 {
    let world = World::of_slots(1).await;
    world.create_numbered(25).await;
    let mut event = world.next_event().await;
    world.wire.calls();
    for _ in 0..20 {
        world.succeed(&event).await;
        event = world.events().await.remove(0);
    }
    units(&world.wire.calls()) as f64 / 20.0
}

/// A slot that is not handed over is freed (2 units) and taken (2 for each batch), beside the tokens.
#[tokio::test]
async fn a_task_whose_slot_is_not_handed_over_costs_what_freeing_and_taking_it_does() {
    let without = units_of_a_life_without_a_rate().await;
    for (burst, most) in [(4, 3.8), (20, 3.0)] {
        let more = units_of_a_life(burst).await - without;
        assert!(more <= most, "burst {burst}: {more} more than {without}");
    }
}
