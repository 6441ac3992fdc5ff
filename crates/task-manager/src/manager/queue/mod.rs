//! The queue of each labourer: its tasks wait here, in the order of their greenfields.
//!
//! - [`create`]: single tasks, behind the newest (those of a job come from `jobs::fill`)
//! - `paced`: waits between many new ones, which share a partition of the index with attempts
//! - [`requeue`]: parked tasks that are due, before the oldest
//! - [`single`]: what operators may do with one task

use crate::{
    attempt::{
        closing::Found,
        dispatch::{Candidate, check},
    },
    greenfield::{Greenfield, KeyRange},
    ids::{LabourerId, TaskId},
    manager::TaskManager,
    storage::StoreError,
    task::Task,
};

pub mod create;
pub(super) mod paced;
pub mod requeue;
pub mod single;

/// The queues of all labourers.
#[derive(Clone, Copy)]
pub struct Queue<'a> {
    pub(super) manager: &'a TaskManager,
}

impl Queue<'_> {
    /// A queued or running task.
    #[doc(alias = "get_task_by_id")]
    pub async fn task(self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        self.manager.store.tasks().get(id).await
    }

    /// A task in any state: queued, running, parked or closed.
    pub async fn find(self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        let store = &self.manager.store;
        let mut found = store.find(id, self.manager.config.labourers.keys()).await?;
        if found == Found::Nowhere {
            // It may be parked for a labourer that left the config.
            let left = self.manager.labourers().left().await?;
            found = if left.is_empty() { found } else { store.find(id, &left).await? };
        }
        Ok(match found {
            Found::InTasks(task) | Found::Parked(task) | Found::Closed(task) => Some(*task),
            Found::Nowhere => None,
        })
    }

    /// Can the task be started, once it is its turn?
    #[doc(alias = "is_valid_task")]
    pub fn is_valid(self, task: &Task) -> bool {
        let labourer = self.manager.config.labourers.get(&task.labourer_id);
        labourer.is_some_and(|labourer| check(task, labourer).is_ok())
    }

    /// The place of the first task.
    #[doc(alias = "get_oldest_greenfield_for_labourer")]
    pub async fn oldest(self, labourer: &LabourerId) -> Result<Option<Greenfield>, StoreError> {
        let heads = self.heads(labourer, 1).await?;
        Ok(heads.first().map(|head| head.greenfield))
    }

    /// The place of the last task.
    #[doc(alias = "get_newest_greenfield_for_labourer")]
    pub async fn newest(self, labourer: &LabourerId) -> Result<Option<Greenfield>, StoreError> {
        let ends = self.manager.store.tasks().candidates(labourer, self.queued(), 1, true).await?;
        Ok(ends.first().map(|end| end.greenfield))
    }

    /// The number of queued tasks. Reads all of them in the index: the price grows with the queue.
    #[doc(alias = "get_length_of_queue_for_labourer")]
    pub async fn length(self, labourer: &LabourerId) -> Result<u64, StoreError> {
        self.manager.store.tasks().count(labourer, self.queued()).await
    }

    /// The number of queued tasks in the first page of the index: some thousands, for a fixed price.
    pub async fn length_at_least(self, labourer: &LabourerId) -> Result<u64, StoreError> {
        self.manager.store.tasks().count_at_least(labourer, self.queued()).await
    }

    /// The first `limit` tasks by the index, in order. It may still show claimed ones.
    #[doc(alias = "get_next_for_labourer")]
    pub async fn heads(
        self,
        labourer: &LabourerId,
        limit: u32,
    ) -> Result<Vec<Candidate>, StoreError> {
        self.manager.store.tasks().candidates(labourer, self.queued(), limit, false).await
    }

    /// The task at the head.
    pub async fn first(self, labourer: &LabourerId) -> Result<Option<Task>, StoreError> {
        match self.heads(labourer, 1).await?.first() {
            Some(head) => self.task(&head.id).await,
            None => Ok(None),
        }
    }

    fn queued(self) -> KeyRange {
        KeyRange::queued(self.manager.now())
    }
}
