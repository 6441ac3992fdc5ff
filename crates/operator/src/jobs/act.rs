//! Cancels a job, or retries its failed tasks.

use serde::Serialize;
use task_manager::{
    TaskManager,
    ids::JobId,
    manager::jobs::{JobError, retry::Retried},
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CancelledJob {
    pub job_id: JobId,
    /// Tasks that were queued or waiting to retry, now closed as ignored.
    pub ignored: u64,
    /// Tasks that are still running; they may end.
    pub open: u64,
}

/// Cancels a job: no more of its tasks are created, those that wait are closed as ignored, running ones
/// may end. If it is interrupted, another call or the next tick continues.
///
/// # Errors
/// When there is no such job, it has ended, or DynamoDB fails.
pub async fn cancel(manager: &TaskManager, id: &JobId) -> Result<CancelledJob, JobError> {
    let ignored = manager.jobs().cancel(id).await?;
    let open = manager.jobs().get(id).await?.progress.open();
    Ok(CancelledJob { job_id: id.clone(), ignored, open })
}

/// Queues exhausted tasks of a job again, with their full number of attempts: all of them, or those
/// whose last error is of this kind. If it is interrupted, another call continues.
///
/// # Errors
/// When there is no such job, it was cancelled, or DynamoDB fails.
pub async fn retry_failed(
    manager: &TaskManager,
    id: &JobId,
    kind: Option<&str>,
) -> Result<Retried, JobError> {
    manager.jobs().retry_failed(id, kind).await
}
