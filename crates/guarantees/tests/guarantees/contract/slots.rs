//! Slots of a labourer that has many: freed at counters beside its row, and never more in use than there are.

use std::{collections::HashMap, time::Duration};

use guarantees::{
    items::{In, invoked_by_sosw},
    world::{World, as_sosw, id, labourer, success, with},
};
use serde_json::json;
use task_manager::{
    attributes::{n, s},
    ids::TaskId,
    labourer::{Labourer, State},
    manager::attempts::start::Limit,
    storage::labourers::Refresh,
};

/// More than twenty: such a labourer has two counters.
const SLOTS: u32 = 25;

async fn row(world: &World) -> State {
    world.manager.store().labourers().row(&id("worker")).await.unwrap().unwrap()
}

/// Changes the row below everything that reads and writes it.
async fn change_row(world: &World, update: &str, value: Option<u32>) {
    let table = &world.manager.config().names.labourers;
    let request = world.clients.dynamodb.update_item().table_name(table);
    let request = request.key("labourer_id", s("worker")).update_expression(update);
    let values = value.map(|value| HashMap::from([(":n".to_owned(), n(value))]));
    request.set_expression_attribute_values(values).send().await.unwrap();
}

/// `world` with another number of slots in the config.
fn with_slots(world: &mut World, slots: u32) {
    world.configure(|config| {
        config.labourers.get_mut(&id("worker")).unwrap().max_simultaneous_invocations = slots;
    });
}

#[tokio::test]
async fn what_ends_is_counted_beside_the_row_and_each_slot_is_used_again() {
    let world = World::of_slots(SLOTS).await;
    for round in 1..=3 {
        world.create_numbered(SLOTS as usize).await;
        world.orchestrate().await;
        let events = world.events().await;
        assert_eq!(events.len(), SLOTS as usize, "round {round}");
        for event in &events {
            world.succeed(event).await;
        }
        let row = row(&world).await;
        let all = u64::from(SLOTS * round);
        assert_eq!((row.taken, row.freed, row.counters), (all, all, 2));
    }
    world.assert_all_succeeded("worker", u64::from(3 * SLOTS)).await;
}

#[tokio::test]
async fn a_handover_writes_neither_row_nor_counters() {
    let world = World::of_slots(SLOTS).await;
    world.create_numbered(SLOTS as usize + 10).await;
    world.orchestrate().await;
    let before = row(&world).await;
    for event in world.events().await.iter().take(10) {
        assert!(world.succeed(event).await.handed_over_to.is_some());
    }
    assert_eq!(row(&world).await, before);
}

#[tokio::test]
async fn a_row_of_the_version_before_gets_counters_while_its_attempts_run() {
    let mut world = World::of_slots(20).await;
    world.create_numbered(60).await;
    world.orchestrate().await;
    let first = world.events().await;
    assert_eq!((first.len(), row(&world).await.counters), (20, 0));
    // As the version before wrote it: it counted no attempts of others apart.
    change_row(&world, "REMOVE unclaimed", None).await;
    with_slots(&mut world, SLOTS);
    world.orchestrate().await;
    let upgraded = row(&world).await;
    assert_eq!((upgraded.running(), upgraded.counters, upgraded.unclaimed), (SLOTS, 2, Some(0)));
    // What was claimed before the upgrade hands over, and frees, like what was claimed after it.
    let mut events = first;
    while !events.is_empty() {
        events.extend(world.events().await);
        let event = events.remove(0);
        world.succeed(&event).await;
        events.extend(world.events().await);
    }
    world.assert_all_succeeded("worker", 60).await;
}

#[tokio::test]
async fn a_free_of_the_version_before_at_the_row_stays_valid() {
    let world = World::of_slots(SLOTS).await;
    world.create_numbered(2).await;
    world.orchestrate().await;
    // It knows of no counters.
    change_row(&world, "SET running = running - :n", Some(1)).await;
    assert_eq!(row(&world).await.running(), 1);
    let event = world.events().await.remove(0);
    world.succeed(&event).await;
    assert_eq!(row(&world).await.running(), 0);
}

#[tokio::test]
async fn counters_of_a_row_that_was_deleted_are_no_slots_of_the_new_one() {
    let world = World::of_slots(SLOTS).await;
    world.create_numbered(SLOTS as usize).await;
    world.orchestrate().await;
    for event in world.events().await.iter().take(20) {
        world.succeed(event).await;
    }
    let labourers = world.manager.config().names.labourers.clone();
    let deleted = world.clients.dynamodb.delete_item().table_name(labourers);
    deleted.key("labourer_id", s("worker")).send().await.unwrap();
    world.create_numbered(2 * SLOTS as usize).await;
    world.orchestrate().await;
    let row = row(&world).await;
    assert_eq!((row.running(), world.counts("worker").await.running), (SLOTS, SLOTS.into()));
}

#[tokio::test]
async fn a_claim_by_counters_that_were_read_long_ago_starts_too_few_and_never_too_many() {
    let world = World::of_slots(SLOTS).await;
    world.create_numbered(SLOTS as usize).await;
    world.orchestrate().await;
    let read = row(&world).await;
    for event in world.events().await.iter().take(10) {
        world.succeed(event).await;
    }
    world.create_numbered(2 * SLOTS as usize).await;
    let labourer = world.manager.labourers().get(&id("worker")).unwrap();
    // As full as it was read: nothing is tried.
    let start = |row| world.manager.attempts().start(labourer, row, Limit::OfRow(SLOTS), || true);
    assert_eq!(start(read.clone()).await.unwrap().invoked, 0);
    // Who read a row that nobody had claimed by yet is refused, and reads again what is free now.
    let early = State { taken: 0, ..read };
    assert_eq!(start(early).await.unwrap().invoked, 10);
    assert_eq!(row(&world).await.running(), SLOTS);
}

#[tokio::test]
async fn nothing_is_claimed_by_a_row_that_counts_less_than_its_counters() {
    let world = World::of_slots(SLOTS).await;
    world.create_numbered(SLOTS as usize).await;
    world.orchestrate().await;
    for event in world.events().await {
        world.succeed(&event).await;
    }
    change_row(&world, "SET running = :n", Some(0)).await;
    world.create_numbered(1).await;
    world.orchestrate().await;
    assert_eq!(world.counts("worker").await.queued, 1);
    let fix = operator::doctor::DoctorOptions {
        fix: Some(Duration::ZERO),
        ..operator::doctor::DoctorOptions::default()
    };
    let faults = operator::doctor::examine(&world.manager, fix).await.unwrap();
    assert!(faults.iter().any(operator::doctor::Fault::is_fixed), "{faults:?}");
    world.orchestrate().await;
    assert_eq!((world.counts("worker").await.running, row(&world).await.running()), (1, 1));
}

#[tokio::test]
async fn after_the_limit_is_lowered_slots_are_freed_until_no_more_are_in_use_than_there_are() {
    let mut world = World::of_slots(SLOTS).await;
    world.create_numbered(2 * SLOTS as usize).await;
    world.orchestrate().await;
    let events = world.events().await;
    with_slots(&mut world, 22);
    world.orchestrate().await;
    assert!(row(&world).await.draining);
    for (n, event) in events.iter().enumerate() {
        let is_handed_over = world.succeed(event).await.handed_over_to.is_some();
        assert_eq!(is_handed_over, n >= 3, "report {n}");
    }
    assert_eq!(row(&world).await.running(), 22);
    // The next tick finds that it is over.
    world.orchestrate().await;
    assert!(!row(&world).await.draining);
}

#[tokio::test]
async fn a_limit_that_was_lowered_by_a_tick_which_read_too_few_is_kept_all_the_same() {
    let world = World::of_slots(SLOTS).await;
    world.create_numbered(2 * SLOTS as usize).await;
    let early = world.manager.labourers().get(&id("worker")).unwrap();
    let early = world.manager.labourers().register(early).await.unwrap();
    world.orchestrate().await;
    // A tick that read the row when nothing was running.
    let early = State { counters: 2, ..early };
    let refresh =
        Refresh { slot_limit: 22, draining: early.must_drain(22), health: None, ecology: None };
    world.manager.store().labourers().refresh(&id("worker"), &refresh, world.now()).await.unwrap();
    let events = world.events().await;
    for (n, event) in events.iter().enumerate().take(5) {
        assert_eq!(world.succeed(event).await.handed_over_to.is_some(), n >= 3, "report {n}");
    }
}

#[tokio::test]
async fn attempts_that_sosw_began_are_freed_at_the_row_once_and_only_if_it_counted_them() {
    let world = World::of_slots(SLOTS).await;
    for name in ["counted-1", "counted-2"] {
        world.put(In::Tasks, invoked_by_sosw(&world, name, 1.0)).await;
    }
    world.create_numbered(5).await;
    world.orchestrate().await;
    assert_eq!((row(&world).await.running(), row(&world).await.unclaimed), (7, Some(2)));
    // Begun after the row was made: not counted.
    world.put(In::Tasks, invoked_by_sosw(&world, "later", 1.0)).await;
    let finish = async |name: &str| {
        let event = json!({ "task_id": name, "labourer_id": "worker" });
        world.report(as_sosw(success(&with(event, json!({ "sosw": {} }))))).await;
        world.manager.queue().find(&TaskId::new(name).unwrap()).await.unwrap().unwrap();
        row(&world).await.running()
    };
    assert_eq!(finish("counted-1").await, 6);
    assert_eq!(finish("counted-2").await, 5);
    assert_eq!(finish("later").await, 5, "nobody else's slot is freed");
}

#[tokio::test]
async fn the_rows_of_many_labourers_are_read_each_with_its_own_counters() {
    let names = ["one", "two", "three"];
    let labourers =
        names.map(|name| Labourer { max_simultaneous_invocations: SLOTS, ..labourer(name) });
    let world = World::of(labourers).await;
    for (n, name) in names.iter().enumerate() {
        world.create(name, vec![json!({}); n + 1]).await;
    }
    world.orchestrate().await;
    for event in world.events().await {
        world.succeed(&event).await;
    }
    let ids = names.map(id);
    let rows = world.manager.store().labourers().rows(&ids).await.unwrap();
    let freed: Vec<_> = ids.iter().map(|id| (rows[id].taken, rows[id].freed)).collect();
    assert_eq!(freed, [(1, 1), (2, 2), (3, 3)]);
}

#[tokio::test]
async fn a_batch_that_loses_a_head_to_a_handover_claims_the_others_at_once() {
    let world = World::of_slots(10).await;
    world.create_numbered(1).await;
    world.orchestrate().await;
    world.create_numbered(5).await;
    let before = row(&world).await;
    let gate = world.wire.hold(|call| call.operation == "TransactWriteItems");
    let handing_over = async {
        gate.reached().await;
        let event = world.events().await.remove(0);
        assert!(world.succeed(&event).await.handed_over_to.is_some());
        world.wire.calls();
        gate.open();
    };
    let (ticked, ()) = tokio::join!(world.orchestrate(), handing_over);
    assert_eq!(ticked["labourers"]["worker"]["lost"], 1, "{ticked}");
    assert_eq!(ticked["labourers"]["worker"]["invoked"], 4);
    let tried = world.wire.calls().into_iter().filter(|c| c.operation == "TransactWriteItems");
    assert_eq!(tried.count(), 2);
    assert_eq!(row(&world).await.taken, before.taken + 4);
}
