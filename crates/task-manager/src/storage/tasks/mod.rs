//! The tasks table: queued and running tasks, and those that a Python worker assistant marked as
//! completed. Its key is the task's id; its index has the labourer's tasks in order of greenfield.

use super::Store;

pub mod reads;
mod writes;

#[derive(Clone, Copy)]
pub struct TasksTable<'a> {
    pub(super) store: &'a Store,
}
