//! What can be done with a single task or block: retry it once it has failed, cancel it while it waits.
//!
//! Each reads the task, and writes only if it still is what was read. Whoever asks twice is told what
//! became of it the first time.

use serde::Serialize;
use task_manager::{
    TaskManager, describe,
    ids::{JobId, TaskId},
    manager::{jobs::JobError, queue::single::Cancelled},
    members::Members,
    storage::StoreError,
    task::Task,
};
use thiserror::Error;

use super::{Located, LookupError, TaskName, TaskState, find, state};
use crate::words;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskChange {
    pub task_id: TaskId,
    /// How many tasks it stands for: those of a block each.
    pub tasks: u64,
    /// Where it is now.
    pub state: TaskState,
    /// Was this done now? Else it was so before.
    pub is_new: bool,
}

/// Why nothing was done.
#[derive(Debug, Error)]
pub enum TaskRefusal {
    #[error(transparent)]
    Lookup(#[from] LookupError),
    #[error("task {number} of its job is in a block with {} others, which can only be {done} together: name the block, {block}", .members - 1)]
    InBlock { number: u64, block: TaskId, members: u64, done: &'static str },
    #[error("task {task} {}: only a task that failed can be retried", is(*.state))]
    NotFailed { task: TaskId, state: TaskState },
    #[error("task {task} {}: only a task that waits can be cancelled{}", is(*.state), cancel_hint(*.state))]
    NotWaiting { task: TaskId, state: TaskState },
    #[error("task {task} has changed since it was read, and nothing was done: {}", is(*.state))]
    Changed { task: TaskId, state: TaskState },
    #[error("{}", describe(.0))]
    Job(JobError),
    #[error("job {0} of the task is deleted: submit it again instead")]
    NoJob(JobId),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<JobError> for TaskRefusal {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Store(error) => Self::Store(error),
            JobError::Unknown(job) => Self::NoJob(job),
            other => Self::Job(other),
        }
    }
}

fn is(state: TaskState) -> String {
    match state {
        TaskState::Succeeded => "has succeeded".to_owned(),
        TaskState::Exhausted => "has failed".to_owned(),
        other => format!("is {}", words::state(other.name())),
    }
}

fn cancel_hint(state: TaskState) -> &'static str {
    match state.is_closed() {
        true => "",
        false => {
            "; a running attempt ends by its report or its lease, and if it fails the task waits to retry"
        }
    }
}

/// What is to be done with a task in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Do,
    /// It is as it would be afterwards.
    Done,
    Refuse,
}

fn retry_step(state: TaskState) -> Step {
    match state {
        TaskState::Exhausted => Step::Do,
        TaskState::Queued | TaskState::Parked | TaskState::Running | TaskState::Expired => {
            Step::Done
        }
        TaskState::Succeeded | TaskState::Ignored => Step::Refuse,
    }
}

fn cancel_step(state: TaskState) -> Step {
    match state {
        TaskState::Queued | TaskState::Parked => Step::Do,
        TaskState::Ignored => Step::Done,
        TaskState::Running | TaskState::Expired | TaskState::Succeeded | TaskState::Exhausted => {
            Step::Refuse
        }
    }
}

impl TaskState {
    /// Is there anything to retry?
    pub fn can_be_retried(self) -> bool {
        retry_step(self) == Step::Do
    }

    /// Is there anything to cancel?
    pub fn can_be_cancelled(self) -> bool {
        cancel_step(self) == Step::Do
    }
}

/// Queues a failed task or block again, with its full number of attempts. One that is open already stays as it is.
///
/// # Errors
/// When there is no such task, it has not failed, or its job was cancelled or is deleted; when it has changed since it
/// was read; when DynamoDB does not answer. Nothing is written then.
pub async fn retry(manager: &TaskManager, name: &TaskName) -> Result<TaskChange, TaskRefusal> {
    let (task, was) = read(manager, name, "retried").await?;
    let task_id = task.id.clone();
    match retry_step(was) {
        Step::Do => {}
        Step::Done => {
            return Ok(TaskChange { tasks: task.size(), task_id, state: was, is_new: false });
        }
        Step::Refuse => return Err(TaskRefusal::NotFailed { task: task_id, state: was }),
    }
    let tasks = task.size();
    if manager.queue().retry(task).await? {
        return Ok(TaskChange { task_id, tasks, state: TaskState::Queued, is_new: true });
    }
    after_race(manager, task_id, retry_step).await
}

/// Closes a task that is queued or waits to retry as cancelled; a block with all its tasks. A running attempt is never
/// stopped.
///
/// # Errors
/// When there is no such task, or it is running or closed; when it has changed since it was read; when DynamoDB does
/// not answer. Nothing is written then.
pub async fn cancel(manager: &TaskManager, name: &TaskName) -> Result<TaskChange, TaskRefusal> {
    let (task, was) = read(manager, name, "cancelled").await?;
    let task_id = task.id.clone();
    match cancel_step(was) {
        Step::Do => {}
        Step::Done => {
            return Ok(TaskChange { tasks: task.size(), task_id, state: was, is_new: false });
        }
        Step::Refuse => return Err(TaskRefusal::NotWaiting { task: task_id, state: was }),
    }
    let tasks = task.size();
    match manager.queue().cancel(task).await? {
        Cancelled::Done => {
            Ok(TaskChange { task_id, tasks, state: TaskState::Ignored, is_new: true })
        }
        Cancelled::NotWaiting | Cancelled::Changed => {
            after_race(manager, task_id, cancel_step).await
        }
    }
}

/// The item that a name leads to, if it is not only one of its tasks that is meant.
async fn read(
    manager: &TaskManager,
    name: &TaskName,
    done: &'static str,
) -> Result<(Task, TaskState), TaskRefusal> {
    let Located { task, member } = find(manager, name).await?;
    match (member, task.members().map_or(1, Members::len)) {
        (Some(number), members) if members > 1 => {
            Err(TaskRefusal::InBlock { number, block: task.id, members, done })
        }
        _ => {
            let state = state(manager, &task).await?;
            Ok((task, state))
        }
    }
}

/// The task is not as it was read: somebody else may have done the same.
async fn after_race(
    manager: &TaskManager,
    task: TaskId,
    step: fn(TaskState) -> Step,
) -> Result<TaskChange, TaskRefusal> {
    let (now, state) = read(manager, &TaskName::Id(task), "").await?;
    match step(state) {
        Step::Done => Ok(TaskChange { tasks: now.size(), task_id: now.id, state, is_new: false }),
        Step::Do | Step::Refuse => Err(TaskRefusal::Changed { task: now.id, state }),
    }
}
