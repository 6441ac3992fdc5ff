//! Job to tasks: chunks a job and queues its tasks, as far as the time allows.
//!
//! The job is stored before its first task is created, and every batch of tasks is written in one
//! transaction with the cursor. When a scheduler runs out of time (or dies), a tick of the scavenger that
//! finds the cursors still for 20 s starts another one with `{"job_id"}`, which continues from there.
//! Free slots are filled while the job is chunked.
//!
//! Task `n` of a job is a pure function of the job and the moment it was accepted, and so are its
//! id and its place in the queue: neither the memory of a scheduler nor its speed depends on how
//! many tasks there are, and a scheduler that resumes a job creates exactly the tasks that the first
//! would have created.
//!
//! [`task_manager::jobs`] says what a job may contain, how it is chunked, and lists **what differs
//! from sosw 0.7**, job by job. [`task_manager::jobs::options`] are the fields that are about the
//! job and not for its tasks: `idempotency_key`, `run_at`, `delay`, `on_complete`,
//! `max_failed_percent`, `tasks_per_invocation`. A job with mistakes is refused before anything is written, with all of
//! them and the place of each ([`task_manager::mistakes`]).

use std::time::Duration;

mod starter;

use function::Invocation;
use serde::Serialize;
use task_manager::{
    TaskManager, describe,
    ids::JobId,
    jobs::{job::JobSnapshot, message::Message},
    json::Json,
    manager::jobs::{JobError, fill::Filled},
    mistakes::Remark,
    task::trace::Trace,
    time::Timestamp,
};

use tracing::warn;

use starter::Starter;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobAnswer {
    pub job_id: JobId,
    /// Tasks of the whole job.
    pub tasks: u64,
    pub made: u64,
    /// `waiting` for its time, `filling` (the next tick continues), `queued`, or how it ended.
    pub state: &'static str,
    /// What the job says that is accepted, but probably not meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Remark>,
    /// The error that stopped this scheduler. The job is accepted all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// Handles one message: a job, or the id of one to resume. `delivery` is the id of the message, if it
/// has one: the same message delivered twice is one job.
///
/// # Errors
/// Every mistake in the message, or a failure of DynamoDB before the job was accepted; nothing is
/// written then. After that a failure is part of the answer instead: an error would look like a refusal,
/// and a caller who sent the job again would duplicate it. The next tick continues.
pub async fn run(
    manager: &TaskManager,
    event: &Json,
    delivery: Option<&str>,
    until: Timestamp,
) -> Result<JobAnswer, JobError> {
    let (snapshot, warnings) = match manager.jobs().read_message(event)? {
        Message::Resume(id) => (manager.jobs().get(&id).await?, Vec::new()),
        Message::Submit(submission) => {
            let snapshot = manager.jobs().submit(&submission, delivery).await?;
            (snapshot, submission.warnings)
        }
    };
    for warning in &warnings {
        warn!(%warning, job_id = %snapshot.job.id, "accepted, but probably not meant");
    }
    let made_before = snapshot.progress.made;
    let starter = Starter::new(manager, snapshot.job.labourer_id.clone(), until);
    let on_batch = async || starter.start_now_and_then().await;
    let may_go_on = || manager.now() < until;
    let Filled { snapshot, trouble } =
        manager.jobs().fill_accepted(snapshot, may_go_on, on_batch).await;
    if snapshot.progress.made > 0 {
        let made = snapshot.progress.made.saturating_sub(made_before);
        starter.start_all(made.div_ceil(snapshot.job.block_size.max(1))).await;
    }
    Ok(answer(&snapshot, warnings, trouble.as_ref(), manager.now()))
}

fn answer(
    snapshot: &JobSnapshot,
    warnings: Vec<Remark>,
    trouble: Option<&JobError>,
    now: Timestamp,
) -> JobAnswer {
    let trouble = trouble.map(|error| describe(error));
    let (progress, job_id, state) =
        (snapshot.progress, snapshot.job.id.clone(), snapshot.stage(now));
    JobAnswer { job_id, tasks: progress.total, made: progress.made, state, warnings, trouble }
}

/// Serves Lambda until Lambda ends the process.
///
/// # Errors
/// When the function cannot start, or the Runtime API fails.
pub async fn serve() -> Result<(), function::Error> {
    let (follower, _) = function::start("scheduler").await?;
    function::serve(follower, async |manager, invocation: Invocation<Json>| {
        let Invocation { event, until, request_id, trace_header } = invocation;
        let until = stop_at(manager.now(), until, manager.config().shutdown_period);
        let manager = manager.with_trace(trace_header.as_deref().and_then(Trace::of_header));
        let answer = run(&manager, &event, Some(&request_id), until).await;
        answer.map_err(|error| function::failed(error.name(), &error))
    })
    .await
}

/// When to stop: `reserve` before the end, but never in the first half of the time.
fn stop_at(now: Timestamp, end: Timestamp, reserve: Duration) -> Timestamp {
    let half = now + end.since(now) / 2;
    half.max(end - reserve)
}
