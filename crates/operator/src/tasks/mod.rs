//! Tasks: everything about one, and those of a labourer in a state.

use task_manager::{TaskManager, ids::TaskId, storage::StoreError};

mod details;
mod give_back;
mod list;
mod state;

pub use details::TaskDetails;
pub use give_back::give_back_attempts;
pub use list::list;
pub use state::TaskState;

/// Everything about a task; nothing if no table has it.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn show(manager: &TaskManager, id: &TaskId) -> Result<Option<TaskDetails>, StoreError> {
    let Some(task) = manager.queue().find(id).await? else { return Ok(None) };
    let row = manager.store().labourers().row(&task.labourer_id).await?;
    let state = TaskState::of(&task, manager.config(), row.as_ref(), manager.now());
    Ok(Some(TaskDetails::new(state, task)))
}
