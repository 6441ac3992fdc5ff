//! Queues failed tasks of a labourer again, across its jobs: so many a call, and another call goes on.

use std::collections::BTreeMap;

use task_manager::{
    TaskManager,
    ids::{JobId, LabourerId},
    manager::jobs::JobError,
    storage::{
        StoreError,
        listing::{Listed, Position},
    },
    task::{Status, Task},
    time::Timestamp,
};

use super::{Cursor, TaskState};

/// The most items, tasks or blocks, that are read by one call.
const MOST: u32 = 1000;

/// What one call did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RetriedFailures {
    /// Tasks that were queued again.
    pub tasks: u64,
    /// Failed tasks that stay as they are, as their jobs do not allow it: why, and how many.
    pub refused: BTreeMap<String, u64>,
    /// Where another call goes on, if there are more.
    pub next: Option<Cursor>,
}

/// Queues failed tasks of a labourer again, those that failed last first: all, or those whose last error is of this kind.
/// What fails anew meanwhile stands before the place where another call goes on.
///
/// # Errors
/// When DynamoDB does not answer. Another call with the same cursor goes on.
pub async fn retry_failed(
    manager: &TaskManager,
    labourer: &LabourerId,
    kind: Option<&str>,
    after: Option<&Cursor>,
) -> Result<RetriedFailures, StoreError> {
    let behind = match after {
        Some(Cursor::Behind(_, position)) => position.as_ref(),
        Some(Cursor::Number(_)) | None => None,
    };
    let closed = manager.store().closed();
    let ever = (Timestamp::from_seconds(0.0), manager.now());
    let listed = closed.page(labourer, Status::Exhausted, ever, behind, MOST).await?;
    let mut tasks = closed.get_all(listed.places.iter().map(|place| &place.id)).await?;
    let is_wanted = |task: &Task| {
        let last = task.errors.last().map(|error| error.kind.as_str());
        kind.is_none() || kind == last
    };
    tasks.retain(is_wanted);
    // They are queued in the order in which they failed.
    tasks.sort_by_key(|task| task.closed.map(|closed| closed.at));
    let mut by_job = BTreeMap::<Option<JobId>, Vec<Task>>::new();
    for task in tasks {
        by_job.entry(task.job_id.clone()).or_default().push(task);
    }
    let mut retried = RetriedFailures { next: next(&listed), ..RetriedFailures::default() };
    for (job, tasks) in by_job {
        let many: u64 = tasks.iter().map(Task::size).sum();
        match retry(manager, job, tasks).await {
            Ok(tasks) => retried.tasks += tasks,
            Err(JobError::Store(error)) => return Err(error),
            Err(why) => *retried.refused.entry(why.to_string()).or_default() += many,
        }
    }
    Ok(retried)
}

fn next(listed: &Listed) -> Option<Cursor> {
    let last = listed.places.last().filter(|_| !listed.is_all);
    last.map(|last: &Position| Cursor::Behind(TaskState::Exhausted, Some(last.clone())))
}

async fn retry(
    manager: &TaskManager,
    job: Option<JobId>,
    tasks: Vec<Task>,
) -> Result<u64, JobError> {
    let Some(job) = job else {
        let mut retried = 0;
        for task in tasks {
            retried += u64::from(manager.queue().retry(task).await?);
        }
        return Ok(retried);
    };
    manager.jobs().retry(&job, tasks).await
}
