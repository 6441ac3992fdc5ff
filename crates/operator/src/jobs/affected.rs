//! How many tasks an action on a job will touch, before it is done.

use serde::Serialize;
use task_manager::{TaskManager, ids::JobId, jobs::job::Count, manager::jobs::JobError};

use super::{JobOverview, errors};

/// What cancelling a job would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CancelPreview {
    pub job: JobOverview,
    /// Tasks that would never be created.
    pub uncreated: u64,
    /// Tasks that are queued or wait to retry: they would be cancelled.
    pub waiting: Count,
    /// Tasks that run: they may end.
    pub running: Count,
}

/// What retrying failed tasks of a job would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RetryPreview {
    pub job: JobOverview,
    /// Tasks that would be queued again.
    pub tasks: Count,
}

/// How many tasks [`super::cancel`] would touch.
///
/// # Errors
/// When there is no such job, it has ended, or DynamoDB does not answer.
pub async fn preview_cancel(manager: &TaskManager, id: &JobId) -> Result<CancelPreview, JobError> {
    let jobs = manager.jobs();
    let snapshot = jobs.get(id).await?;
    jobs.check_cancel(&snapshot.job)?;
    let open = jobs.breakdown(&snapshot).await?;
    let progress = snapshot.progress;
    Ok(CancelPreview {
        job: JobOverview::new(&snapshot, manager.now()),
        uncreated: progress.total.saturating_sub(progress.made),
        waiting: open.running.rest_of(progress.open()),
        running: open.running,
    })
}

/// How many tasks [`super::retry_failed`] would touch: exactly, if all kinds are meant; of one kind as many as were found,
/// if not all could be read.
///
/// # Errors
/// When there is no such job, it was cancelled, it is about to be deleted, or DynamoDB does not answer.
pub async fn preview_retry(
    manager: &TaskManager,
    id: &JobId,
    kind: Option<&str>,
) -> Result<RetryPreview, JobError> {
    let jobs = manager.jobs();
    let snapshot = jobs.get(id).await?;
    jobs.check_retry(&snapshot.job)?;
    let tasks = match kind {
        None => Count::Exactly(snapshot.progress.exhausted),
        Some(kind) => {
            let errors = errors::read(manager, &snapshot, false).await?;
            let found = errors.kinds.iter().find(|found| found.kind == kind);
            Count::found(found.map_or(0, |found| found.failed), !errors.is_sample)
        }
    };
    Ok(RetryPreview { job: JobOverview::new(&snapshot, manager.now()), tasks })
}
