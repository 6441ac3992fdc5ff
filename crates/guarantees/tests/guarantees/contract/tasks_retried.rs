//! Failed tasks of a labourer return to work across its jobs; and how many tasks an action will touch.

use guarantees::{
    items::In,
    jobs::days,
    world::{World, id, labourer, report, with},
};
use operator::{
    jobs::{Count, preview_cancel, preview_retry},
    tasks::retry_failed,
};
use serde_json::{Value, json};
use task_manager::{ids::JobId, labourer::Labourer};

async fn world(slots: u32) -> World {
    let once =
        Labourer { max_attempts: 1, max_simultaneous_invocations: slots, ..labourer("worker") };
    World::of([once]).await
}

async fn fails(world: &World, event: &Value, kind: &str) {
    let error = json!({ "error": { "kind": kind, "message": "" } });
    world.report(with(report("mark_task_as_failed", event), error)).await;
}

/// Every task of the labourer that is on its way fails.
async fn all_fail(world: &World, kind: &str) {
    world.orchestrate().await;
    for event in world.events().await {
        world.pass(1.0);
        fails(world, &event, kind).await;
    }
}

async fn exhausted(world: &World, job: &JobId) -> u64 {
    world.snapshot(job).await.progress.exhausted
}

#[tokio::test]
async fn tasks_of_one_kind_return_to_work_in_all_jobs_and_each_job_counts_them() {
    let world = world(20).await;
    let first = world.fill(&days(3)).await;
    all_fail(&world, "Timeout").await;
    let second = world.fill(&with(days(2), json!({ "name": "another" }))).await;
    all_fail(&world, "Timeout").await;
    let third = world.fill(&with(days(2), json!({ "name": "a third" }))).await;
    all_fail(&world, "Odd").await;
    world.create_numbered(1).await;
    all_fail(&world, "Timeout").await;

    let retried = retry_failed(&world.manager, &id("worker"), Some("Timeout"), None).await.unwrap();
    assert_eq!((retried.tasks, retried.next), (6, None));
    assert!(retried.refused.is_empty());
    let left = [exhausted(&world, &first).await, exhausted(&world, &second).await];
    assert_eq!((left, exhausted(&world, &third).await), ([0, 0], 2));
    let again = retry_failed(&world.manager, &id("worker"), Some("Timeout"), None).await.unwrap();
    assert_eq!(again.tasks, 0);
    let all = retry_failed(&world.manager, &id("worker"), None, None).await.unwrap();
    assert_eq!((all.tasks, world.all(In::Closed).await.len()), (2, 0));
}

#[tokio::test]
async fn tasks_of_a_cancelled_job_stay_and_are_counted_with_the_reason() {
    let world = world(20).await;
    let kept = world.fill(&days(2)).await;
    all_fail(&world, "Odd").await;
    let cancelled = world.fill(&with(days(3), json!({ "name": "another" }))).await;
    let events = world.events().await;
    for event in &events[..2] {
        fails(&world, event, "Odd").await;
    }
    world.manager.jobs().cancel(&cancelled).await.unwrap();
    let retried = retry_failed(&world.manager, &id("worker"), Some("Odd"), None).await.unwrap();
    assert_eq!((retried.tasks, exhausted(&world, &kept).await), (2, 0));
    let refused: Vec<_> = retried.refused.iter().map(|(why, many)| (why.as_str(), *many)).collect();
    let [(why, 2)] = refused[..] else { panic!("{refused:?}") };
    assert!(why.contains("submit the job again instead"), "{why}");
    assert_eq!(exhausted(&world, &cancelled).await, 2);
}

#[tokio::test]
async fn a_preview_says_how_many_tasks_a_retry_will_queue() {
    let world = world(20).await;
    let job = world.fill(&days(5)).await;
    for (place, event) in world.events().await.iter().enumerate() {
        fails(&world, event, if place < 3 { "Often" } else { "Rare" }).await;
    }
    let preview = async |kind| preview_retry(&world.manager, &job, kind).await.unwrap().tasks;
    assert_eq!(preview(None).await, Count::Exactly(5));
    for kind in ["Often", "Rare", "None"] {
        let tasks = preview(Some(kind)).await;
        let retried = world.manager.jobs().retry_failed(&job, Some(kind)).await.unwrap();
        assert_eq!(tasks, Count::Exactly(retried.tasks));
    }
}

#[tokio::test]
async fn a_preview_says_how_many_tasks_a_cancellation_will_close() {
    let world = world(2).await;
    let job = world.fill(&days(7)).await;
    let preview = preview_cancel(&world.manager, &job).await.unwrap();
    assert_eq!((preview.waiting, preview.running), (Count::Exactly(5), Count::Exactly(2)));
    assert_eq!(preview.uncreated, 0);
    assert_eq!(world.manager.jobs().cancel(&job).await.unwrap(), 5);
}

#[tokio::test]
async fn what_would_be_refused_has_no_preview() {
    let world = world(1).await;
    let job = world.fill(&days(1)).await;
    world.succeed(&world.events().await[0]).await;
    world.deploy_scheduler();
    world.advance_jobs().await;
    let ended = preview_cancel(&world.manager, &job).await.unwrap_err().to_string();
    assert!(ended.contains("is succeeded: only an open job can be cancelled"), "{ended}");
    let other = world.fill(&with(days(2), json!({ "name": "another" }))).await;
    world.manager.jobs().cancel(&other).await.unwrap();
    let cancelled = preview_retry(&world.manager, &other, None).await.unwrap_err().to_string();
    assert!(cancelled.contains("submit the job again"), "{cancelled}");
}
