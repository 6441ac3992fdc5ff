//! Submits a job in two steps: accepting stores it, filling creates its tasks. An accepted job exists
//! even if filling fails, and a caller must be able to say so before it waits for the tasks.

use serde::Serialize;
use task_manager::{
    TaskManager, describe,
    ids::JobId,
    jobs::{job::JobSnapshot, message::Submission},
    manager::jobs::{JobError, fill::Filled},
};

use super::JobOverview;

/// A job that is accepted. Its tasks are created by [`fill`], or, if that is not called, by the next
/// tick.
#[derive(Clone, Debug)]
pub struct AcceptedJob {
    snapshot: JobSnapshot,
    is_known: bool,
}

impl AcceptedJob {
    pub fn id(&self) -> &JobId {
        &self.snapshot.job.id
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubmittedJob {
    #[serde(flatten)]
    pub job: JobOverview,
    /// Was the same job accepted before?
    pub is_known: bool,
    /// The error that stopped the creation of tasks. The next tick continues.
    pub trouble: Option<String>,
}

/// Accepts a job, or finds it accepted: the same job with the same idempotency key is one job.
///
/// # Errors
/// When the key belongs to another job, or DynamoDB fails.
pub async fn accept(
    manager: &TaskManager,
    submission: &Submission,
) -> Result<AcceptedJob, JobError> {
    let began = manager.now();
    let snapshot = manager.jobs().submit(submission, None).await?;
    let is_known = snapshot.job.created_at < began;
    Ok(AcceptedJob { snapshot, is_known })
}

/// Creates the tasks of an accepted job. An error is part of the result, since the job is accepted all
/// the same.
pub async fn fill(manager: &TaskManager, accepted: AcceptedJob) -> SubmittedJob {
    let AcceptedJob { snapshot, is_known } = accepted;
    let filled = manager.jobs().fill_accepted(snapshot, || true, async || {}).await;
    let Filled { snapshot, trouble } = filled;
    let trouble = trouble.map(|trouble| describe(&trouble));
    SubmittedJob { job: JobOverview::new(&snapshot, manager.now()), is_known, trouble }
}
