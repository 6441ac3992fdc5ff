//! Progress: counted inside the transactions that close and park, and equal to the tables.

use std::time::Duration;

use futures::{StreamExt, stream};
use guarantees::{
    items::In,
    jobs::days,
    world::{World, failure, labourer, success, with},
};
use serde_json::{Value, json};
use task_manager::{
    jobs::job::{Breakdown, Count, JobSnapshot, JobState},
    labourer::Labourer,
    task::{Status, Task},
};

/// Reports that are on their way at once.
const CLOSERS: usize = 4;

/// A few hundred are enough to show what many would; `SOSW_TEST_TASKS` sets another number.
fn tasks() -> u32 {
    let requested = std::env::var("SOSW_TEST_TASKS").ok();
    requested.map_or(600, |count| count.parse().unwrap())
}

/// What becomes of an attempt, by its place among all: most succeed (some say so twice), others
/// fail, are snoozed, or are never heard of again.
fn reports(event: &Value, place: usize) -> Vec<Value> {
    match place % 20 {
        0 | 1 => vec![failure(event), failure(event)],
        2 => vec![failure(event)],
        3 => vec![with(failure(event), json!({ "snooze": 10 }))],
        4 => Vec::new(),
        5..8 => vec![success(event), success(event), failure(event)],
        _ => vec![success(event)],
    }
}

async fn work_until_all_are_closed(world: &World) {
    let mut place = 0;
    loop {
        let events = world.events().await;
        if events.is_empty() {
            world.pass(61.0);
            world.scavenge().await;
            world.pass(3600.0);
            world.scavenge().await;
            world.orchestrate().await;
            if world.counts("worker").await.open() == 0 {
                return;
            }
            continue;
        }
        let reports = events.iter().flat_map(|event| {
            place += 1;
            reports(event, place)
        });
        let reports: Vec<_> = reports.map(|report| world.report(report)).collect();
        stream::iter(reports).buffer_unordered(CLOSERS).collect::<Vec<_>>().await;
    }
}

/// One transaction in a hundred. Of few tasks that would be less than chance: spread over 960 parts,
/// four closers of 600 tasks meet about three times, at a single part some hundred times.
fn most_meetings(tasks: usize) -> usize {
    (tasks / 100).max(20)
}

fn closed_as(closed: &[Task], status: Status) -> u64 {
    closed.iter().filter(|task| task.closed.unwrap().status == status).count() as u64
}

fn noted(closed: &[Task], what: &str) -> u64 {
    closed.iter().flat_map(|task| &task.history).filter(|entry| entry.contains(what)).count() as u64
}

#[tokio::test]
async fn the_counters_of_a_job_equal_the_tables_and_no_counter_is_hot() {
    let worker = Labourer { max_simultaneous_invocations: 40, ..labourer("worker") };
    let world = World::of([worker]).await;
    let job = world.fill(&days(tasks())).await;
    work_until_all_are_closed(&world).await;
    let (closed, progress) = (world.all(In::Closed).await, world.snapshot(&job).await.progress);
    let total = u64::from(tasks());
    assert_eq!((closed.len() as u64, progress.total, progress.made), (total, total, total));
    assert_eq!(progress.succeeded, closed_as(&closed, Status::Succeeded));
    assert_eq!(progress.exhausted, closed_as(&closed, Status::Exhausted));
    assert_eq!((progress.ignored, progress.closed()), (0, total));
    assert_eq!(progress.retried, noted(&closed, "parked after attempt"));
    assert_eq!(progress.snoozed, noted(&closed, "snoozed"));
    assert!(progress.exhausted > 0 && progress.retried > 0 && progress.snoozed > 0, "{progress:?}");
    let met = world.wire.met_at_counters();
    println!("{total} tasks, {CLOSERS} closers: {met} transactions met another at a counter");
    assert!(met < most_meetings(closed.len()), "{met} of {total}");
}

#[tokio::test]
async fn progress_counts_the_open_tasks_by_state() {
    let world = World::of_slots(3).await;
    world.create_numbered(1).await;
    let job = world.fill(&days(10)).await;
    let events = world.events().await;
    let own: Vec<_> = events.iter().filter(|event| event["sosw"]["job_id"].is_string()).collect();
    assert_eq!((events.len(), own.len()), (3, 2), "one is somebody else's");
    world.fail(own[0]).await;
    world.succeed(own[1]).await;
    let snapshot = world.snapshot(&job).await;
    let breakdown = world.manager.jobs().breakdown(&snapshot).await.unwrap();
    // Both slots were handed over.
    let expected = {
        let [queued, running, parked] = [6, 2, 1].map(Count::Exactly);
        Breakdown { queued, running, parked }
    };
    assert_eq!(breakdown, expected);
    assert_eq!((snapshot.progress.succeeded, snapshot.progress.retried), (1, 1));
}

#[tokio::test]
async fn the_duration_of_a_job_never_shrinks_and_ends_with_its_last_task() {
    let world = World::of_slots(2).await;
    world.deploy_scheduler();
    let duration_of = async |id| {
        let snapshot: JobSnapshot = world.snapshot(id).await;
        snapshot.progress.duration(world.now())
    };
    let job = world.fill(&days(2)).await;
    let events = world.events().await;
    let mut durations = vec![duration_of(&job).await];
    for event in &events {
        world.pass(10.0);
        world.succeed(event).await;
        world.pass(10.0);
        durations.push(duration_of(&job).await);
    }
    world.advance_jobs().await;
    durations.push(duration_of(&job).await);
    world.pass(1000.0);
    durations.push(duration_of(&job).await);
    assert_eq!(durations, [0, 20, 30, 30, 30].map(Duration::from_secs));
    let ended = world.snapshot(&job).await.job;
    assert_eq!(
        (ended.state, ended.ended_at),
        (JobState::Succeeded, Some(world.now() - Duration::from_secs(1010)))
    );
}
