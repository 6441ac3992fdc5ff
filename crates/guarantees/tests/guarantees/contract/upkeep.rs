//! What time does to tasks: leases that pass, parked tasks that are due, tasks that a Python
//! worker assistant marked as completed.

use futures::future::join_all;
use guarantees::{
    items::In,
    world::{World, id, labourer, orchestrate, scavenge, success, task_id},
};
use serde_json::{Value, json};
use task_manager::task::Status;

/// What two scavengers that work at once did to `worker`, which is paused, together.
async fn scavenged_twice(world: &World, what: &str) -> u64 {
    let tallies = [scavenge(&world.manager), scavenge(&world.manager)];
    world.pause(true).await;
    let tallies = join_all(tallies).await;
    world.pause(false).await;
    tallies.iter().map(|tally| tally["labourers"]["worker"][what].as_u64().unwrap()).sum()
}

/// The order in which the queue stands, by the `n` of the payloads.
async fn order(world: &World) -> Vec<Value> {
    let queue = world.manager.queue().heads(&id("worker"), 1000).await.unwrap();
    let mut order = Vec::new();
    for candidate in queue {
        let task = world.find(&candidate.id).await;
        order.push(serde_json::from_str::<Value>(task.payload_text()).unwrap()["n"].clone());
    }
    order
}

#[tokio::test]
async fn an_attempt_is_silent_until_its_lease_has_passed_and_not_a_moment_less() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    world.pass(60.0);
    world.scavenge().await;
    assert_eq!(world.places(&task_id(&event)).await, [In::Tasks]);
    let counts = world.counts("worker").await;
    assert_eq!((counts.running, counts.expired), (1, 0));
    world.pass(0.000_001);
    let counts = world.counts("worker").await;
    assert_eq!((counts.running, counts.expired), (0, 1));
    world.scavenge().await;
    assert_eq!(world.places(&task_id(&event)).await, [In::Retry]);
}

#[tokio::test]
async fn after_an_expiry_the_delay_is_sosws_duration_times_attempts() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    world.pass(61.0);
    world.scavenge().await;
    let due = world.find(&task_id(&event)).await.due_at.unwrap();
    assert_eq!(due.since(world.now()).as_secs(), 30);
}

#[tokio::test]
async fn two_scavengers_at_once_expire_each_task_once() {
    let world = World::of_slots(20).await;
    let tasks = world.create_numbered(20).await;
    world.orchestrate().await;
    world.pass(61.0);
    assert_eq!(scavenged_twice(&world, "parked").await, 20);
    assert_eq!(world.counts("worker").await.parked, 20);
    assert_eq!(world.slots_in_use("worker").await, 0);
    for task in tasks {
        assert_eq!(world.places(&task.id).await, [In::Retry]);
    }
}

#[tokio::test]
async fn a_report_and_an_expiry_at_once_end_in_a_success() {
    let world = World::of_slots(20).await;
    world.create_numbered(20).await;
    world.orchestrate().await;
    let events = world.events().await;
    world.pass(61.0);
    let reports = events.iter().map(|event| world.succeed(event));
    tokio::join!(join_all(reports), world.scavenge(), scavenge(&world.manager));
    world.assert_all_succeeded("worker", 20).await;
}

#[tokio::test]
async fn requeued_tasks_stand_before_the_oldest_in_the_order_of_their_times() {
    let world = World::of_slots(40).await;
    world.create_numbered(40).await;
    world.orchestrate().await;
    let mut events = world.events().await;
    events.sort_by_key(|event| event["n"].as_u64());
    world.create("worker", [json!({ "n": 100 }), json!({ "n": 101 })]).await;
    // The last one is due first.
    for (place, event) in events.iter().enumerate() {
        let mut report = guarantees::world::failure(event);
        report["retry_after"] = json!(1000 - place);
        world.assist(report).await.unwrap();
    }
    let waiting: Vec<_> = order(&world).await;
    world.pass(2000.0);
    assert_eq!(scavenged_twice(&world, "requeued").await, 40);
    let expected: Vec<_> = (0..40).rev().map(|n| json!(n)).chain(waiting).collect();
    assert_eq!(order(&world).await, expected);
}

#[tokio::test]
async fn nothing_is_requeued_before_its_time_and_each_task_once() {
    let world = World::of_slots(10).await;
    world.create_numbered(10).await;
    world.orchestrate().await;
    for (place, event) in world.events().await.iter().enumerate() {
        let mut report = guarantees::world::failure(event);
        report["retry_after"] = json!(100 * (place + 1));
        world.assist(report).await.unwrap();
    }
    for round in 1..=10 {
        world.pass(100.0);
        assert_eq!(scavenged_twice(&world, "requeued").await, 1, "round {round}");
    }
    assert_eq!(world.counts("worker").await.queued, 10);
}

#[tokio::test]
async fn a_scavenger_that_slept_does_not_move_what_was_parked_again_meanwhile() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    let snooze = async |event: &Value| {
        let mut report = guarantees::world::failure(event);
        report["snooze"] = json!(100);
        world.report(report).await
    };
    snooze(&event).await;
    world.pass(100.0);
    let gate = world.wire.hold(|call| call.operation == "TransactWriteItems");
    let meanwhile = async {
        gate.reached().await;
        world.scavenge().await;
        let again = world.next_event().await;
        snooze(&again).await;
        gate.open();
    };
    tokio::join!(world.scavenge(), meanwhile);
    assert_eq!(world.places(&task_id(&event)).await, [In::Retry]);
}

#[tokio::test]
async fn what_a_python_assistant_marked_is_closed_once_and_gives_its_slot_back() {
    let world = World::of_slots(5).await;
    world.create_numbered(5).await;
    world.orchestrate().await;
    for event in world.events().await {
        let marks = json!({ "completed_at": world.now().seconds(), "result_rows": 3 });
        world.add(&task_id(&event), marks).await;
    }
    assert_eq!(scavenged_twice(&world, "archived").await, 5);
    world.assert_all_succeeded("worker", 5).await;
}

#[tokio::test]
async fn what_a_python_assistant_marked_is_not_taken_for_lost_nor_run_again() {
    let world = World::of([labourer("worker")]).await;
    let event = world.started().await;
    world.pass(3600.0);
    world.add(&task_id(&event), json!({ "completed_at": world.now().seconds() })).await;
    world.scavenge().await;
    assert_eq!(world.find(&task_id(&event)).await.closed.unwrap().status, Status::Succeeded);

    let event = world.started().await;
    world.fail(&event).await;
    world.pass(3600.0);
    world.requeue().await;
    world.add(&task_id(&event), json!({ "completed_at": world.now().seconds() })).await;
    let tally = orchestrate(&world.manager).await;
    assert_eq!(tally["labourers"]["worker"]["archived"], 1);
    assert!(world.events().await.is_empty());
    world.assert_all_succeeded("worker", 2).await;
}

#[tokio::test]
async fn a_mark_of_a_python_assistant_survives_a_failure_decided_before_it() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    let gate = world.wire.hold(|call| call.operation == "TransactWriteItems");
    let mark = async {
        gate.reached().await;
        world.add(&task_id(&event), json!({ "completed_at": world.now().seconds() })).await;
        gate.open();
    };
    tokio::join!(world.fail(&event), mark);
    assert_eq!(world.find(&task_id(&event)).await.closed.unwrap().status, Status::Succeeded);
}

#[tokio::test]
async fn a_task_that_waits_in_the_future_is_neither_started_nor_expired_nor_counted() {
    let world = World::of_slots(1).await;
    let tasks = world.create_numbered(1).await;
    let later = world.now().seconds() + 1000.0;
    world.add(&tasks[0].id, json!({ "greenfield": later })).await;
    world.orchestrate().await;
    world.scavenge().await;
    assert_eq!(world.places(&tasks[0].id).await, [In::Tasks]);
    let event = world.started().await;
    assert_eq!(world.report(success(&event)).await.handed_over_to, None);
    world.pass(1001.0);
    assert_eq!(world.next_event().await["task_id"], tasks[0].id.as_str());
}

#[tokio::test]
async fn where_nothing_is_due_nothing_is_written() {
    let world = World::of_slots(2).await;
    world.started().await;
    world.started().await;
    world.create_numbered(5).await;
    // The names of the config are kept when they are new.
    world.scavenge().await;
    world.wire.calls();
    for _ in 0..3 {
        world.orchestrate().await;
        world.scavenge().await;
    }
    let calls = world.wire.calls();
    assert!(!calls.iter().any(|call| call.is_write()), "{calls:?}");
}
