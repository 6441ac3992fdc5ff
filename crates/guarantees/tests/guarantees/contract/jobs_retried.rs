//! Exhausted tasks of a job go back to work.

use guarantees::{
    jobs::days,
    world::{World, labourer, report, with},
};
use serde_json::{Value, json};
use task_manager::{
    ids::{JobId, TaskId},
    jobs::job::JobState,
    labourer::Labourer,
};

/// A world whose tasks have one attempt.
async fn world(slots: u32) -> World {
    let once =
        Labourer { max_attempts: 1, max_simultaneous_invocations: slots, ..labourer("worker") };
    World::of([once]).await
}

async fn fails(world: &World, event: &Value, kind: &str) {
    let error = json!({ "error": { "kind": kind, "message": "" } });
    world.report(with(report("mark_task_as_failed", event), error)).await;
}

/// A job of ten tasks: three failed as `Odd`, two as `Even`, the others succeeded.
async fn half_failed(world: &World) -> JobId {
    let id = world.fill(&days(10)).await;
    for (place, event) in world.events().await.iter().enumerate() {
        match place {
            0 | 2 | 4 => fails(world, event, "Odd").await,
            1 | 3 => fails(world, event, "Even").await,
            _ => drop(world.succeed(event).await),
        }
    }
    world.deploy_scheduler();
    world.advance_jobs().await;
    assert_eq!(world.snapshot(&id).await.job.state, JobState::Failed);
    id
}

#[tokio::test]
async fn failed_tasks_return_to_work_and_their_job_is_open_until_they_are_closed() {
    let world = world(10).await;
    let id = half_failed(&world).await;
    assert_eq!(world.manager.jobs().retry_failed(&id, None).await.unwrap().tasks, 5);
    assert_eq!(world.manager.jobs().retry_failed(&id, None).await.unwrap().tasks, 0);
    let snapshot = world.snapshot(&id).await;
    assert_eq!((snapshot.job.state, snapshot.progress.exhausted), (JobState::Open, 0));
    assert_eq!(world.advance_jobs().await["ended"], 0);
    world.orchestrate().await;
    let events = world.events().await;
    assert_eq!(events.len(), 5);
    for event in &events {
        assert_eq!(event["attempts"], 0, "with all its attempts before it");
        world.succeed(event).await;
    }
    assert_eq!(world.advance_jobs().await["ended"], 1);
    let snapshot = world.snapshot(&id).await;
    assert_eq!((snapshot.job.state, snapshot.progress.succeeded), (JobState::Succeeded, 10));
    world.assert_made_once(&id, 10).await;
}

#[tokio::test]
async fn only_tasks_of_the_named_error_return() {
    let world = world(10).await;
    let id = half_failed(&world).await;
    let none = world.manager.jobs().retry_failed(&id, Some("None")).await.unwrap();
    let others: Vec<_> = none.others.iter().map(String::as_str).collect();
    assert_eq!((none.tasks, others), (0, vec!["Even", "Odd"]));
    assert_eq!(
        world.snapshot(&id).await.job.state,
        JobState::Failed,
        "nothing to do, nothing opened"
    );
    assert_eq!(world.manager.jobs().retry_failed(&id, Some("Even")).await.unwrap().tasks, 2);
    assert_eq!(world.snapshot(&id).await.progress.exhausted, 3);
}

#[tokio::test]
async fn a_retry_reads_no_further_than_to_the_last_task_that_failed() {
    let world = world(1).await;
    let id = world.fill(&days(300)).await;
    let reads = async || {
        world.wire.calls();
        let retried = world.manager.jobs().retry_failed(&id, None).await.unwrap();
        let calls = world.wire.calls();
        (retried.tasks, calls.iter().filter(|call| call.operation == "BatchGetItem").count())
    };
    assert_eq!(reads().await, (0, 0));
    fails(&world, &world.events().await[0], "Odd").await;
    assert_eq!(reads().await, (1, 1));
}

#[tokio::test]
async fn a_tick_that_read_before_the_retry_does_not_end_the_job() {
    let world = world(10).await;
    let id = world.fill(&days(1)).await;
    fails(&world, &world.events().await[0], "Odd").await;
    let snapshot = world.snapshot(&id).await;
    world.manager.jobs().retry_failed(&id, None).await.unwrap();
    assert!(!world.manager.jobs().end(&snapshot, JobState::Failed).await.unwrap());
    assert_eq!(world.snapshot(&id).await.job.state, JobState::Open);
}

#[tokio::test]
async fn two_operators_at_once_send_each_task_back_once() {
    let world = world(200).await;
    let id = world.fill(&days(120)).await;
    for event in world.events().await {
        fails(&world, &event, "Odd").await;
    }
    let manager = &world.manager;
    let both = futures::join!(
        manager.jobs().retry_failed(&id, None),
        manager.jobs().retry_failed(&id, None)
    );
    assert_eq!(both.0.unwrap().tasks + both.1.unwrap().tasks, 120);
    assert_eq!(
        (world.snapshot(&id).await.progress.exhausted, world.counts("worker").await.queued),
        (0, 120)
    );
    world.assert_made_once(&id, 120).await;
}

#[tokio::test]
async fn what_failed_again_since_an_operator_read_it_keeps_what_it_has_become() {
    let world = world(10).await;
    let id = world.fill(&days(1)).await;
    fails(&world, &world.events().await[0], "First").await;
    let gate = world.wire.hold(|call| call.operation == "TransactWriteItems");
    let slow = world.manager.jobs().retry_failed(&id, None);
    let meanwhile = async {
        gate.reached().await;
        assert_eq!(world.manager.jobs().retry_failed(&id, None).await.unwrap().tasks, 1);
        world.orchestrate().await;
        fails(&world, &world.events().await[0], "Second").await;
        gate.open();
    };
    let (retried, ()) = tokio::join!(slow, meanwhile);
    assert_eq!(retried.unwrap().tasks, 0);
    let task = world.find(&TaskId::of_job(&id, 0)).await;
    let kinds: Vec<_> = task.errors.iter().map(|error| error.kind.as_str()).collect();
    assert_eq!((kinds, task.past_claims.len()), (vec!["First", "Second"], 1));
}

#[tokio::test]
async fn a_retry_that_was_cut_short_goes_on_when_it_is_repeated() {
    for calls in 0..10 {
        let world = world(10).await;
        let id = half_failed(&world).await;
        let gate = world.wire.stop(calls);
        let retry = std::pin::pin!(world.manager.jobs().retry_failed(&id, None));
        let reached = std::pin::pin!(gate.reached());
        futures::future::select(retry, reached).await;
        world.wire.restore();
        world.advance_jobs().await;
        world.manager.jobs().retry_failed(&id, None).await.unwrap();
        assert_eq!(world.counts("worker").await.queued, 5, "after {calls} calls");
        let snapshot = world.snapshot(&id).await;
        assert_eq!((snapshot.job.state, snapshot.progress.exhausted), (JobState::Open, 0));
    }
}

#[tokio::test]
async fn a_cancelled_job_is_not_retried() {
    let world = world(1).await;
    let id = world.fill(&days(3)).await;
    world.manager.jobs().cancel(&id).await.unwrap();
    let error = world.manager.jobs().retry_failed(&id, None).await.unwrap_err();
    assert!(error.to_string().contains("is cancelling: submit the job again"), "{error}");
}
