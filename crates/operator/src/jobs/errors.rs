//! Why tasks of a job failed: the kinds of their last errors, with counts.

use std::{cmp::Reverse, collections::BTreeMap};

use serde::Serialize;
use task_manager::{
    TaskManager,
    ids::TaskId,
    jobs::job::JobSnapshot,
    storage::{StoreError, closed::LAG},
    task::{Status, Task, TaskError},
};

/// The most items, tasks or blocks, that are read in the table of closed tasks.
const FAILED: u32 = 1000;
/// The items that are read where only the most frequent kind counts.
const FEW: u32 = 25;
/// The most pages of the labourer's tasks that wait to be retried, of a megabyte each.
const PAGES: u32 = 2;

/// The last errors of a job's tasks that failed or wait to retry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JobErrors {
    /// The most frequent first.
    pub kinds: Vec<ErrorKind>,
    /// Were not all such tasks read? Then the counts are those of a sample.
    pub is_sample: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorKind {
    /// Its stable name; empty of tasks without a recorded error.
    pub kind: String,
    /// Tasks that failed for good.
    pub failed: u64,
    /// Tasks that wait to retry.
    pub waiting: u64,
    /// The task or block that had it last.
    pub task_id: TaskId,
    pub message: String,
}

/// Reads failed and waiting tasks of a job, as far as the limits of this module go.
///
/// # Errors
/// When DynamoDB does not answer.
pub(super) async fn read(
    manager: &TaskManager,
    snapshot: &JobSnapshot,
    has_waiting: bool,
) -> Result<JobErrors, StoreError> {
    let failed = failed(manager, snapshot).await?;
    let (waiting, is_all) = match has_waiting {
        true => waiting(manager, snapshot).await?,
        false => (Vec::new(), true),
    };
    let seen: u64 = failed.iter().map(Task::size).sum();
    let is_sample = seen < snapshot.progress.exhausted || !is_all;
    Ok(JobErrors { kinds: kinds(failed.iter().chain(&waiting)), is_sample })
}

/// The kinds of errors of a few of them, for two reads: of those that failed for good, and of those that wait to retry
/// if none did yet.
pub(crate) async fn sample(
    manager: &TaskManager,
    snapshot: &JobSnapshot,
) -> Result<Vec<ErrorKind>, StoreError> {
    let (store, job) = (manager.store(), &snapshot.job);
    let (labourer, status) = (&job.labourer_id, Status::Exhausted);
    let mut tasks = match (snapshot.progress.exhausted, job.ended_at) {
        (0, _) => store.retry().latest(labourer, FEW).await?,
        (_, None) => {
            let latest = store.closed().latest(labourer, status, FEW).await?;
            store.closed().get_all(&latest).await?
        }
        (_, Some(ended)) => {
            let time = (snapshot.progress.started.unwrap_or(job.created_at), ended + LAG);
            store.closed().within(labourer, status, time, FEW).await?
        }
    };
    tasks.retain(|task| task.job_id.as_ref() == Some(&job.id));
    Ok(kinds(tasks.iter()))
}

/// The failed ones among all failures of its labourer since its first tasks were made.
async fn failed(manager: &TaskManager, snapshot: &JobSnapshot) -> Result<Vec<Task>, StoreError> {
    let (job, progress) = (&snapshot.job, &snapshot.progress);
    if progress.exhausted == 0 {
        return Ok(Vec::new());
    }
    let from = progress.started.unwrap_or(job.created_at);
    let to = job.ended_at.map_or(manager.now(), |at| at + LAG);
    let closed = manager.store().closed();
    let mut tasks = closed.within(&job.labourer_id, Status::Exhausted, (from, to), FAILED).await?;
    tasks.retain(|task| task.job_id.as_ref() == Some(&job.id));
    Ok(tasks)
}

async fn waiting(
    manager: &TaskManager,
    snapshot: &JobSnapshot,
) -> Result<(Vec<Task>, bool), StoreError> {
    let job = &snapshot.job;
    let parked = manager.store().retry().of_job(&job.labourer_id, &job.id, PAGES).await?;
    Ok((parked.tasks, parked.is_all))
}

/// Each task of a block counts.
pub(crate) fn kinds<'t>(tasks: impl Iterator<Item = &'t Task>) -> Vec<ErrorKind> {
    let mut kinds = BTreeMap::<&str, (ErrorKind, Option<&TaskError>)>::new();
    for task in tasks {
        let error = task.errors.last();
        let name = error.map_or("", |error| &error.kind);
        let (kind, newest) = kinds.entry(name).or_insert_with(|| (none(name, task), None));
        match task.closed {
            Some(_) => kind.failed += task.size(),
            None => kind.waiting += task.size(),
        }
        if error.map(|error| error.at) > newest.map(|newest| newest.at) {
            kind.task_id = task.id.clone();
            kind.message = error.map(|error| error.message.clone()).unwrap_or_default();
            *newest = error;
        }
    }
    let mut kinds: Vec<_> = kinds.into_values().map(|(kind, _)| kind).collect();
    kinds.sort_by_key(|kind| Reverse(kind.failed + kind.waiting));
    kinds
}

fn none(name: &str, task: &Task) -> ErrorKind {
    let (kind, task_id) = (name.to_owned(), task.id.clone());
    ErrorKind { kind, failed: 0, waiting: 0, task_id, message: String::new() }
}

#[cfg(test)]
mod tests {
    use task_manager::{
        greenfield::Greenfield,
        ids::LabourerId,
        members::Members,
        task::{Closed, block::Block, digest::Digest},
        time::Timestamp,
    };

    use super::*;

    fn task(name: &str, error: Option<(&str, f64)>, is_closed: bool) -> Task {
        let at = Timestamp::from_seconds;
        let (id, labourer) = (TaskId::new(name).unwrap(), LabourerId::new("worker").unwrap());
        let mut task = Task::new(id, labourer, at(1.0), Greenfield(2.0), "{}".into());
        if let Some((kind, seconds)) = error {
            task.add_error(TaskError::new(1, kind, &format!("of {name}"), at(seconds)));
        }
        let status = Status::Exhausted;
        task.closed =
            is_closed.then(|| Closed { at: at(9.0), status, expires_at: None, success: None });
        task
    }

    #[test]
    fn kinds_are_counted_with_each_task_of_a_block_the_most_frequent_first() {
        let mut block = task("b", Some(("Late", 5.0)), true);
        block.block = Some(Box::new(Block::new(Members::from(0..3), Digest::of(&[]))));
        let tasks = [
            task("x", Some(("Rare", 7.0)), true),
            task("y", Some(("Late", 3.0)), false),
            task("z", Some(("Late", 6.0)), true),
            task("none", None, true),
            block,
        ];
        let counts = kinds(tasks.iter());
        let counts = counts
            .iter()
            .map(|kind| (kind.kind.as_str(), kind.failed, kind.waiting, kind.task_id.as_str()));
        let expected = [("Late", 4, 1, "z"), ("", 1, 0, "none"), ("Rare", 1, 0, "x")];
        assert_eq!(counts.collect::<Vec<_>>(), expected);
    }
}
