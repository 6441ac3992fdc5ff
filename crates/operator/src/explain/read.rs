//! Reads what [`explain`] needs.

use task_manager::{
    TaskManager, greenfield::KeyRange, jobs::job::Count, storage::StoreError, task::Task,
};

use super::{Circumstances, Explanation, explain, explain_missing};
use crate::{
    resources::Shared,
    tasks::{Located, LookupError, TaskName, find},
};

/// Why a task is not running, and what would have to change.
///
/// # Errors
/// When the name leads to no task, or DynamoDB does not answer. A task that is not created yet, or deleted, is explained
/// as well.
pub async fn explain_task(
    manager: &TaskManager,
    name: &TaskName,
) -> Result<Explanation, LookupError> {
    explained(manager, name, true).await
}

/// The same for a price that does not grow with the queue: of the tasks before it, some thousands are counted.
///
/// # Errors
/// As those of [`explain_task`].
pub async fn explain_in_few_reads(
    manager: &TaskManager,
    name: &TaskName,
) -> Result<Explanation, LookupError> {
    explained(manager, name, false).await
}

async fn explained(
    manager: &TaskManager,
    name: &TaskName,
    counts_all: bool,
) -> Result<Explanation, LookupError> {
    let Located { task, member } = match find(manager, name).await {
        Ok(located) => located,
        Err(LookupError::Missing(missing)) => {
            return explain_missing(&missing).ok_or(LookupError::Missing(missing));
        }
        Err(error) => return Err(error),
    };
    let row = manager.store().labourers().row(&task.labourer_id).await?;
    let labourer = manager.config().labourers.get(&task.labourer_id);
    let shared = match labourer.filter(|labourer| !labourer.uses.is_empty()) {
        Some(labourer) => Some(Shared::read_for(manager, &labourer.uses).await?),
        None => None,
    };
    let about = Circumstances {
        labourer,
        row: row.as_ref(),
        shared: shared.as_ref(),
        before: before(manager, &task, counts_all).await?,
        member,
        scale: manager.config().scale,
        now: manager.now(),
    };
    Ok(explain(&task, about))
}

/// How many tasks stand before this one, if it stands in the queue.
async fn before(manager: &TaskManager, task: &Task, counts_all: bool) -> Result<Count, StoreError> {
    let is_queued = task.closed.is_none() && task.due_at.is_none();
    if !is_queued || !task.greenfield.is_queued(manager.now()) {
        return Ok(Count::Exactly(0));
    }
    let (tasks, ahead) = (manager.store().tasks(), KeyRange::before(task.greenfield));
    match counts_all {
        true => Ok(Count::Exactly(tasks.count(&task.labourer_id, ahead).await?)),
        false => {
            let (count, is_all) = tasks.count_first(&task.labourer_id, ahead).await?;
            Ok(Count::found(count, is_all))
        }
    }
}
