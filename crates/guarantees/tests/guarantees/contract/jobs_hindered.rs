//! What keeps the tasks of an accepted job from being made: the job stays accepted, and goes on.

use std::sync::atomic::{AtomicU32, Ordering};

use guarantees::{
    jobs::days,
    wire::{Call, WireFault},
    world::World,
};
use serde_json::json;
use task_manager::{
    describe,
    jobs::{job::JobSnapshot, message::Message},
    manager::jobs::fill::Filled,
};

fn moves_a_cursor(call: &Call) -> bool {
    call.names("#cursor = :from")
}

fn denied() -> WireFault {
    WireFault::error(400, "AccessDeniedException")
}

/// A job of that many tasks, none of which is made.
async fn accepted(world: &World, count: u32) -> JobSnapshot {
    let Message::Submit(submission) =
        world.manager.jobs().read_message(&days(count).into()).unwrap()
    else {
        panic!("it is a job");
    };
    world.manager.jobs().submit(&submission, None).await.unwrap()
}

#[tokio::test]
async fn a_job_that_is_accepted_is_not_refused_because_its_tasks_cannot_be_made_yet() {
    let world = World::of_slots(1).await;
    world.wire.cut(1, denied(), moves_a_cursor);
    let answer = world.schedule(&days(5)).await.unwrap();
    assert_eq!((answer.state, answer.made), ("filling", 0));
    let trouble = answer.trouble.unwrap();
    assert!(trouble.contains("AccessDeniedException"), "{trouble}");
    let resume = json!({ "job_id": answer.job_id });
    assert_eq!(world.schedule(&resume).await.unwrap().trouble, None);
    world.assert_made_once(&answer.job_id, 5).await;
}

#[tokio::test]
async fn an_accepted_job_is_answered_with_its_id_whatever_its_tasks_meet() {
    let world = World::of_slots(1).await;
    let accepted = accepted(&world, 1500).await;
    world.wire.cut(1, denied(), moves_a_cursor);
    let Filled { snapshot, trouble } =
        world.manager.jobs().fill_accepted(accepted.clone(), || true, async || {}).await;
    assert_eq!(snapshot.job.id, accepted.job.id);
    let error = describe(&trouble.unwrap());
    assert!(error.contains("AccessDeniedException"), "{error}");
    assert_eq!(world.snapshot(&snapshot.job.id).await.progress, snapshot.progress);
}

#[tokio::test]
async fn a_job_is_filled_however_long_others_are_in_the_way_while_there_is_time() {
    let world = World::of_slots(1).await;
    // More than a transaction is repeated.
    world.wire.cut(15, WireFault::conflict(3), moves_a_cursor);
    let answer = world.schedule(&days(200)).await.unwrap();
    assert_eq!((answer.made, answer.trouble), (200, None));
    world.assert_made_once(&answer.job_id, 200).await;
}

#[tokio::test]
async fn a_job_that_is_throttled_until_the_time_is_up_says_so() {
    let world = World::of_slots(1).await;
    let snapshot = accepted(&world, 5).await;
    let mut throttled = WireFault::conflict(3);
    if let WireFault::Refused(_, error) = &mut throttled {
        error["CancellationReasons"][1] = json!({ "Code": "ThrottlingError" });
    }
    world.wire.cut(usize::MAX, throttled, moves_a_cursor);
    let asked = AtomicU32::new(0);
    let may_go_on = || asked.fetch_add(1, Ordering::Relaxed) < 2;
    let filled = world.manager.jobs().fill_accepted(snapshot, may_go_on, async || {}).await;
    let error = describe(&filled.trouble.unwrap());
    assert!(error.contains("still throttled after 12 attempts"), "{error}");
    assert_eq!(asked.into_inner(), 3);
}

#[tokio::test]
async fn the_trouble_of_one_range_is_not_that_of_the_others() {
    let world = World::of_slots(1).await;
    world.wire.cut(usize::MAX, denied(), |call| moves_a_cursor(call) && call.names("range-02"));
    let answer = world.schedule(&days(1200)).await.unwrap();
    assert_eq!((answer.state, answer.made), ("filling", 900));
    assert!(answer.trouble.is_some());
}
