//! Tasks: everything about one, and those of a labourer or a job in a state.
//!
//! - `name`, `find`: what a task is called, and where it is
//! - `details`, `block`: everything about a task, and about several that are one item
//! - `invoked`: attempts by their events, and whether they were reported
//! - `act`: retry one, cancel one; `retry_failed`: many of a labourer; `errors`: why they failed
//! - `list`: those of a labourer, or of a job; `search`: page by page, those that match a `filter`

use task_manager::{TaskManager, storage::StoreError, task::Task};
pub use task_manager::{members::Members, task::request::Request};

mod name;
mod find;
mod state;
mod block;
mod details;
mod list;
mod act;
mod errors;
mod retry_failed;
mod filter;
mod cursor;
mod search;
mod give_back;
mod invoked;

pub use act::{TaskChange, TaskRefusal, cancel, retry};
pub use block::{BlockDetails, LeftBlock, MemberDetails};
pub use cursor::{Cursor, InvalidCursor};
pub use details::TaskDetails;
pub use errors::{LabourerErrors, errors};
pub use filter::Filter;
pub use find::{Located, LookupError, Missing, find};
pub use give_back::give_back_attempts;
pub use invoked::{InvokedAttempt, unreported};
pub use list::{JobTasks, MOST_READ, Rest, count, list, list_of_job};
pub use name::TaskName;
pub use retry_failed::{RetriedFailures, retry_failed};
pub use search::{MOST_SEARCHED, TaskPage, Whose, search};
pub use state::TaskState;

/// Everything about a task; of one that is in a block, about the block as well.
///
/// # Errors
/// When there is none of that name, or DynamoDB does not answer.
pub async fn show(manager: &TaskManager, name: &TaskName) -> Result<TaskDetails, LookupError> {
    let Located { task, member } = find(manager, name).await?;
    let state = state(manager, &task).await?;
    let member = match member {
        Some(number) => block::member(manager, number, &task, state).await?,
        None => None,
    };
    Ok(TaskDetails { member, ..TaskDetails::new(state, task) })
}

async fn state(manager: &TaskManager, task: &Task) -> Result<TaskState, StoreError> {
    let row = manager.store().labourers().row(&task.labourer_id).await?;
    Ok(TaskState::of(task, manager.config(), row.as_ref(), manager.now()))
}
