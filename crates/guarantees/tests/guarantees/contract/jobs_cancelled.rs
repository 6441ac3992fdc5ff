//! An operator ends a job.

use guarantees::{items::In, jobs::days, world::World};
use serde_json::json;
use task_manager::{jobs::job::JobState, task::Status, transition::of_job};

#[tokio::test]
async fn cancelled_while_it_is_filled_a_job_makes_no_more_tasks() {
    let world = World::of_slots(1).await;
    world.deploy_scheduler();
    let mut batches = 0;
    let gate = world.wire.hold(move |call| {
        batches += usize::from(call.operation == "TransactWriteItems" && call.names("cursor"));
        batches == 3
    });
    let job = days(1200);
    let cancel = async {
        gate.reached().await;
        let id = world.manager.jobs().list(1).await.unwrap()[0].job.id.clone();
        let ignored = world.manager.jobs().cancel(&id).await.unwrap();
        let made = world.snapshot(&id).await.progress.made;
        gate.open();
        (id, ignored, made)
    };
    let (answer, (id, ignored, made)) = tokio::join!(world.schedule(&job), cancel);
    assert_eq!(answer.unwrap().state, "cancelling");
    let snapshot = world.snapshot(&id).await;
    assert_eq!(
        (snapshot.progress.made, snapshot.progress.total, snapshot.job.total),
        (made, made, made)
    );
    let event = world.events().await.remove(0);
    assert_eq!(ignored, made - 1, "all but the one that runs");
    assert_eq!(world.all(In::Closed).await.len() as u64, ignored);

    assert_eq!(world.advance_jobs().await["ended"], 0, "one is still at work");
    world.succeed(&event).await;
    assert_eq!(world.advance_jobs().await["ended"], 1);
    let snapshot = world.snapshot(&id).await;
    assert_eq!(snapshot.job.state, JobState::Cancelled);
    assert_eq!((snapshot.progress.succeeded, snapshot.progress.ignored), (1, ignored));
    let error = world.manager.jobs().cancel(&id).await.unwrap_err();
    assert!(error.to_string().contains("is cancelled"), "{error}");
}

#[tokio::test]
async fn what_fails_after_its_job_was_cancelled_is_not_tried_again() {
    let world = World::of_slots(1).await;
    world.deploy_scheduler();
    let id = world.fill(&days(3)).await;
    let event = world.events().await.remove(0);
    assert_eq!(world.manager.jobs().cancel(&id).await.unwrap(), 2);
    world.fail(&event).await;
    world.advance_jobs().await;
    assert_eq!(world.counts("worker").await.ignored, 3);
    assert_eq!(world.advance_jobs().await["ended"], 1);
    assert_eq!(world.snapshot(&id).await.job.state, JobState::Cancelled);
}

#[tokio::test]
async fn a_cancel_that_was_cut_short_goes_on_when_it_is_repeated() {
    for calls in 0..8 {
        let world = World::of_slots(1).await;
        let id = world.fill(&days(10)).await;
        let gate = world.wire.stop(calls);
        let cancel = std::pin::pin!(world.manager.jobs().cancel(&id));
        let reached = std::pin::pin!(gate.reached());
        futures::future::select(cancel, reached).await;
        world.wire.restore();
        world.manager.jobs().cancel(&id).await.unwrap();
        let closed = world.all(In::Closed).await;
        assert_eq!(closed.len(), 9, "after {calls} calls");
        assert!(closed.iter().all(|task| task.closed.unwrap().status == Status::Ignored));
        assert_eq!(world.snapshot(&id).await.progress.ignored, 9);
    }
}

#[tokio::test]
async fn a_tick_closes_what_a_cancel_that_was_cut_short_left_in_the_queue() {
    let world = World::of_slots(1).await;
    world.deploy_scheduler();
    let id = world.fill(&days(250)).await;
    // The first hundred are closed; then nobody goes on.
    let mut reads = 0;
    let gate = world.wire.hold(move |call| {
        reads += usize::from(call.operation == "BatchGetItem");
        reads == 3
    });
    let cancel = std::pin::pin!(world.manager.jobs().cancel(&id));
    let reached = std::pin::pin!(gate.reached());
    futures::future::select(cancel, reached).await;
    world.wire.restore();
    let ignored = world.snapshot(&id).await.progress.ignored;
    assert!((90..100).contains(&ignored), "{ignored}");

    let (none, nobody) = (scavenger::Scheduler::none(), scavenger::Notifier::disabled());
    let until = world.now();
    scavenger::jobs::advance(&world.manager, &none, &nobody, until).await.unwrap();
    assert_eq!(world.snapshot(&id).await.progress.ignored, ignored, "the time was up");
    world.advance_jobs().await;
    assert_eq!(world.snapshot(&id).await.progress.ignored, 249, "all but the one that runs");
    world.succeed(&world.events().await[0]).await;
    assert_eq!(world.advance_jobs().await["ended"], 1);
}

#[tokio::test]
async fn a_tick_closes_what_returned_to_the_head_of_the_queue_of_a_cancelled_job() {
    let world = World::of_slots(1).await;
    world.deploy_scheduler();
    let id = world.fill(&days(5)).await;
    world.fail(&world.events().await[0]).await;
    world.pass(3600.0);
    world.requeue().await;
    assert_eq!(world.counts("worker").await.queued, 4, "the one that failed is the first");
    let snapshot = world.snapshot(&id).await;
    let cut = world.manager.store().apply(&of_job::cut(&snapshot)).await.unwrap();
    assert!(cut.is_applied());
    world.advance_jobs().await;
    let counts = world.counts("worker").await;
    assert_eq!((counts.queued, counts.parked, counts.ignored), (0, 0, 5));
    assert_eq!(world.advance_jobs().await["ended"], 1);
}

#[tokio::test]
async fn a_tick_of_a_cancelled_job_whose_tasks_all_run_reads_none_of_the_others() {
    let world = World::of_slots(1).await;
    world.deploy_scheduler();
    let id = world.fill(&days(250)).await;
    world.manager.jobs().cancel(&id).await.unwrap();
    world.wire.calls();
    world.advance_jobs().await;
    let calls = world.wire.calls();
    let reads = calls.iter().filter(|call| call.operation == "BatchGetItem").count();
    assert_eq!(reads, 1, "the attempts that run");
}

#[tokio::test]
async fn a_job_that_waits_for_its_time_can_be_cancelled() {
    let world = World::of_slots(1).await;
    let sent = world.deploy_scheduler();
    let id = world.fill(&guarantees::world::with(days(3), json!({ "delay": 60 }))).await;
    assert_eq!(world.manager.jobs().cancel(&id).await.unwrap(), 0);
    world.pass(120.0);
    assert_eq!(world.advance_jobs().await["ended"], 1);
    assert_eq!(world.snapshot(&id).await.job.state, JobState::Cancelled);
    assert!(sent.lock().unwrap().is_empty());
    assert!(world.all(In::Tasks).await.is_empty());
}
