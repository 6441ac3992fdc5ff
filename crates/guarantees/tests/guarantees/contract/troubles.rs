//! Trouble around the queue: what is missing, busy or late stops nobody who does not need it.

use std::time::Duration;

use guarantees::{
    wire::{Call, WireFault},
    world::{World, assist, failure, labourer, orchestrate, requeue, scavenge, success, with},
};
use serde_json::{Value, json};
use task_manager::{config::Config, labourer::Labourer, manager::attempts::receive::Effect};

async fn without(world: &World, table: &str) {
    world.clients.dynamodb.delete_table().table_name(table).send().await.unwrap();
}

fn is_transaction(call: &Call) -> bool {
    call.operation == "TransactWriteItems"
}

#[tokio::test]
async fn a_missing_event_log_stops_nothing() {
    let world = World::with(Config { write_meta: true, ..Config::of([labourer("worker")]) }).await;
    without(&world, &world.manager.config().names.meta).await;
    let event = world.started().await;
    assert_eq!(world.fail(&event).await.outcome, Effect::Parked);
    world.pass(3600.0);
    world.scavenge().await;
    let event = world.next_event().await;
    assert_eq!(world.succeed(&event).await.outcome, Effect::Succeeded);
}

#[tokio::test]
async fn the_event_log_records_every_step_in_sosws_words() {
    let world = World::with(Config { write_meta: true, ..Config::of([labourer("worker")]) }).await;
    let event = world.started().await;
    world.pass(1.0);
    world.fail(&event).await;
    world.pass(3600.0);
    world.requeue().await;
    world.pass(1.0);
    let event = world.next_event().await;
    world.pass(1.0);
    world.succeed(&event).await;
    let log = world.clients.dynamodb.query().table_name(&world.manager.config().names.meta);
    let log = log.key_condition_expression("task_id = :id");
    let id = task_manager::attributes::s(event["task_id"].as_str().unwrap());
    let rows = log.expression_attribute_values(":id", id).send().await.unwrap();
    let actions: Vec<_> = rows.items().iter().map(|row| row["action"].as_s().unwrap()).collect();
    // Creation and start were at the same moment, and a row is named by its time.
    let expected = ["invoked", "scheduled_for_retry", "ready_for_retry", "invoked", "archived"];
    assert_eq!(actions, expected);
}

#[tokio::test]
async fn a_missing_table_is_named_in_the_error() {
    let world = World::of_slots(2).await;
    let names = world.manager.config().names.clone();
    let event = world.started().await;
    without(&world, &names.closed).await;
    let error = world.assist(success(&event)).await.unwrap_err();
    assert_eq!(error.name(), "TableMissing");
    assert!(error.to_string().contains(&names.closed), "{error}");

    without(&world, &names.retry).await;
    let error = world.assist(failure(&event)).await.unwrap_err();
    assert!(error.to_string().contains(&names.retry), "{error}");
    let tally = world.scavenge().await;
    let error = tally["labourers"]["worker"]["error"].as_str().unwrap();
    assert!(error.contains(&names.retry), "{error}");

    without(&world, &names.tasks).await;
    let tally = world.orchestrate().await;
    let error = tally["labourers"]["worker"]["error"].as_str().unwrap();
    assert!(error.contains(&names.tasks), "{error}");

    without(&world, &names.labourers).await;
    let until = world.soon();
    let unknown = orchestrator::HealthSource::unknown();
    let error =
        orchestrator::run(&world.manager, &unknown, &json!({}).into(), until).await.unwrap_err();
    assert_eq!(error.name(), "TableMissing");
    assert!(error.to_string().contains(&names.labourers), "{error}");
}

#[tokio::test]
async fn transactions_that_meet_others_or_are_throttled_are_repeated() {
    let world = World::of_slots(1).await;
    let troubles = [
        WireFault::conflict(2),
        WireFault::error(400, "TransactionInProgressException"),
        WireFault::error(400, "ProvisionedThroughputExceededException"),
        WireFault::error(400, "ThrottlingException"),
        WireFault::error(500, "InternalServerError"),
    ];
    for trouble in troubles {
        world.wire.cut(4, trouble.clone(), is_transaction);
        let event = world.started().await;
        world.wire.cut(4, trouble, is_transaction);
        assert_eq!(world.succeed(&event).await.outcome, Effect::Succeeded);
    }
    world.assert_all_succeeded("worker", 5).await;
}

#[tokio::test]
async fn a_write_that_never_gets_through_leaves_everything_as_it_was() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    world.wire.cut(usize::MAX, WireFault::conflict(3), is_transaction);
    let error = world.assist(success(&event)).await.unwrap_err();
    assert_eq!(error.name(), "Contended");
    world.wire.restore();
    assert_eq!(world.slots_in_use("worker").await, 1);
    assert_eq!(world.succeed(&event).await.outcome, Effect::Succeeded);
    world.assert_all_succeeded("worker", 1).await;
}

#[tokio::test]
async fn a_paused_labourer_starts_nothing_and_what_runs_may_end() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    world.create_numbered(2).await;
    let until = world.now() + Duration::from_secs(100);
    let id = guarantees::world::id("worker");
    world.manager.store().labourers().pause(&id, Some(until), Some("a test")).await.unwrap();
    assert_eq!(world.succeed(&event).await.handed_over_to, None);
    world.orchestrate().await;
    assert!(world.events().await.is_empty());
    world.pass(101.0);
    world.next_event().await;
}

#[tokio::test]
async fn clocks_that_differ_by_half_a_minute_break_no_promise() {
    // The cooldown is what separates a lease from the longest run.
    let world = World::of_slots(2).await;
    let (ahead, behind) = (world.elsewhere(30.0), world.elsewhere(-30.0));
    world.create_numbered(4).await;
    for manager in [&ahead, &behind, &world.manager] {
        orchestrate(manager).await;
    }
    let events = world.events().await;
    assert_eq!(events.len(), 2, "two slots, whatever the time");
    // As long as the function can be at work, nobody takes it for lost.
    for _ in 0..6 {
        world.pass(5.0);
        for manager in [&behind, &ahead] {
            scavenge(manager).await;
            assert_eq!(world.slots_in_use("worker").await, 2);
        }
    }
    for (event, manager) in events.iter().zip([&ahead, &behind]) {
        assist(manager, success(event)).await.unwrap();
    }
    orchestrate(&behind).await;
    for event in world.events().await {
        assist(&ahead, success(&event)).await.unwrap();
    }
    world.assert_all_succeeded("worker", 4).await;
}

#[tokio::test]
async fn a_task_parked_by_a_clock_ahead_comes_back_by_any_other_and_once() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    let report = with(failure(&event), json!({ "retry_after": 10 }));
    assist(&world.elsewhere(30.0), report).await.unwrap();
    world.scavenge().await;
    assert_eq!(world.counts("worker").await.parked, 1);
    world.pass(41.0);
    for skew in [-30.0, 0.0, 30.0] {
        requeue(&world.elsewhere(skew)).await;
    }
    assert_eq!(world.counts("worker").await.queued, 1);
}

#[tokio::test]
async fn a_tick_without_time_begins_nothing_and_the_next_one_begins_with_others() {
    let names = ["a", "b", "c", "d"];
    let world = World::of(names.map(labourer)).await;
    let first = async |world: &World| {
        let ticked = tick_until(world, 0.0).await;
        assert_eq!(ticked["labourers"], json!({}));
        ticked["skipped"].as_array().unwrap().iter().map(|id| id.to_string()).next().unwrap()
    };
    let mut first_ones = std::collections::BTreeSet::new();
    for _ in names {
        first_ones.insert(first(&world).await);
        world.pass(10.0);
    }
    assert_eq!(first_ones.len(), names.len(), "each is first in its turn");
    assert_eq!(tick_until(&world, 60.0).await.get("skipped"), None);
}

async fn tick_until(world: &World, seconds: f64) -> Value {
    let until = world.now() + Duration::from_secs_f64(seconds);
    let unknown = orchestrator::HealthSource::unknown();
    let ticked =
        orchestrator::run(&world.manager, &unknown, &json!({}).into(), until).await.unwrap();
    serde_json::to_value(ticked).unwrap()
}

#[tokio::test]
async fn the_duration_of_a_labourer_is_learnt_from_its_function_or_set() {
    let learnt = Labourer { duration: None, ..labourer("learnt") };
    let world = World::of([learnt, labourer("set")]).await;
    for name in ["learnt", "set"] {
        world.create(name, [json!({})]).await;
    }
    world.orchestrate().await;
    // The function's 3 s and the cooldown are over, the 30 s that are set are not.
    world.pass(34.0);
    let tally = world.scavenge().await;
    assert_eq!(tally["labourers"]["learnt"]["parked"], 1);
    assert_eq!(tally["labourers"]["set"]["parked"], 0);
}

#[tokio::test]
async fn what_a_step_reads_does_not_grow_with_the_queue() {
    let mut costs = Vec::new();
    for length in [20, 1500] {
        let world = World::of_slots(1).await;
        world.create_numbered(length).await;
        world.wire.calls();
        let event = world.started().await;
        world.fail(&event).await;
        world.pass(3600.0);
        world.scavenge().await;
        world.orchestrate().await;
        let calls = world.wire.calls();
        let answered: u64 = calls.iter().map(|call| call.answered).sum();
        costs.push((calls.len(), answered));
    }
    let [(few, little), (many, much)] = costs[..] else { panic!() };
    assert_eq!(few, many, "calls");
    assert!(much.abs_diff(little) < little / 10, "{little} bytes read, then {much}");
}
