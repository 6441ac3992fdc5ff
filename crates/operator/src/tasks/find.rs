//! Finds the item that a name leads to: a task, or the block that holds it.

use task_manager::{
    TaskManager,
    ids::{JobId, TaskId},
    jobs::job::JobSnapshot,
    manager::jobs::JobError,
    members::Members,
    storage::StoreError,
    task::Task,
};
use thiserror::Error;

use super::TaskName;
use crate::jobs::{self, AmbiguousJob, JobLookupError};

/// A task or block, and which of its tasks was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    pub task: Task,
    /// The number of a block's task; none if the item itself was asked for.
    pub member: Option<u64>,
}

/// Why a name leads to no item.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Missing {
    #[error(
        "there is no task {0} in the queue, the retry table or the closed tasks \
         (`sosw tasks list LABOURER` lists its tasks; one of a job is named JOB#NUMBER as well)"
    )]
    Task(TaskId),
    /// Not a task, but a job, by its id or the beginning of it.
    #[error("{0} is a job: name one of its tasks, {0}#0")]
    IsJob(TaskId),
    #[error("{}", JobError::Unknown(.0.clone()))]
    Job(JobId),
    #[error(transparent)]
    Ambiguous(#[from] AmbiguousJob),
    #[error("job {job} has no task {number}: its tasks are 0 to {}", total.saturating_sub(1))]
    Number { job: JobId, number: u64, total: u64 },
    #[error("task {number} of job {job} is not created yet, {made} of {total} are")]
    NotYetMade { job: JobId, number: u64, made: u64, total: u64 },
    #[error("task {number} of job {job} was not created before the job was cancelled")]
    NeverMade { job: JobId, number: u64 },
    #[error(
        "task {number} of job {job} is in no table any more: closed tasks are kept for `keep_closed` days"
    )]
    Deleted { job: JobId, number: u64 },
}

/// Why nothing was found.
#[derive(Debug, Error)]
pub enum LookupError {
    #[error(transparent)]
    Missing(#[from] Missing),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<JobLookupError> for LookupError {
    fn from(error: JobLookupError) -> Self {
        match error {
            JobLookupError::Unknown(job) => Self::Missing(Missing::Job(job)),
            JobLookupError::Ambiguous(several) => Self::Missing(several.into()),
            JobLookupError::Store(error) => Self::Store(error),
        }
    }
}

/// Finds a task by its name, its job by the beginning of its id, too. One that is in a block is found wherever it went from the block that it was
/// created in: a block lists for ever what left it.
///
/// # Errors
/// When there is none, or DynamoDB does not answer.
pub async fn find(manager: &TaskManager, name: &TaskName) -> Result<Located, LookupError> {
    match name {
        TaskName::Id(id) => by_id(manager, id).await,
        TaskName::OfJob(job, number) => {
            let job = jobs::find(manager, job).await?;
            match manager.store().jobs().get(&job).await? {
                Some(snapshot) => by_number(manager, &snapshot, *number).await,
                None => Err(Missing::Job(job).into()),
            }
        }
    }
}

async fn by_id(manager: &TaskManager, id: &TaskId) -> Result<Located, LookupError> {
    match manager.queue().find(id).await? {
        Some(task) => Ok(Located { task, member: None }),
        None if is_job(manager, id).await? => Err(Missing::IsJob(id.clone()).into()),
        None => Err(Missing::Task(id.clone()).into()),
    }
}

/// Is a job called so?
async fn is_job(manager: &TaskManager, name: &TaskId) -> Result<bool, StoreError> {
    let Ok(job) = JobId::new(name.as_str()) else { return Ok(false) };
    match jobs::find(manager, &job).await {
        Ok(_) => Ok(true),
        Err(JobLookupError::Unknown(_) | JobLookupError::Ambiguous(_)) => Ok(false),
        Err(JobLookupError::Store(error)) => Err(error),
    }
}

async fn by_number(
    manager: &TaskManager,
    snapshot: &JobSnapshot,
    number: u64,
) -> Result<Located, LookupError> {
    let job = &snapshot.job;
    check_is_made(snapshot, number)?;
    let mut next = Some(job.id_of(number));
    while let Some(id) = next {
        let Some(task) = manager.queue().find(&id).await? else { break };
        next = match holder(&task, number) {
            Holder::Itself => return Ok(Located { task, member: None }),
            Holder::AsBlock => return Ok(Located { task, member: Some(number) }),
            Holder::Piece(id) => Some(id),
            Holder::Unknown => None,
        };
    }
    Err(Missing::Deleted { job: job.id.clone(), number }.into())
}

/// Is this task of a job created?
fn check_is_made(snapshot: &JobSnapshot, number: u64) -> Result<(), Missing> {
    let (job, progress) = (snapshot.job.id.clone(), snapshot.progress);
    if snapshot.is_made(number) {
        return Ok(());
    }
    Err(match snapshot.job.state.is_cancelled() {
        true => Missing::NeverMade { job, number },
        false if number >= progress.total => Missing::Number { job, number, total: progress.total },
        false => Missing::NotYetMade { job, number, made: progress.made, total: progress.total },
    })
}

/// Where a member of a block is, by what an item says.
#[derive(Debug, PartialEq, Eq)]
enum Holder {
    /// The item is the task.
    Itself,
    AsBlock,
    /// It left the block with this piece.
    Piece(TaskId),
    Unknown,
}

fn holder(task: &Task, number: u64) -> Holder {
    let Some(block) = &task.block else { return Holder::Itself };
    if block.members.contains(number) {
        return Holder::AsBlock;
    }
    let wanted = Members::from_iter([number]);
    let piece = block.pieces_with(&wanted).next().map(|(id, _)| id.clone());
    piece.map_or(Holder::Unknown, Holder::Piece)
}
