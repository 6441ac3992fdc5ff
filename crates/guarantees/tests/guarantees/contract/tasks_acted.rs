//! An operator retries or cancels a single task.

use guarantees::{
    blocks::{blocks, members, partly},
    items::In,
    jobs::days,
    world::{World, labourer, task_id},
};
use operator::tasks::{TaskName, TaskState, cancel, retry, show};
use serde_json::Value;
use task_manager::{
    ids::{JobId, TaskId},
    jobs::job::JobState,
    labourer::Labourer,
    task::Status,
};

/// A world whose tasks have one attempt.
async fn world(slots: u32) -> World {
    let once =
        Labourer { max_attempts: 1, max_simultaneous_invocations: slots, ..labourer("worker") };
    World::of([once]).await
}

fn numbered(job: &JobId, number: u64) -> TaskName {
    TaskName::OfJob(job.clone(), number)
}

/// A job of so many tasks, one of which runs at a time; with the event of its first task.
async fn started(world: &World, count: u32) -> (JobId, Value) {
    let job = world.fill(&days(count)).await;
    (job, world.events().await.remove(0))
}

#[tokio::test]
async fn a_failed_task_is_queued_again_with_all_its_attempts_and_its_job_is_open_until_it_ends() {
    let world = world(1).await;
    let (job, event) = started(&world, 1).await;
    world.fail(&event).await;
    world.deploy_scheduler();
    world.advance_jobs().await;
    assert_eq!(world.snapshot(&job).await.job.state, JobState::Failed);

    let change = retry(&world.manager, &numbered(&job, 0)).await.unwrap();
    assert_eq!((change.state, change.tasks, change.is_new), (TaskState::Queued, 1, true));
    let snapshot = world.snapshot(&job).await;
    assert_eq!((snapshot.job.state, snapshot.progress.exhausted), (JobState::Open, 0));
    let event = world.next_event().await;
    assert_eq!(event["attempts"], 0);
    world.succeed(&event).await;
    world.advance_jobs().await;
    let snapshot = world.snapshot(&job).await;
    assert_eq!((snapshot.job.state, snapshot.progress.succeeded), (JobState::Succeeded, 1));
    world.assert_made_once(&job, 1).await;
}

#[tokio::test]
async fn a_failed_task_of_no_job_is_queued_again() {
    let world = world(1).await;
    let event = world.started().await;
    world.fail(&event).await;
    let name = TaskName::Id(task_id(&event));
    assert!(retry(&world.manager, &name).await.unwrap().is_new);
    assert!(world.all(In::Closed).await.is_empty());
    world.succeed(&world.next_event().await).await;
    world.assert_all_succeeded("worker", 1).await;
}

#[tokio::test]
async fn a_late_success_of_the_attempt_before_the_retry_is_accepted_once() {
    let world = world(1).await;
    let (job, event) = started(&world, 1).await;
    world.fail(&event).await;
    retry(&world.manager, &numbered(&job, 0)).await.unwrap();
    world.succeed(&event).await;
    let progress = world.snapshot(&job).await.progress;
    assert_eq!((progress.succeeded, progress.exhausted), (1, 0));
    world.assert_all_succeeded("worker", 1).await;
}

#[tokio::test]
async fn a_second_retry_says_that_the_task_is_open_and_writes_nothing() {
    let world = world(1).await;
    let (job, event) = started(&world, 1).await;
    world.fail(&event).await;
    let name = numbered(&job, 0);
    assert!(retry(&world.manager, &name).await.unwrap().is_new);
    world.wire.calls();
    let again = retry(&world.manager, &name).await.unwrap();
    assert_eq!((again.state, again.is_new), (TaskState::Queued, false));
    assert!(world.wire.calls().iter().all(|call| !call.is_write()));
    assert_eq!(world.snapshot(&job).await.progress.exhausted, 0);
}

#[tokio::test]
async fn of_two_who_retry_at_once_one_does_it_and_the_other_is_told_so() {
    let world = world(1).await;
    let (job, event) = started(&world, 1).await;
    world.fail(&event).await;
    let name = numbered(&job, 0);
    let gate = world.wire.hold(|call| call.operation == "TransactWriteItems");
    let slow = retry(&world.manager, &name);
    let meanwhile = async {
        gate.reached().await;
        assert!(retry(&world.manager, &name).await.unwrap().is_new);
        gate.open();
    };
    let (late, ()) = tokio::join!(slow, meanwhile);
    let late = late.unwrap();
    assert_eq!((late.state, late.is_new), (TaskState::Queued, false));
    assert_eq!(world.snapshot(&job).await.progress.exhausted, 0);
    world.assert_made_once(&job, 1).await;
}

#[tokio::test]
async fn a_task_that_failed_anew_since_it_was_read_stays_failed_and_that_is_said() {
    let world = world(1).await;
    let (job, event) = started(&world, 1).await;
    world.fail(&event).await;
    let name = numbered(&job, 0);
    let gate = world.wire.hold(|call| call.operation == "TransactWriteItems");
    let slow = retry(&world.manager, &name);
    let meanwhile = async {
        gate.reached().await;
        retry(&world.manager, &name).await.unwrap();
        world.fail(&world.next_event().await).await;
        gate.open();
    };
    let (late, ()) = tokio::join!(slow, meanwhile);
    let refused = late.unwrap_err().to_string();
    assert!(refused.contains("has changed since it was read"), "{refused}");
    assert!(refused.ends_with("has failed"), "{refused}");
    let task = show(&world.manager, &name).await.unwrap();
    assert_eq!((task.state, task.errors.len()), (TaskState::Exhausted, 2));
    assert_eq!(world.snapshot(&job).await.progress.exhausted, 1);
}

#[tokio::test]
async fn a_retry_that_was_cut_short_is_done_or_not_and_another_one_ends_it() {
    for calls in 0..12 {
        let world = world(1).await;
        let (job, event) = started(&world, 1).await;
        world.fail(&event).await;
        world.deploy_scheduler();
        world.advance_jobs().await;
        let gate = world.wire.stop(calls);
        let name = numbered(&job, 0);
        let cut = std::pin::pin!(retry(&world.manager, &name));
        let reached = std::pin::pin!(gate.reached());
        futures::future::select(cut, reached).await;
        world.wire.restore();
        retry(&world.manager, &name).await.unwrap();
        let snapshot = world.snapshot(&job).await;
        assert_eq!(
            (snapshot.job.state, snapshot.progress.exhausted),
            (JobState::Open, 0),
            "after {calls} calls"
        );
        world.assert_made_once(&job, 1).await;
    }
}

#[tokio::test]
async fn what_cannot_be_retried_is_refused_with_the_reason() {
    let world = world(1).await;
    let (job, event) = started(&world, 3).await;
    world.succeed(&event).await;
    let succeeded = retry(&world.manager, &numbered(&job, 0)).await.unwrap_err().to_string();
    assert!(succeeded.contains("has succeeded: only a task that failed"), "{succeeded}");
    let running = retry(&world.manager, &numbered(&job, 1)).await.unwrap();
    assert_eq!((running.state, running.is_new), (TaskState::Running, false));
    world.fail(&world.events().await[0]).await;
    world.manager.jobs().cancel(&job).await.unwrap();
    let of_cancelled = retry(&world.manager, &numbered(&job, 1)).await.unwrap_err().to_string();
    assert!(of_cancelled.contains("is cancelling: submit the job again"), "{of_cancelled}");
    assert_eq!(world.snapshot(&job).await.progress.exhausted, 1);
}

#[tokio::test]
async fn a_queued_task_is_cancelled_once_and_its_job_ends_without_it() {
    let world = world(1).await;
    let (job, event) = started(&world, 2).await;
    let name = numbered(&job, 1);
    let change = cancel(&world.manager, &name).await.unwrap();
    assert_eq!((change.state, change.is_new), (TaskState::Ignored, true));
    let again = cancel(&world.manager, &name).await.unwrap();
    assert_eq!((again.state, again.is_new), (TaskState::Ignored, false));
    assert_eq!(world.snapshot(&job).await.progress.ignored, 1);

    world.succeed(&event).await;
    assert!(world.events().await.is_empty());
    world.deploy_scheduler();
    world.advance_jobs().await;
    let snapshot = world.snapshot(&job).await;
    assert_eq!((snapshot.job.state, snapshot.progress.succeeded), (JobState::Succeeded, 1));
    world.assert_made_once(&job, 2).await;
    assert_eq!(world.slots_in_use("worker").await, 0);
}

#[tokio::test]
async fn a_task_that_waits_to_retry_is_cancelled() {
    let world = World::of_slots(1).await;
    let (job, event) = started(&world, 1).await;
    world.fail(&event).await;
    assert!(cancel(&world.manager, &numbered(&job, 0)).await.unwrap().is_new);
    assert!(world.all(In::Retry).await.is_empty());
    let progress = world.snapshot(&job).await.progress;
    assert_eq!((progress.ignored, progress.open()), (1, 0));
}

#[tokio::test]
async fn a_running_task_is_not_cancelled() {
    let world = world(1).await;
    let (job, event) = started(&world, 1).await;
    let refused = cancel(&world.manager, &numbered(&job, 0)).await.unwrap_err().to_string();
    assert!(refused.contains("is running: only a task that waits can be cancelled"), "{refused}");
    world.succeed(&event).await;
    let ended = cancel(&world.manager, &numbered(&job, 0)).await.unwrap_err().to_string();
    assert!(ended.ends_with("has succeeded: only a task that waits can be cancelled"), "{ended}");
}

#[tokio::test]
async fn a_task_that_started_since_it_was_read_runs_on_and_that_is_said() {
    let world = world(1).await;
    let (job, event) = started(&world, 2).await;
    let name = numbered(&job, 1);
    let gate = world.wire.hold(|call| call.operation == "TransactWriteItems");
    let slow = cancel(&world.manager, &name);
    let meanwhile = async {
        gate.reached().await;
        world.succeed(&event).await;
        gate.open();
    };
    let (late, ()) = tokio::join!(slow, meanwhile);
    let refused = late.unwrap_err().to_string();
    assert!(refused.contains("has changed since it was read"), "{refused}");
    world.succeed(&world.events().await[0]).await;
    let progress = world.snapshot(&job).await.progress;
    assert_eq!((progress.succeeded, progress.ignored), (2, 0));
}

#[tokio::test]
async fn of_two_who_cancel_at_once_one_does_it_and_the_job_counts_it_once() {
    let world = world(1).await;
    let (job, _event) = started(&world, 2).await;
    let name = numbered(&job, 1);
    let both = futures::join!(cancel(&world.manager, &name), cancel(&world.manager, &name));
    let new = [both.0.unwrap(), both.1.unwrap()].iter().filter(|change| change.is_new).count();
    assert_eq!((new, world.snapshot(&job).await.progress.ignored), (1, 1));
}

#[tokio::test]
async fn a_task_in_a_block_is_retried_or_cancelled_only_with_its_block() {
    let world = world(1).await;
    let job = world.fill(&blocks(8, 4)).await;
    let event = world.events().await.remove(0);
    let ids = members(&event);
    let failed: Vec<_> = ids.iter().map(|id| (id.as_str(), "A")).collect();
    world.report(partly(&event, &failed)).await;
    let refused = retry(&world.manager, &numbered(&job, 2)).await.unwrap_err().to_string();
    let block = TaskId::of_block(&job, 0);
    assert!(refused.contains("in a block with 3 others"), "{refused}");
    assert!(refused.ends_with(&format!("name the block, {block}")), "{refused}");

    let change = retry(&world.manager, &TaskName::Id(block)).await.unwrap();
    assert_eq!((change.tasks, change.is_new), (4, true));
    let progress = world.snapshot(&job).await.progress;
    assert_eq!((progress.exhausted, progress.open()), (0, 8));

    // The other block runs, and the first one stands in the queue.
    let change = cancel(&world.manager, &TaskName::Id(TaskId::of_block(&job, 0))).await.unwrap();
    assert_eq!((change.tasks, change.state), (4, TaskState::Ignored));
    let places = world.assert_partition(&job, 8).await;
    let ignored = places.values().filter(|place| **place == Some(Status::Ignored)).count();
    assert_eq!(ignored, 4);
}

#[tokio::test]
async fn an_unknown_task_is_named_with_a_hint() {
    let world = world(1).await;
    let name = TaskName::Id(TaskId::new("nobody").unwrap());
    for refused in [retry(&world.manager, &name).await, cancel(&world.manager, &name).await] {
        let refused = refused.unwrap_err().to_string();
        assert!(refused.starts_with("there is no task nobody in the queue"), "{refused}");
    }
}
