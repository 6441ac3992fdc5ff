#![allow(clippy::expect_used, clippy::panic)]

use std::time::Duration;

use rstest::rstest;
use serde_json::json;
use task_manager::{
    ecology::Memory,
    greenfield::Greenfield,
    ids::{JobId, LabourerId, ResourceId, TaskId},
    members::Members,
    resource::{Rate, Uses, rate::RateState},
    task::{Closed, TaskError, block::Block, digest::Digest},
};

use super::*;
use crate::tasks::Missing;

/// 2026-11-22 06:13:20Z.
fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_328_000.0)
}

fn in_seconds(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(now().seconds() + seconds)
}

fn labourer() -> Labourer {
    let id = LabourerId::new("resize").expect("a name");
    Labourer { max_simultaneous_invocations: 8, ..Labourer::new(id) }
}

/// Eight slots, two of them in use, confirmed a minute ago.
fn row() -> labourer::State {
    labourer::State {
        refreshed_at: Some(in_seconds(-60.0)),
        ..labourer::State::new(labourer().id, 2, 8)
    }
}

fn memory(limit: u32) -> Memory {
    let memory = json!({ "health": 4, "limit": limit, "reason": "", "since": now() });
    serde_json::from_value(memory).expect("a memory")
}

fn task() -> Task {
    let id = TaskId::from_random(1);
    Task::new(id, labourer().id, in_seconds(-600.0), Greenfield(2000.0), "{}".into())
}

fn failed(task: Task) -> Task {
    let mut task = task;
    task.add_error(TaskError::new(1, "Oops", "it broke", now()));
    task
}

fn about<'a>(
    labourer: Option<&'a Labourer>,
    row: Option<&'a labourer::State>,
    before: u64,
) -> Circumstances<'a> {
    let before = Count::Exactly(before);
    let (shared, member, scale) = (None, None, Scale::default());
    Circumstances { labourer, row, shared, before, member, scale, now: now() }
}

/// Every obstacle of a task as `why -> change`, after its state.
fn lines(task: &Task, row: Option<&labourer::State>, before: u64) -> Vec<String> {
    let labourer = labourer();
    let explanation = explain(task, about(Some(&labourer), row, before));
    let reasons = explanation.reasons.iter().map(|r| format!("{} -> {}", r.why, r.change));
    std::iter::once(explanation.state.to_owned()).chain(reasons).collect()
}

fn queued(row: labourer::State, before: u64) -> Vec<String> {
    lines(&task(), Some(&row), before)
}

const HEALTH: &str = "2 Moderate: DbCpu 61.3 > 50";

#[rstest]
#[case::about_to_start(
    row(), 0,
    &["slots are free for it -> none: the next tick of the orchestrator starts it"]
)]
#[case::among_the_free_slots(
    row(), 5,
    &["slots are free for it -> none: the next tick of the orchestrator starts it"]
)]
#[case::no_ticks(
    labourer::State { refreshed_at: Some(in_seconds(-600.0)), ..row() }, 0,
    &["slots are free for it -> check that the orchestrator ticks: it has not confirmed the slots since \
       2026-11-22 06:03:20Z"]
)]
#[case::behind_others(
    row(), 6, &["6 tasks are before it in the queue -> they are started first; more \
       slots would start them sooner"]
)]
#[case::all_slots_in_use(
    labourer::State { taken: 8, ..row() }, 0,
    &["8 of 8 slots are in use -> an attempt must end, or raise max_simultaneous_invocations"]
)]
#[case::fewer_slots(
    labourer::State { taken: 4, slot_limit: 4, health: Some(HEALTH.into()), ..row() }, 1,
    &["4 of 4 slots are in use, of 8: 2 Moderate: DbCpu 61.3 > 50 -> an attempt must \
       end, or its health must rise",
      "1 task is before it in the queue -> they are started first; more \
       slots would start them sooner"]
)]
#[case::only_probes(
    labourer::State {
        taken: 1, slot_limit: 1, ecology: Some(Memory {
            breaker: serde_json::from_value(json!({ "probing": { "slots": 1 } })).expect("a state"), ..memory(1)
        }), health: Some("4 High: its attempts fail, 1 of 8 slots".into()), ..row()
    }, 0,
    &["1 of 1 slots are in use, of 8: 4 High: its attempts fail, 1 of 8 slots -> an attempt must end, \
       or its attempts must succeed"]
)]
#[case::limit_found_by_itself(
    labourer::State {
        taken: 3, slot_limit: 3, ecology: Some(Memory { adaptive: Some(3), ..memory(3) }),
        health: Some("4 High: adaptive, 3 of 8 slots".into()), ..row()
    }, 0,
    &["3 of 3 slots are in use, of 8: 4 High: adaptive, 3 of 8 slots -> an attempt must end, or its \
       attempts must go on without failures and throttles, which raises the limit"]
)]
#[case::no_slot_and_no_ticks(
    labourer::State {
        taken: 0, slot_limit: 0, health: Some("0 Bad: DbCpu 90 > 75".into()),
        refreshed_at: Some(in_seconds(-600.0)), ..row()
    }, 0,
    &["no slot may be used: 0 Bad: DbCpu 90 > 75 -> its health must rise; check that the orchestrator \
       ticks: it has not confirmed the slots since 2026-11-22 06:03:20Z"]
)]
#[case::no_slot(
    labourer::State { taken: 0, slot_limit: 0, health: Some("0 Bad: DbCpu 90 > 75".into()), ..row() }, 0,
    &["no slot may be used: 0 Bad: DbCpu 90 > 75 -> its health must rise; every tick of the \
       orchestrator checks it"]
)]
#[case::paused(
    labourer::State {
        paused_until: Some(in_seconds(7200.0)), paused_reason: Some("new version".into()), ..row()
    }, 0,
    &["resize is paused until 2026-11-22 08:13:20Z: new version -> run `sosw resume resize`"]
)]
#[case::paused_without_end(
    labourer::State { paused_until: Some(labourer::State::until_resumed()), ..row() }, 0,
    &["resize is paused until it is resumed -> run `sosw resume resize`"]
)]
#[case::no_longer_paused(
    labourer::State { paused_until: Some(in_seconds(-1.0)), ..row() }, 0,
    &["slots are free for it -> none: the next tick of the orchestrator starts it"]
)]
fn every_obstacle_of_a_queued_task_is_listed(
    #[case] row: labourer::State,
    #[case] before: u64,
    #[case] expected: &[&str],
) {
    assert_eq!(queued(row, before), [&["queued"], expected].concat());
}

#[test]
fn only_a_queued_task_has_a_place_in_the_queue() {
    let (labourer, row) = (labourer(), row());
    let before = |task| explain(&task, about(Some(&labourer), Some(&row), 6)).before;
    assert_eq!(before(task()), Some(Count::Exactly(6)));
    let parked = Task { due_at: Some(now()), ..task() };
    assert_eq!(before(parked), None);
}

#[test]
fn an_exhausted_task_of_a_job_can_be_sent_back_with_its_job() {
    let job_id = Some(JobId::new("j1").expect("an id"));
    let closed =
        Some(Closed { at: now(), status: Status::Exhausted, expires_at: None, success: None });
    let task = Task { closed, job_id, ..failed(task()) };
    let why = "it failed for good at 2026-11-22 06:13:20Z: Oops, it broke -> fix the cause, \
               then run `sosw jobs retry-failed j1`; what it printed: `sosw logs ";
    assert_eq!(lines(&task, None, 0), ["closed", &format!("{why}{}`", task.id)]);
}

#[test]
fn a_labourer_without_a_row_was_never_served() {
    let explained = lines(&task(), None, 0);
    let why = "no orchestrator has served resize yet -> run the orchestrator with this config";
    assert_eq!(explained, ["queued", why]);
}

#[test]
fn a_labourer_that_left_the_config_starts_nothing() {
    let explanation = explain(&task(), about(None, Some(&row()), 0));
    assert_eq!(
        explanation.reasons.first().expect("one").change,
        "add resize to the config's labourers"
    );
}

#[test]
fn what_cannot_be_run_is_explained_by_that_alone() {
    let task = Task { attempts: 3, ..task() };
    let explained = lines(&task, Some(&labourer::State { taken: 8, ..row() }), 9);
    let why = "it cannot be run: queued with 3 of 3 attempts";
    assert_eq!(
        explained,
        ["queued", &format!("{why} -> the next tick of the orchestrator closes it")]
    );
}

#[rstest]
#[case::running(
    -60.0,
    &["running", "attempt 1 began at 2026-11-22 06:12:20Z -> none: its report is awaited until \
       2026-11-22 06:32:20Z"]
)]
#[case::expired(
    -3600.0,
    &["expired", "attempt 1, begun at 2026-11-22 05:13:20Z, did not report before its lease \
       passed -> none: the next tick of the scavenger parks it for a retry, or closes it"]
)]
fn an_attempt_is_explained_with_its_times(#[case] claimed: f64, #[case] expected: &[&str]) {
    let greenfield = Greenfield::claimed_at(in_seconds(claimed), Scale::default());
    let task = Task { attempts: 1, greenfield, ..task() };
    assert_eq!(lines(&task, Some(&row()), 0), expected);
}

#[test]
fn a_place_in_the_future_is_explained() {
    let task = Task { greenfield: Greenfield(in_seconds(60.0).seconds()), ..task() };
    let why =
        "its place in the queue is in the future, at 2026-11-22 06:14:20Z -> none: it is due then";
    assert_eq!(lines(&task, Some(&row()), 0), ["not due", why]);
}

#[rstest]
#[case::later(
    60.0,
    "it waits until 2026-11-22 06:14:20Z: Oops, it broke -> none: at that time the \
     scavenger queues it"
)]
#[case::now(
    0.0,
    "it waits until 2026-11-22 06:13:20Z: Oops, it broke -> none: the next tick of the \
     scavenger queues it"
)]
fn a_parked_task_is_explained_by_its_time_and_its_error(#[case] due: f64, #[case] expected: &str) {
    let task = Task { due_at: Some(in_seconds(due)), ..failed(task()) };
    assert_eq!(lines(&task, None, 0), ["parked", expected]);
}

#[rstest]
#[case::succeeded(
    Status::Succeeded,
    "it succeeded at 2026-11-22 06:13:20Z -> none: its work is done"
)]
#[case::exhausted(
    Status::Exhausted,
    "it failed for good at 2026-11-22 06:13:20Z: Oops, it broke -> fix the cause, then run \
     `sosw tasks retry 00000000000040008000000000000001`; what it printed: \
     `sosw logs 00000000000040008000000000000001`"
)]
#[case::ignored(
    Status::Ignored,
    "it was cancelled at 2026-11-22 06:13:20Z -> it is not started again: create a new task"
)]
fn a_closed_task_is_explained_by_its_end(#[case] status: Status, #[case] expected: &str) {
    let task = Task {
        closed: Some(Closed { at: now(), status, expires_at: None, success: None }),
        ..failed(task())
    };
    assert_eq!(lines(&task, None, 0), ["closed", expected]);
}

#[test]
fn only_a_task_that_there_will_be_or_was_is_explained_without_an_item() {
    let job = || JobId::new("j1").expect("an id");
    assert_eq!(explain_missing(&Missing::Task(TaskId::from_random(1))), None);
    assert_eq!(explain_missing(&Missing::Job(job())), None);
    let later = Missing::NotYetMade { job: job(), number: 4, made: 0, total: 5 };
    let explained = explain_missing(&later).expect("it is explained");
    let reason = explained.reasons.first().expect("one");
    assert_eq!(
        (explained.state, format!("{} -> {}", reason.why, reason.change)),
        (
            "not created",
            "task 4 of job j1 is not created yet, 0 of 5 are -> none: the scheduler creates it \
             (`sosw jobs show j1`)"
                .into()
        )
    );
}

/// A block of a hundred whose three attempts are spent.
fn block(error: &str) -> Task {
    let job_id = Some(JobId::new("j1").expect("an id"));
    let block = Block::new(Members::from(0..100), Digest::of(&[]));
    let mut task = Task { attempts: 3, job_id, block: Some(Box::new(block)), ..task() };
    task.add_error(TaskError::new(3, error, "it ended", now()));
    task
}

#[test]
fn a_block_that_is_to_be_halved_is_not_said_to_be_closed() {
    let why = "its attempts are spent, and none said which of its tasks failed: expired, it ended";
    let change = "none: a tick halves it, if a task of resize has succeeded since or one of its few trials is \
                  left; else it waits for that";
    let explained = lines(&block("expired"), Some(&row()), 0);
    assert_eq!(explained, ["queued", &format!("{why} -> {change}")]);
    let parked = Task { due_at: Some(now()), ..block("expired") };
    let change =
        "none: once it is due, a tick halves it, so that only the tasks that cause this fail";
    assert_eq!(lines(&parked, Some(&row()), 0), ["parked", &format!("{why} -> {change}")]);
}

#[test]
fn a_block_that_waits_for_a_sign_names_what_it_waits_for() {
    let mut parked = Task { due_at: Some(in_seconds(60.0)), ..block("expired") };
    if let Some(block) = &mut parked.block {
        block.looks = 2;
    }
    let explained = lines(&parked, Some(&row()), 0).join("\n");
    let why =
        "it waits until 2026-11-22 06:14:20Z, wait number 2, as nothing shows that resize works";
    assert!(explained.contains(why), "{explained}");
    assert!(explained.contains("a task of resize must succeed, or the block is closed as failed"));
}

#[test]
fn a_block_whose_tasks_would_be_others_names_the_remedy() {
    let parked = Task { due_at: Some(in_seconds(60.0)), attempts: 0, ..block("other_tasks") };
    let expected = "it waits until 2026-11-22 06:14:20Z: it ended -> deploy the version of sosw that accepted the \
                    job until the job has ended, or cancel the job";
    assert_eq!(lines(&parked, Some(&row()), 0), ["parked", expected]);
}

#[test]
fn a_block_that_failed_says_how_many_tasks_failed_with_it() {
    let closed =
        Some(Closed { at: now(), status: Status::Exhausted, expires_at: None, success: None });
    let explained = lines(&Task { closed, ..block("broken") }, None, 0).join("\n");
    let why = "it failed for good at 2026-11-22 06:13:20Z with the 99 other tasks of its block: broken, it ended";
    assert!(explained.contains(why), "{explained}");
}

/// `resize` uses a database, of whose 50 permits it holds 30 and `convert` 20, and an API.
fn shared() -> Shared {
    let ledger = json!({
        "resources": { "orders-db": {
            "configured": 50, "config": { "pushed": 0, "seen": now() }, "in_force": 50,
        } },
        "holders": {
            "resize": { "held": 15, "weights": { "orders-db": { "now": 2 } } },
            "convert": { "held": 20, "weights": { "orders-db": { "now": 1 } } },
        },
    });
    let rate = Rate { limit: 90, per: Duration::from_secs(10), burst: 4 };
    let tat = Some(in_seconds(0.7));
    let state = RateState { tat, ..RateState::new(rate, 0, now()) };
    let stripe = ResourceId::new("stripe").expect("a name");
    Shared::of(serde_json::from_value(ledger).expect("a ledger"), [(stripe, state)].into())
}

fn sharing(permits: &[(&str, u32)], rates: &[(&str, u32)]) -> Labourer {
    let weights = |of: &[(&str, u32)]| {
        let id = |name: &str| ResourceId::new(name).expect("a name");
        of.iter().map(|(name, weight)| (id(name), *weight)).collect()
    };
    let uses = Uses { permits: weights(permits), rates: weights(rates) };
    Labourer { uses, ..labourer() }
}

fn shared_lines(labourer: &Labourer, row: &labourer::State, before: u64) -> Vec<String> {
    let shared = shared();
    let about = Circumstances { shared: Some(&shared), ..about(Some(labourer), Some(row), before) };
    let reasons = explain(&task(), about).reasons;
    reasons.iter().map(|r| format!("{} -> {}", r.why, r.change)).collect()
}

const IN_USE: &str = "waits for orders-db: 50 of 50 permits are in use, resize holds 30";

#[test]
fn slots_that_the_share_does_not_allow_are_not_said_to_be_free() {
    let labourer = sharing(&[("orders-db", 2)], &[]);
    let full = labourer::State { share: Some(2), ..row() };
    assert_eq!(
        shared_lines(&labourer, &full, 1),
        [
            format!("{IN_USE} -> an attempt that uses it must end, or raise its permits"),
            "1 task is before it in the queue -> they are started first".to_owned()
        ]
    );
    let roomy = labourer::State { share: Some(3), ..row() };
    let free = "slots are free for it -> none: the next tick of the orchestrator starts it";
    assert_eq!(shared_lines(&labourer, &roomy, 0), [free]);
}

#[test]
fn a_wait_that_no_tick_ends_says_that_there_are_none() {
    let labourer = sharing(&[("orders-db", 2)], &[]);
    let silent =
        labourer::State { share: Some(2), refreshed_at: Some(in_seconds(-600.0)), ..row() };
    assert_eq!(
        shared_lines(&labourer, &silent, 0),
        [format!(
            "{IN_USE} -> an attempt that uses it must end, or raise its permits; check that the orchestrator ticks: it \
             has not confirmed the slots since 2026-11-22 06:03:20Z"
        )]
    );
}

#[test]
fn a_rate_is_what_a_task_waits_for_beside_free_slots() {
    let labourer = sharing(&[], &[("stripe", 1)]);
    let explained = shared_lines(&labourer, &row(), 0);
    let why =
        "waits for stripe: 90 tasks start in 10s at most; the next can start in 0.4s -> none: ";
    assert!(explained.len() == 1 && explained[0].starts_with(why), "{explained:?}");
    let full = labourer::State { taken: 8, ..row() };
    let explained = shared_lines(&labourer, &full, 0);
    assert!(explained.len() == 1 && explained[0].starts_with("8 of 8 slots are in use"));
}
