//! Reads what [`explain`] needs.

use task_manager::{TaskManager, greenfield::KeyRange, storage::StoreError, task::Task};

use super::{Circumstances, Explanation, explain, explain_missing};
use crate::tasks::{Located, LookupError, TaskName, find};

/// Why a task is not running, and what would have to change.
///
/// # Errors
/// When the name leads to no task, or DynamoDB does not answer. A task that is not created yet, or deleted, is explained
/// as well.
pub async fn explain_task(
    manager: &TaskManager,
    name: &TaskName,
) -> Result<Explanation, LookupError> {
    let Located { task, member } = match find(manager, name).await {
        Ok(located) => located,
        Err(LookupError::Missing(missing)) => {
            return explain_missing(&missing).ok_or(LookupError::Missing(missing));
        }
        Err(error) => return Err(error),
    };
    let row = manager.store().labourers().row(&task.labourer_id).await?;
    let about = Circumstances {
        labourer: manager.config().labourers.get(&task.labourer_id),
        row: row.as_ref(),
        before: before(manager, &task).await?,
        member,
        scale: manager.config().scale,
        now: manager.now(),
    };
    Ok(explain(&task, about))
}

/// How many tasks stand before this one, if it stands in the queue.
async fn before(manager: &TaskManager, task: &Task) -> Result<u64, StoreError> {
    let is_queued = task.closed.is_none() && task.due_at.is_none();
    match is_queued && task.greenfield.is_queued(manager.now()) {
        true => {
            let ahead = KeyRange::before(task.greenfield);
            manager.store().tasks().count(&task.labourer_id, ahead).await
        }
        false => Ok(0),
    }
}
