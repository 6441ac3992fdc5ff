//! One event, from its arrival to its report, without sending the report.

use std::time::Duration;

use futures::{StreamExt, stream};
use lambda_runtime::Context;
use protocol::{
    event::Event,
    ids::{RequestId, TaskId},
    raw::Object,
    report::Report,
    time::Timestamp,
};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::{
    outcome::{Again, BlockOutcome, Failure, Outcome, TaskOutcomes},
    report,
    task::{NotATask, Task, read_event},
    time_limit::TimeLimit,
};

/// How many tasks of a block are worked on at the same time, if nobody says otherwise.
pub const CONCURRENCY: usize = 10;

/// Why an event was not worked on, and nothing was reported about it.
#[derive(Debug, Error)]
pub enum Refused {
    /// It is not a task, so no report could name its task.
    #[error(transparent)]
    NotATask(#[from] NotATask),
    /// The event came so late that another attempt may be running.
    #[error(
        "the lease of task {task_id}, attempt {attempt}, ended {} before the event arrived; \
         another attempt does the work",
        protocol::duration::text(Duration::from_secs(.late.as_secs()))
    )]
    LeaseHasPassed {
        /// The task.
        task_id: TaskId,
        /// Which attempt came late.
        attempt: u32,
        /// How late.
        late: Duration,
    },
}

/// The kind of a report about an event that came too late for the tokens of a rate that were taken for it.
pub const STARTED_TOO_LATE: &str = "StartedTooLate";
/// How long a task waits then before it is queued again, for new tokens.
const QUEUED_AGAIN: Duration = Duration::from_secs(1);

/// Does the work of one event, if its lease has not passed, and returns the report to send. Of a block,
/// the work is done for each task, [`CONCURRENCY`] at a time.
///
/// This is the whole labourer without Lambda: no clock, no network. Panics and errors of the work
/// and payloads it cannot read become reports.
pub async fn attempt<T, W, F>(
    event: Box<RawValue>,
    context: Context,
    now: Timestamp,
    work: &W,
) -> Result<Report, Refused>
where
    T: DeserializeOwned,
    W: Fn(Task<T>, Context) -> F,
    F: Future<Output = Outcome>,
{
    attempt_each(event, context, now, CONCURRENCY, work).await
}

/// The same with as many tasks of a block at a time as `concurrency` says, at least one.
pub async fn attempt_each<T, W, F>(
    event: Box<RawValue>,
    context: Context,
    now: Timestamp,
    concurrency: usize,
    work: &W,
) -> Result<Report, Refused>
where
    T: DeserializeOwned,
    W: Fn(Task<T>, Context) -> F,
    F: Future<Output = Outcome>,
{
    let event = begin(&event, now)?;
    let (limit, request) = (TimeLimit::new(&context, now), request_of(&context));
    if let Some(snooze) = too_late(&event, now) {
        return Ok(end(&event, Err(snooze), request));
    }
    let outcome = async |task: Task<Object>| {
        let id = task.id.clone();
        let outcome = match task.typed() {
            Ok(task) => limit.within(async { work(task, context.clone()).await }).await,
            Err(failure) => Err(failure),
        };
        (id, outcome)
    };
    let outcomes = stream::iter(Task::all_of(&event)).map(outcome);
    let outcomes = outcomes.buffer_unordered(concurrency.max(1)).collect().await;
    Ok(end(&event, Ok(outcomes), request))
}

/// The same with work that gets all tasks of a block together; a single task is a block of one. A task
/// whose payload it cannot read fails alone, and is not given to the work.
pub async fn attempt_block<T, W, F>(
    event: Box<RawValue>,
    context: Context,
    now: Timestamp,
    work: &W,
) -> Result<Report, Refused>
where
    T: DeserializeOwned,
    W: Fn(Vec<Task<T>>, Context) -> F,
    F: Future<Output = BlockOutcome>,
{
    let event = begin(&event, now)?;
    let (limit, request) = (TimeLimit::new(&context, now), request_of(&context));
    if let Some(snooze) = too_late(&event, now) {
        return Ok(end(&event, Err(snooze), request));
    }
    let (tasks, unreadable) = typed(Task::all_of(&event));
    let outcomes = match tasks.is_empty() {
        true => Ok(TaskOutcomes::new()),
        false => limit.within(async { work(tasks, context).await }).await,
    };
    let outcomes = outcomes.map(|mut outcomes| {
        outcomes.extend(unreadable);
        outcomes
    });
    Ok(end(&event, outcomes, request))
}

/// The event, if its work may begin.
fn begin(event: &RawValue, now: Timestamp) -> Result<Event, Refused> {
    let event = read_event(event.get())?;
    let (task_id, attempt) = (event.task_id.clone(), event.attempt());
    let expires_at = event.sosw.as_ref().and_then(|sosw| sosw.expires_at);
    if let Some(expires_at) = expires_at.filter(|expires_at| now > *expires_at) {
        return Err(Refused::LeaseHasPassed { task_id, attempt, late: now.since(expires_at) });
    }
    tracing::info!(%task_id, attempt, tasks = event.tasks.len().max(1), "started");
    Ok(event)
}

/// Why the work must not begin, if tokens of a rate were taken for it too long ago: events that waited in Lambda would
/// start together, more of them than the rate allows. The attempt is not counted.
fn too_late(event: &Event, now: Timestamp) -> Option<Failure> {
    let start_by = event.sosw.as_ref()?.start_by.filter(|start_by| now > *start_by)?;
    let late = Duration::from_millis(now.since(start_by).as_millis() as u64);
    let why = format!(
        "the event arrived {} after the time until which it might start by the rates that its labourer uses; it \
         waits for new tokens",
        protocol::duration::brief(late)
    );
    Some(Failure::new(STARTED_TOO_LATE, why).again(Again::Snooze(QUEUED_AGAIN)))
}

/// The tasks whose payloads can be read, and the failures of the others.
fn typed<T: DeserializeOwned>(tasks: Vec<Task<Object>>) -> (Vec<Task<T>>, Vec<(TaskId, Outcome)>) {
    let (mut typed, mut unreadable) = (Vec::new(), Vec::new());
    for task in tasks {
        let id = task.id.clone();
        match task.typed() {
            Ok(task) => typed.push(task),
            Err(failure) => unreadable.push((id, Err(failure))),
        }
    }
    (typed, unreadable)
}

/// Absent in tests, which are not invoked.
fn request_of(context: &Context) -> Option<RequestId> {
    RequestId::new(&context.request_id).ok()
}

fn end(event: &Event, outcomes: BlockOutcome, request: Option<RequestId>) -> Report {
    let report = Report { request, ..report::of(event, outcomes) };
    log(&report);
    report
}

fn log(report: &Report) {
    for failed in &report.failures {
        log_failure(&failed.task_id, &failed.failure);
    }
    let (task_id, failed) = (&report.task_id, report.failures.len());
    match report.outcome.failure() {
        Some(failure) => log_failure(task_id, &failure),
        None if failed == 0 => tracing::info!(%task_id, "succeeded"),
        None => tracing::warn!(%task_id, failed, "tasks of the block failed, the others succeeded"),
    }
}

fn log_failure(task_id: &TaskId, failure: &protocol::report::Failure) {
    let (kind, error) = (&failure.kind, &failure.message);
    tracing::error!(%task_id, kind, error, "failed");
}
