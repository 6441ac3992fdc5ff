//! What is closed is kept as long as the config says, and nothing else ever expires.

use std::time::Duration;

use guarantees::{
    blocks::{blocks, members, partly},
    items::In,
    jobs::{days, keyed},
    world::{World, failure, labourer, with},
};
use serde_json::{Value, json};
use task_manager::{
    attributes::{Item, number, text},
    ids::JobId,
    jobs::job::JobState,
    labourer::Labourer,
    manager::jobs::JobError,
    time::Timestamp,
    transition::of_job::let_expire,
};

const DAY: f64 = 86_400.0;
const KEPT: f64 = 30.0 * DAY;

/// A world whose tasks have one attempt, and are kept for 30 days once they are closed.
async fn world(slots: u32) -> World {
    let worker =
        Labourer { max_attempts: 1, max_simultaneous_invocations: slots, ..labourer("worker") };
    let mut world = World::of([worker]).await;
    world.configure(|config| config.keep_closed = Some(Duration::from_secs_f64(KEPT)));
    world.deploy_scheduler();
    world
}

fn expiry(item: &Item) -> Option<f64> {
    item.get("expires_at").and_then(number)
}

/// A job at work until all its tasks are closed, those of these numbers as failed.
async fn run(world: &World, job: &Value, failed: &[usize]) -> JobId {
    let id = world.fill(job).await;
    for (place, event) in world.events().await.iter().enumerate() {
        match failed.contains(&place) {
            true => drop(world.fail(event).await),
            false => drop(world.succeed(event).await),
        }
    }
    world.advance_jobs().await;
    assert!(!world.snapshot(&id).await.job.state.is_open());
    id
}

/// Does what DynamoDB does some time after items have expired.
async fn delete_expired(world: &World) {
    let now = world.now().seconds();
    let keys = [(world.table(In::Closed), &["task_id"][..]), (jobs(world), &["job_id", "part"])];
    for (table, key) in keys {
        for item in world.items(&table).await {
            if expiry(&item).is_some_and(|at| at <= now) {
                let key = key.iter().map(|field| ((*field).to_owned(), item[*field].clone()));
                let delete = world.clients.dynamodb.delete_item().table_name(&table);
                delete.set_key(Some(key.collect())).send().await.unwrap();
            }
        }
    }
}

fn jobs(world: &World) -> String {
    world.manager.config().names.jobs.clone()
}

/// Only what is closed has a time at which it may be deleted, and that is a whole second.
async fn assert_only_the_closed_expires(world: &World) {
    let whole = |at: f64| assert_eq!(at, at.ceil());
    for table in [In::Tasks, In::Retry] {
        for item in world.items(&world.table(table)).await {
            assert_eq!(expiry(&item), None, "{item:?}");
        }
    }
    for task in world.all(In::Closed).await {
        let closed = task.closed.unwrap();
        let kept = closed.expires_at.unwrap();
        whole(kept.seconds());
        assert_eq!(kept, (closed.at + Duration::from_secs_f64(KEPT)).ceil());
    }
    for row in world.items(&jobs(world)).await {
        let (partition, part) = (text(&row["job_id"]).unwrap(), text(&row["part"]).unwrap());
        let expires = match partition {
            "open" => false,
            "ended" => {
                let id = JobId::new(text(&row["id"]).unwrap()).unwrap();
                world.snapshot(&id).await.job.options.idempotency_key.is_none()
            }
            id => {
                let job = world.snapshot(&JobId::new(id).unwrap()).await.job;
                !job.state.is_open() && job.options.idempotency_key.is_none()
            }
        };
        assert_eq!(expiry(&row).is_some(), expires, "{partition} {part}");
        expiry(&row).into_iter().for_each(whole);
    }
}

#[tokio::test]
async fn nothing_expires_that_is_not_closed() {
    let world = world(10).await;
    let unkeyed = run(&world, &days(5), &[0, 3]).await;
    run(&world, &keyed(3), &[1]).await;
    assert_only_the_closed_expires(&world).await;
    // One waits, one runs, one is parked.
    world.create_numbered(12).await;
    world.orchestrate().await;
    let snoozed = with(failure(&world.events().await[0]), json!({ "snooze": 600 }));
    world.report(snoozed).await;
    assert_eq!(world.items(&world.table(In::Retry)).await.len(), 1);
    assert_only_the_closed_expires(&world).await;
    // What was closed goes back to work, and nobody knows how long that takes.
    assert_eq!(world.manager.jobs().retry_failed(&unkeyed, None).await.unwrap().tasks, 2);
    assert_eq!(world.snapshot(&unkeyed).await.job.state, JobState::Open);
    assert_only_the_closed_expires(&world).await;
    world.pass(2.0 * KEPT);
    delete_expired(&world).await;
    let progress = world.snapshot(&unkeyed).await.progress;
    assert_eq!((progress.total, progress.made, progress.succeeded), (5, 5, 3));
}

#[tokio::test]
async fn a_job_with_a_key_stays_one_job_and_its_counters_are_true_when_its_tasks_are_gone() {
    let world = world(10).await;
    let id = run(&world, &keyed(3), &[1]).await;
    let before = world.snapshot(&id).await;
    world.pass(KEPT + 1.0);
    delete_expired(&world).await;
    assert_eq!(world.items(&world.table(In::Closed)).await.len(), 0);
    assert_eq!(world.fill(&keyed(3)).await, id);
    assert_eq!(world.snapshot(&id).await, before);
    assert_eq!(world.items(&world.table(In::Tasks)).await.len(), 0);
    assert_eq!(before.progress.succeeded, 2);
    // There is nothing left that could be tried again.
    assert_eq!(world.manager.jobs().retry_failed(&id, None).await.unwrap().tasks, 0);
}

#[tokio::test]
async fn a_job_without_a_key_expires_with_every_row() {
    let world = world(10).await;
    let id = run(&world, &days(3), &[]).await;
    world.pass(KEPT - 1.0);
    delete_expired(&world).await;
    assert_eq!(world.snapshot(&id).await.progress.succeeded, 3);
    world.pass(2.0);
    delete_expired(&world).await;
    assert_eq!(world.items(&jobs(&world)).await.len(), 0);
    assert!(world.manager.jobs().list(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_job_that_is_about_to_expire_is_not_opened_again() {
    let world = world(10).await;
    let id = run(&world, &days(3), &[1]).await;
    world.pass(KEPT - 60.0);
    let refused = world.manager.jobs().retry_failed(&id, None).await.unwrap_err();
    assert!(matches!(refused, JobError::Expires { .. }), "{refused}");
    assert!(refused.to_string().contains("submit it again"), "{refused}");
    assert_eq!(world.snapshot(&id).await.job.state, JobState::Failed);
}

#[tokio::test]
async fn a_tick_keeps_the_counters_of_a_job_whose_end_was_begun_and_did_not_come() {
    let world = world(1).await;
    let id = world.fill(&days(3)).await;
    let at = Timestamp::from_seconds((world.now().seconds() + KEPT).ceil());
    let parts = world.manager.store().jobs().parts_expiring_not_at(&id, Some(at)).await.unwrap();
    world.manager.store().apply(&let_expire(&id, parts, Some(at))).await.unwrap();
    assert!(world.snapshot(&id).await.counts_expire);
    world.advance_jobs().await;
    assert_only_the_closed_expires(&world).await;
}

#[tokio::test]
async fn nothing_expires_where_the_config_does_not_say_so() {
    let mut world = world(10).await;
    world.configure(|config| config.keep_closed = None);
    run(&world, &days(3), &[1]).await;
    for table in [world.table(In::Closed), jobs(&world)] {
        let items = world.items(&table).await;
        assert!(!items.is_empty() && items.iter().all(|item| expiry(item).is_none()), "{table}");
    }
}

#[tokio::test]
async fn a_block_that_lists_pieces_is_kept_for_longer_than_any_of_them_may_wait() {
    let world = world(1).await;
    world.fill(&blocks(2, 2)).await;
    let event = world.events().await.remove(0);
    world.report(partly(&event, &[(&members(&event)[0], "A")])).await;
    let now = world.now().seconds();
    let mut expiries: Vec<_> = world.items(&world.table(In::Closed)).await;
    expiries.sort_by(|a, b| expiry(a).unwrap().total_cmp(&expiry(b).unwrap()));
    let kept: Vec<_> = expiries.iter().map(|item| expiry(item).unwrap() - now).collect();
    assert_eq!(kept, [KEPT, KEPT + 366.0 * DAY]);
}
