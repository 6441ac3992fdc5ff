//! The life of a task, step by step.

use guarantees::world::World;
use serde_json::json;
use task_manager::{manager::attempts::receive::Effect, task::Status};

#[tokio::test]
async fn a_task_is_queued_started_and_closed_and_its_slot_is_free_again() {
    let world = World::of_slots(2).await;
    let tasks = world.create_numbered(1).await;
    assert_eq!(world.counts("worker").await.queued, 1);

    world.orchestrate().await;
    let events = world.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["n"], 0);
    assert_eq!(events[0]["task_id"], tasks[0].id.as_str());
    assert_eq!(events[0]["attempts"], 0);
    assert_eq!(events[0]["sosw"]["attempt"], 1);
    assert_eq!(world.slots_in_use("worker").await, 1);

    let receipt = world.succeed(&events[0]).await;
    assert_eq!(receipt.outcome, Effect::Succeeded);
    assert_eq!(world.slots_in_use("worker").await, 0);
    let task = world.find(&tasks[0].id).await;
    assert_eq!(task.closed.unwrap().status, Status::Succeeded);
    assert_eq!(task.attempts, 1);
    let counts = world.counts("worker").await;
    assert_eq!((counts.open(), counts.succeeded), (0, 1));
}

#[tokio::test]
async fn a_slot_is_handed_over_to_the_next_task_by_the_report_itself() {
    let world = World::of_slots(1).await;
    let tasks = world.create_numbered(3).await;
    world.orchestrate().await;
    for n in 0..3 {
        let events = world.events().await;
        assert_eq!(events.len(), 1, "one slot, one event");
        assert_eq!(events[0]["n"], n, "one slot keeps the order");
        let receipt = world.succeed(&events[0]).await;
        assert_eq!(receipt.handed_over_to.as_ref(), tasks.get(n + 1).map(|task| &task.id));
    }
    assert_eq!(world.slots_in_use("worker").await, 0);
    assert_eq!(world.counts("worker").await.succeeded, 3);
}

#[tokio::test]
async fn a_silent_task_returns_until_its_attempts_are_spent() {
    let world = World::of_slots(1).await;
    let tasks = world.create_numbered(1).await;
    for attempt in 1..=3 {
        world.orchestrate().await;
        let events = world.events().await;
        assert_eq!(events[0]["sosw"]["attempt"], attempt);
        world.pass(61.0);
        world.scavenge().await;
        assert_eq!(world.slots_in_use("worker").await, 0);
        world.pass(3600.0);
        world.scavenge().await;
    }
    let task = world.find(&tasks[0].id).await;
    assert_eq!(task.closed.unwrap().status, Status::Exhausted);
    assert_eq!((task.attempts, task.errors.len()), (3, 3));
    assert_eq!(task.errors[0].kind, "expired");
}

#[tokio::test]
async fn a_failure_parks_the_task_and_its_time_brings_it_back() {
    let world = World::of_slots(1).await;
    let tasks = world.create_numbered(1).await;
    world.orchestrate().await;
    let events = world.events().await;
    let report = json!({
        "action": "mark_task_as_failed",
        "task_id": events[0]["task_id"],
        "claim": events[0]["sosw"]["claim"],
        "retry_after": 100,
    });
    assert_eq!(world.report(report.clone()).await.outcome, Effect::Parked);
    assert_eq!(world.report(report).await.outcome, Effect::AlreadyDone);
    world.pass(99.0);
    world.scavenge().await;
    assert_eq!(world.counts("worker").await.parked, 1);
    world.pass(2.0);
    world.requeue().await;
    assert_eq!(world.counts("worker").await.queued, 1);
    assert_eq!(world.find(&tasks[0].id).await.attempts, 1);
}
