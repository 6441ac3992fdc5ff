//! The queue of each labourer: its tasks wait here, in the order of their greenfields.
//!
//! - [`create`]: new tasks, behind the newest
//! - [`requeue`]: parked tasks that are due, before the oldest

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
pub mod requeue;

/// The queues of all labourers.
#[derive(Clone, Copy)]
pub struct Queue<'a> {
    pub(super) manager: &'a TaskManager,
}

impl Queue<'_> {
    /// A task of the tasks table.
    #[doc(alias = "get_task_by_id")]
    pub async fn task(self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        self.manager.store.tasks().get(id).await
    }

    /// A task, wherever it is.
    pub async fn find(self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        Ok(match self.manager.store.find(id, self.manager.config.labourers.keys()).await? {
            Found::InTasks(task) | Found::Parked(task) | Found::Closed(task) => Some(*task),
            Found::Nowhere => None,
        })
    }

    /// Has the task everything it needs to be run?
    #[doc(alias = "is_valid_task")]
    pub fn is_valid(self, task: &Task) -> bool {
        let labourer = self.manager.config.labourers.get(&task.labourer_id);
        labourer.is_some_and(|labourer| check(task, labourer).is_ok())
    }

    /// The place of the queue's head.
    #[doc(alias = "get_oldest_greenfield_for_labourer")]
    pub async fn oldest(self, labourer: &LabourerId) -> Result<Option<Greenfield>, StoreError> {
        let heads = self.heads(labourer, 1).await?;
        Ok(heads.first().map(|head| head.greenfield))
    }

    /// The place of the queue's end.
    #[doc(alias = "get_newest_greenfield_for_labourer")]
    pub async fn newest(self, labourer: &LabourerId) -> Result<Option<Greenfield>, StoreError> {
        let ends = self.manager.store.tasks().candidates(labourer, self.queued(), 1, true).await?;
        Ok(ends.first().map(|end| end.greenfield))
    }

    /// How many tasks wait.
    #[doc(alias = "get_length_of_queue_for_labourer")]
    pub async fn length(self, labourer: &LabourerId) -> Result<u64, StoreError> {
        self.manager.store.tasks().count(labourer, self.queued()).await
    }

    /// How many tasks wait, as far as one page of the index tells.
    pub async fn length_at_least(self, labourer: &LabourerId) -> Result<u64, StoreError> {
        self.manager.store.tasks().count_at_least(labourer, self.queued()).await
    }

    /// The first `limit` of the queue, in order.
    #[doc(alias = "get_next_for_labourer")]
    pub async fn heads(
        self,
        labourer: &LabourerId,
        limit: u32,
    ) -> Result<Vec<Candidate>, StoreError> {
        self.manager.store.tasks().candidates(labourer, self.queued(), limit, false).await
    }

    /// The task at the head.
    pub(crate) async fn first(self, labourer: &LabourerId) -> Result<Option<Task>, StoreError> {
        match self.heads(labourer, 1).await?.first() {
            Some(head) => self.task(&head.id).await,
            None => Ok(None),
        }
    }

    fn queued(self) -> KeyRange {
        KeyRange::queued(self.manager.now())
    }
}
