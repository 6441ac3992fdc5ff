//! Tasks of a labourer, or of a job. A block is listed as one.

use std::{cmp::Reverse, collections::HashMap};

use task_manager::{
    TaskManager,
    ids::JobId,
    jobs::job::{JobSnapshot, Progress},
    labourer::{self, Labourer},
    manager::jobs::{JobError, items::Which},
    members::Members,
    storage::StoreError,
    task::{Status, Task},
};

use super::{TaskDetails, TaskState};
use crate::status;

/// Tasks of a labourer, at most `limit`: those in this state, or those in any, the states that need
/// attention first. Queued tasks come in the order of the queue, parked ones as they are due, closed
/// ones newest first.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn list(
    manager: &TaskManager,
    labourer: &Labourer,
    state: Option<TaskState>,
    limit: u32,
) -> Result<Vec<TaskDetails>, StoreError> {
    let row = manager.store().labourers().row(&labourer.id).await?;
    let mut found = Vec::new();
    for each in TaskState::ALL.into_iter().filter(|each| state.is_none_or(|state| state == *each)) {
        let left = limit.saturating_sub(found.len() as u32);
        if left > 0 {
            let tasks = read(manager, labourer, row.as_ref(), each, left).await?;
            found.extend(tasks.into_iter().map(|task| TaskDetails::new(each, task)));
        }
    }
    Ok(found)
}

/// How many tasks a labourer has in this state, or in any; a block counts as one.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn count(
    manager: &TaskManager,
    labourer: &Labourer,
    state: Option<TaskState>,
) -> Result<u64, StoreError> {
    let row = manager.store().labourers().row(&labourer.id).await?;
    let counts = status::count(manager, labourer, row.as_ref()).await?;
    Ok(state.map_or(counts.open() + counts.closed(), |state| counts.of(state)))
}

async fn read(
    manager: &TaskManager,
    labourer: &Labourer,
    row: Option<&labourer::State>,
    state: TaskState,
    limit: u32,
) -> Result<Vec<Task>, StoreError> {
    let (store, id) = (manager.store(), &labourer.id);
    let closed = async |status| {
        let ids = store.closed().latest(id, status, limit).await?;
        let mut tasks = store.closed().get_all(&ids).await?;
        tasks.sort_by_key(|task| Reverse(task.closed.map(|closed| closed.at)));
        Ok(tasks)
    };
    match state {
        TaskState::Running => manager.attempts().running(labourer, row, limit).await,
        TaskState::Expired => manager.attempts().expired(labourer, row, limit).await,
        TaskState::Queued => {
            let heads = manager.queue().heads(id, limit).await?;
            let mut tasks = store.tasks().get_all(heads.iter().map(|head| &head.id)).await?;
            tasks.sort_by_key(|task| task.greenfield);
            Ok(tasks)
        }
        TaskState::Parked => {
            let mut tasks = store.retry().latest(id, limit).await?;
            tasks.sort_by_key(|task| task.due_at);
            Ok(tasks)
        }
        TaskState::Exhausted => closed(Status::Exhausted).await,
        TaskState::Succeeded => closed(Status::Succeeded).await,
        TaskState::Ignored => closed(Status::Ignored).await,
    }
}

/// Items of a job that are read together.
const BATCH: usize = 100;
/// The most items, tasks or blocks, that are read of a job at once.
pub const MOST_READ: usize = 2000;

/// Tasks and blocks of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobTasks {
    pub tasks: Vec<TaskDetails>,
    /// What is not among them.
    pub rest: Rest,
}

/// Why a list ends where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// It has all that there are.
    None,
    /// It is full; so many tasks are left, if that is counted.
    More(Option<u64>),
    /// As many items were read as may be at once: the next one begins with this task.
    Unread { from: u64 },
}

/// Tasks and blocks of a job, at most `limit`, in the order of the job, from the task with the number `from` on: those in
/// this state, or those in any. A block stands where its first task does. The items of the job are read until `limit`
/// are found, or as many tasks as the job has counted in the state, or [`MOST_READ`] are read.
///
/// # Errors
/// When there is no such job, or DynamoDB does not answer.
pub async fn list_of_job(
    manager: &TaskManager,
    id: &JobId,
    state: Option<TaskState>,
    from: u64,
    limit: u32,
) -> Result<JobTasks, JobError> {
    let snapshot = manager.jobs().get(id).await?;
    let most = (limit as usize, MOST_READ);
    let Numbered { tasks, next, .. } =
        numbered(manager, &snapshot, (state, &|_| true), from, most).await?;
    let tasks: Vec<_> = tasks.into_iter().map(|(_, task)| task).collect();
    let rest = match next {
        Some(_) if tasks.len() >= limit as usize => {
            Rest::More(left(&snapshot, counted(&snapshot.progress, state), state, from, &tasks))
        }
        Some(from) => Rest::Unread { from },
        None => Rest::None,
    };
    Ok(JobTasks { tasks, rest })
}

/// Tasks and blocks of a job, each with the number of its first task.
pub(super) struct Numbered {
    pub tasks: Vec<(u64, TaskDetails)>,
    /// The number at which a list goes on, if there may be more.
    pub next: Option<u64>,
    /// How many items of the job were read.
    pub read: usize,
}

/// Is a task to be kept?
type Keep<'a> = &'a (dyn Fn(&Task) -> bool + Sync);

/// Those of a job that are in a state, or in any, and are to be kept: at most so many of them, of at most so many items
/// that are read.
pub(super) async fn numbered(
    manager: &TaskManager,
    snapshot: &JobSnapshot,
    (state, keep): (Option<TaskState>, Keep<'_>),
    from: u64,
    (limit, most_read): (usize, usize),
) -> Result<Numbered, StoreError> {
    let row = manager.store().labourers().row(&snapshot.job.labourer_id).await?;
    let counted = counted(&snapshot.progress, state);
    // A block may have gone on in pieces, of which some begin before and some behind that number.
    let size = snapshot.job.block_size;
    let mut numbers = snapshot.numbers_made_in(from / size * size..u64::MAX).peekable();
    let (mut kept, mut in_state, mut read) = (Vec::new(), 0, 0);
    // One more than is wanted, to know whether there are more.
    while kept.len() <= limit && counted.is_none_or(|most| in_state < most) {
        let batch: Vec<_> = numbers.by_ref().take(BATCH.min(most_read - read)).collect();
        if batch.is_empty() {
            break;
        }
        read += batch.len();
        for (first, task) in read_batch(manager, snapshot, &batch, state).await? {
            let of_task = TaskState::of(&task, manager.config(), row.as_ref(), manager.now());
            if state.is_some_and(|state| state != of_task) {
                continue;
            }
            in_state += task.size();
            if keep(&task) && first.is_none_or(|first| first >= from) {
                let number = first.filter(|_| task.block.is_none());
                let details = TaskDetails { number, ..TaskDetails::new(of_task, task) };
                kept.push((first.unwrap_or(u64::MAX), details));
            }
        }
    }
    let cut = kept.get(limit).map(|(number, _)| *number);
    kept.truncate(limit);
    let unread = numbers.peek().filter(|_| counted.is_none_or(|most| in_state < most)).copied();
    Ok(Numbered { tasks: kept, next: cut.or(unread), read })
}

/// How many tasks are left beside these, if the job counts them.
fn left(
    snapshot: &JobSnapshot,
    counted: Option<u64>,
    state: Option<TaskState>,
    from: u64,
    shown: &[TaskDetails],
) -> Option<u64> {
    let all = match state {
        None => Some(snapshot.progress.made),
        Some(_) => counted,
    };
    let shown: u64 = shown.iter().map(TaskDetails::size).sum();
    all.filter(|_| from == 0).map(|all| all.saturating_sub(shown).max(1))
}

/// How many tasks of a job are in this state, if that is counted.
fn counted(progress: &Progress, state: Option<TaskState>) -> Option<u64> {
    match state? {
        TaskState::Exhausted => Some(progress.exhausted),
        TaskState::Succeeded => Some(progress.succeeded),
        TaskState::Ignored => Some(progress.ignored),
        TaskState::Running | TaskState::Expired | TaskState::Queued | TaskState::Parked => None,
    }
}

/// What became of the items of a job that begin with these numbers, in its order; with the number of the first task of
/// each.
async fn read_batch(
    manager: &TaskManager,
    snapshot: &JobSnapshot,
    numbers: &[u64],
    state: Option<TaskState>,
) -> Result<Vec<(Option<u64>, Task)>, StoreError> {
    let job = &snapshot.job;
    let which: &[_] = match state.map(|state| counted(&snapshot.progress, Some(state)).is_some()) {
        None => &[Which::Open, Which::Closed],
        Some(true) => &[Which::Closed],
        Some(false) => &[Which::Open],
    };
    let places: HashMap<_, _> = numbers.iter().map(|n| (job.id_of(*n), *n)).collect();
    let mut tasks = Vec::new();
    for which in which {
        let ids = numbers.iter().map(|n| job.id_of(*n)).collect();
        tasks.extend(manager.jobs().items(job, ids, *which).await?);
    }
    let first = |task: &Task| {
        let of_block = task.members().and_then(Members::first);
        of_block.or_else(|| places.get(&task.id).copied())
    };
    let mut tasks: Vec<_> = tasks.into_iter().map(|task| (first(&task), task)).collect();
    tasks.sort_by_key(|(first, _)| first.unwrap_or(u64::MAX));
    Ok(tasks)
}
