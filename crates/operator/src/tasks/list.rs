//! Tasks of a labourer.

use std::cmp::Reverse;

use task_manager::{
    TaskManager,
    labourer::{self, Labourer},
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
