//! Tasks of a labourer, or of a job. A block is listed as one.

use std::{cmp::Reverse, collections::HashMap};

use task_manager::{
    TaskManager,
    ids::{JobId, TaskId},
    jobs::job::{JobSnapshot, Progress},
    labourer::{self, Labourer},
    manager::jobs::{JobError, items::Which},
    members::Members,
    storage::StoreError,
    task::{Status, Task},
};

use super::{TaskDetails, TaskState};

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

/// Tasks and blocks of a job, at most `limit`, in the order of the job: those in this state, or those in any. A block
/// stands where its first task does. The items of the job are read from the first on until `limit` are found, or as
/// many tasks as the job has counted in the state.
///
/// # Errors
/// When there is no such job, or DynamoDB does not answer.
pub async fn list_of_job(
    manager: &TaskManager,
    id: &JobId,
    state: Option<TaskState>,
    limit: u32,
) -> Result<Vec<TaskDetails>, JobError> {
    let snapshot = manager.jobs().get(id).await?;
    let row = manager.store().labourers().row(&snapshot.job.labourer_id).await?;
    let most = counted(&snapshot.progress, state);
    let (mut made, mut found, mut tasks) = (snapshot.made(), Vec::new(), 0);
    while found.len() < limit as usize && most.is_none_or(|most| tasks < most) {
        let ids: Vec<_> = made.by_ref().take(BATCH).collect();
        if ids.is_empty() {
            break;
        }
        for task in batch(manager, &snapshot, ids, state).await? {
            let of_task = TaskState::of(&task, manager.config(), row.as_ref(), manager.now());
            if state.is_none_or(|state| state == of_task) {
                tasks += task.size();
                found.push(TaskDetails::new(of_task, task));
            }
        }
    }
    found.truncate(limit as usize);
    Ok(found)
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

/// What became of these items of a job, in its order.
async fn batch(
    manager: &TaskManager,
    snapshot: &JobSnapshot,
    ids: Vec<TaskId>,
    state: Option<TaskState>,
) -> Result<Vec<Task>, StoreError> {
    let which: &[_] = match state.map(|state| counted(&snapshot.progress, Some(state)).is_some()) {
        None => &[Which::Open, Which::Closed],
        Some(true) => &[Which::Closed],
        Some(false) => &[Which::Open],
    };
    let mut tasks = Vec::new();
    for which in which {
        tasks.extend(manager.jobs().items(&snapshot.job, ids.clone(), *which).await?);
    }
    let places: HashMap<_, _> = (0..).zip(ids).map(|(place, id)| (id, place)).collect();
    let place = |task: &Task| match task.members().and_then(Members::first) {
        Some(first) => first,
        None => places.get(&task.id).copied().unwrap_or(u64::MAX),
    };
    tasks.sort_by_key(place);
    Ok(tasks)
}
