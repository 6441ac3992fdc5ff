//! A job is cancelled, or tried again.

use serde::Serialize;
use task_manager::{
    TaskManager,
    ids::JobId,
    manager::jobs::{JobError, retry::Retried},
};

/// A job that was cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CancelledJob {
    /// Its id.
    pub job_id: JobId,
    /// Tasks that waited, and were closed as ignored.
    pub ignored: u64,
    /// Tasks that are still at work, and may end.
    pub open: u64,
}

/// Ends a job: no more of its tasks are made, those that wait are closed as ignored, those that run
/// may end. If it is cut short, the same call goes on with it, and so does a tick.
///
/// # Errors
/// When there is no such job, it has ended, or DynamoDB fails.
pub async fn cancel(manager: &TaskManager, id: &JobId) -> Result<CancelledJob, JobError> {
    let ignored = manager.cancel(id).await?;
    let open = manager.job(id).await?.progress.open();
    Ok(CancelledJob { job_id: id.clone(), ignored, open })
}

/// Sends exhausted tasks of a job back to work, with all their attempts before them: all, or those
/// whose last error is of this kind. If it is cut short, the same call goes on with it.
///
/// # Errors
/// When there is no such job, it was cancelled, or DynamoDB fails.
pub async fn retry_failed(
    manager: &TaskManager,
    id: &JobId,
    kind: Option<&str>,
) -> Result<Retried, JobError> {
    manager.retry_failed(id, kind).await
}
