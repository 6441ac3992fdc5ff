//! Reads what [`explain`] needs.

use task_manager::{
    TaskManager, attempt::closing::Found, greenfield::KeyRange, ids::TaskId, storage::StoreError,
    task::Task,
};

use super::{Circumstances, Explanation, explain};

/// Why a task is not running, and what would have to change.
///
/// # Errors
/// When DynamoDB does not answer. A task that is in no table is explained as well.
pub async fn explain_task(manager: &TaskManager, id: &TaskId) -> Result<Explanation, StoreError> {
    let found = manager.queue().find(id).await?.map(Box::new);
    let Some(task) = found else {
        return Ok(explain(&Found::Nowhere, no_circumstances(manager)));
    };
    let row = manager.store().labourers().row(&task.labourer_id).await?;
    let about = Circumstances {
        labourer: manager.config().labourers.get(&task.labourer_id),
        row: row.as_ref(),
        before: before(manager, &task).await?,
        ..no_circumstances(manager)
    };
    let found = match (task.closed, task.due_at) {
        (Some(_), _) => Found::Closed(task),
        (None, Some(_)) => Found::Parked(task),
        (None, None) => Found::InTasks(task),
    };
    Ok(explain(&found, about))
}

fn no_circumstances(manager: &TaskManager) -> Circumstances<'_> {
    let (scale, now) = (manager.config().scale, manager.now());
    Circumstances { labourer: None, row: None, before: 0, scale, now }
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
