//! Job to tasks: chunks a job and queues its tasks, as far as the time allows.
//!
//! The job is kept before its first task exists, and every batch of tasks is created together with
//! the cursor: a scheduler that is out of time (or dies) is followed by another, which the
//! scavenger's tick starts with `{"job_id"}`. Free slots are filled while the job is chunked.

use std::time::Duration;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::Value;
use task_manager::{
    TaskManager,
    ids::JobId,
    jobs::{message::Message, record::Account},
    manager::{jobs::JobError, start::Limit},
    metrics, start_up,
    storage::StoreError,
    tick::describe,
    time::Timestamp,
};
use tracing::warn;

/// The answer to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The job.
    pub job_id: JobId,
    /// How many tasks it has.
    pub tasks: u64,
    /// How many of them are made.
    pub made: u64,
    /// How far it is.
    pub state: State,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its time has not come.
    Waiting,
    /// Some tasks are not made yet: the next tick goes on.
    Filling,
    /// All tasks are made.
    Queued,
}

/// Takes one message: a job, or the id of one to go on with. `delivery` is the id of the message
/// where it has one: the same message delivered twice is one job.
///
/// # Errors
/// Everything that is wrong with the message (nothing is written then), or DynamoDB's failures
/// (what was made stays made, and the job goes on).
pub async fn run(
    manager: &TaskManager,
    event: &Value,
    delivery: Option<&str>,
    until: Timestamp,
) -> Result<Answer, JobError> {
    let account = match manager.read_message(event)? {
        Message::Resume(id) => manager.job(&id).await?,
        Message::Submit(submission) => manager.submit(&submission, delivery).await?,
    };
    let labourer = account.job.labourer_id.clone();
    let start = async || {
        // A task that is not started now is started by the next tick.
        if let Err(error) = start_tasks(manager, &labourer, until).await {
            warn!(error = describe(&error), labourer_id = %labourer, "free slots were not filled");
        }
    };
    let account = manager.fill(account, || manager.now() < until, start).await?;
    Ok(answer(&account, manager.now()))
}

fn answer(account: &Account, now: Timestamp) -> Answer {
    let (job, progress) = (&account.job, account.progress);
    let state = match progress.made >= progress.total {
        true => State::Queued,
        false if job.options.start.is_some_and(|start| now < start) => State::Waiting,
        false => State::Filling,
    };
    Answer { job_id: job.id.clone(), tasks: progress.total, made: progress.made, state }
}

/// Fills the labourer's free slots, as far as its limit is known to hold: its row was confirmed
/// lately, or there is nothing that the limit depends on.
async fn start_tasks(
    manager: &TaskManager,
    labourer: &task_manager::ids::LabourerId,
    until: Timestamp,
) -> Result<(), StoreError> {
    let Some(labourer) = manager.config().labourers.get(labourer) else { return Ok(()) };
    let row = manager.register(labourer).await?;
    let limit = match row.is_fresh(manager.now()) {
        true => Limit { slots: row.slot_limit, confirmed: false },
        false if labourer.depends_on_health() => return Ok(()),
        false => Limit { slots: labourer.max_simultaneous_invocations, confirmed: true },
    };
    manager.fill_slots(labourer, row, limit, || manager.now() < until).await.map(drop)
}

/// Serves Lambda until it ends the process.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    let (manager, _) = start_up::start("scheduler").await?;
    let manager = &manager;
    let reserve = manager.config().shutdown_period;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let (payload, context) = event.into_parts();
        let until = stop_at(manager.now(), start_up::begin_until(context.deadline()), reserve);
        let delivery = Some(context.request_id.as_str());
        let answer = Box::pin(run(manager, &payload, delivery, until)).await;
        metrics::flush();
        answer.map_err(|error| Diagnostic {
            error_type: error.name().to_owned(),
            error_message: describe(&error),
        })
    }))
    .await
}

/// When to stop: `reserve` before the end, but never in the first half of the time.
fn stop_at(now: Timestamp, end: Timestamp, reserve: Duration) -> Timestamp {
    let half = now + end.since(now) / 2;
    half.max(end - reserve)
}
