//! One event, from its arrival to its report, without sending the report.

use std::time::Duration;

use lambda_runtime::Context;
use protocol::{ids::TaskId, report::Report, time::Timestamp};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::{
    outcome::{Failure, Outcome},
    panics,
    report::{self, Origin},
    task::{NotATask, Task},
};

/// Why an event was not worked on, and nothing was reported about it.
#[derive(Debug, Error)]
pub enum Refused {
    /// It is not a task, so no report could name its task.
    #[error(transparent)]
    NotATask(#[from] NotATask),
    /// The event came so late that another attempt may be running.
    #[error(
        "the lease of task {task_id}, attempt {attempt}, ended {} s before the event arrived; \
         another attempt does the work",
        .late.as_secs()
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

/// Does the work of one event, if its lease has not passed, and returns the report to send.
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
    let task = Task::from_event(event.get())?;
    if let Some(expires_at) = task.expires_at.filter(|_| task.lease_has_passed(now)) {
        return Err(Refused::LeaseHasPassed {
            task_id: task.id,
            attempt: task.attempt,
            late: now.since(expires_at),
        });
    }
    let origin = Origin::from(&task);
    tracing::info!(task_id = %task.id, attempt = task.attempt, "started");
    let outcome = match task.typed::<T>() {
        Ok(task) => within(time_left(&context, now), async { work(task, context).await }).await,
        Err(failure) => Err(failure),
    };
    let report = report::of(origin, outcome);
    log(&report);
    Ok(report)
}

/// Cancels the work shortly before the function's time-out, so that the failure is reported and the slot
/// is free at once instead of when the lease passes.
async fn within(limit: Option<Duration>, work: impl Future<Output = Outcome>) -> Outcome {
    let work = panics::caught(work);
    let caught = match limit {
        None => work.await,
        Some(limit) => tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
            let worked = limit.as_secs_f64();
            Err(Failure::new("OutOfTime", format!("the function's time is up after {worked:.1} s")))
        }),
    };
    caught.flatten()
}

/// The time until the function's deadline, less a tenth (2 s at most) for the report. A context made
/// in a test has no deadline.
fn time_left(context: &Context, now: Timestamp) -> Option<Duration> {
    (context.deadline > 0).then(|| {
        let left = Timestamp::from_millis(context.deadline).since(now);
        left - (left / 10).min(Duration::from_secs(2))
    })
}

fn log(report: &Report) {
    let task_id = &report.task_id;
    match report.outcome.failure() {
        None => tracing::info!(%task_id, "succeeded"),
        Some(failure) => {
            let (kind, error) = (&failure.kind, &failure.message);
            tracing::error!(%task_id, kind, error, "failed");
        }
    }
}
