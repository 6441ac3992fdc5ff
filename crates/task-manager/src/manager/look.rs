//! What sosw's users ask the queue.

use std::time::Duration;

use super::TaskManager;
use crate::{
    attempt::{closing::Found, dispatch::Candidate},
    greenfield::{Greenfield, KeyRange},
    ids::{LabourerId, TaskId},
    labourer::{self, Labourer},
    metrics::Ages,
    storage::StoreError,
    task::{Status, Task},
    time::Timestamp,
};

impl TaskManager {
    /// A task of the tasks table.
    #[doc(alias = "get_task_by_id")]
    pub async fn task(&self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        self.store.task(id).await
    }

    /// A task, wherever it is.
    pub async fn find_task(&self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        Ok(match self.store.find(id, self.config.labourers.keys()).await? {
            Found::InTasks(task) | Found::Parked(task) | Found::Closed(task) => Some(*task),
            Found::Nowhere => None,
        })
    }

    /// Has the task everything it needs to be run?
    #[doc(alias = "is_valid_task")]
    pub fn is_valid(&self, task: &Task) -> bool {
        let labourer = self.config.labourers.get(&task.labourer_id);
        labourer.is_some_and(|labourer| crate::attempt::dispatch::check(task, labourer).is_ok())
    }

    /// The place of the queue's head.
    #[doc(alias = "get_oldest_greenfield_for_labourer")]
    pub async fn oldest_greenfield(
        &self,
        labourer: &LabourerId,
    ) -> Result<Option<Greenfield>, StoreError> {
        let heads = self.next_for_labourer(labourer, 1).await?;
        Ok(heads.first().map(|head| head.greenfield))
    }

    /// The place of the queue's end.
    #[doc(alias = "get_newest_greenfield_for_labourer")]
    pub async fn newest_greenfield(
        &self,
        labourer: &LabourerId,
    ) -> Result<Option<Greenfield>, StoreError> {
        let ends = self.store.candidates(labourer, self.queued(), 1, true).await?;
        Ok(ends.first().map(|end| end.greenfield))
    }

    /// How many tasks wait.
    #[doc(alias = "get_length_of_queue_for_labourer")]
    pub async fn queue_length(&self, labourer: &LabourerId) -> Result<u64, StoreError> {
        self.store.count(labourer, self.queued()).await
    }

    /// How many tasks wait, as far as one page of the index tells.
    pub async fn queue_length_or_some(&self, labourer: &LabourerId) -> Result<u64, StoreError> {
        self.store.count_some(labourer, self.queued()).await
    }

    /// The first `limit` of the queue, in order.
    #[doc(alias = "get_next_for_labourer")]
    pub async fn next_for_labourer(
        &self,
        labourer: &LabourerId,
        limit: u32,
    ) -> Result<Vec<Candidate>, StoreError> {
        self.store.candidates(labourer, self.queued(), limit, false).await
    }

    /// Attempts that no report has ended: running and expired ones, at most `limit`.
    #[doc(alias = "get_invoked_tasks_for_labourer")]
    pub async fn invoked(
        &self,
        labourer: &LabourerId,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        self.tasks_of(labourer, KeyRange::invoked(self.now()), limit).await
    }

    /// Attempts within their lease, at most `limit`.
    #[doc(alias = "get_running_tasks_for_labourer")]
    pub async fn running(
        &self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        self.tasks_of(&labourer.id, self.running_range(labourer, row), limit).await
    }

    /// How many attempts are within their lease.
    #[doc(alias = "get_count_of_running_tasks_for_labourer")]
    pub async fn count_running(
        &self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<u64, StoreError> {
        self.store.count(&labourer.id, self.running_range(labourer, row)).await
    }

    /// Attempts past their lease, at most `limit`.
    #[doc(alias = "get_expired_tasks_for_labourer")]
    pub async fn expired(
        &self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let mut tasks =
            self.tasks_of(&labourer.id, self.expired_range(labourer, row), limit).await?;
        tasks.retain(|task| !task.is_untouched());
        Ok(tasks)
    }

    /// How many attempts are past their lease, as far as the index tells: tasks that wait in the
    /// future count, too.
    pub async fn count_expired(
        &self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<u64, StoreError> {
        self.store.count(&labourer.id, self.expired_range(labourer, row)).await
    }

    /// Tasks that a Python worker assistant marked as completed, at most `limit`.
    #[doc(alias = "get_completed_tasks_for_labourer")]
    pub async fn completed(
        &self,
        labourer: &LabourerId,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let invoked = KeyRange::invoked(self.now());
        let found = self.store.completed(labourer, invoked, limit).await?;
        self.store.tasks(found.iter().map(|candidate| &candidate.id)).await
    }

    /// How long the latest closed tasks took on average, from claim to success; nothing if none
    /// tells. (`max_closed_to_analyse_for_duration` of them.)
    #[doc(alias = "get_average_labourer_duration")]
    pub async fn average_duration(
        &self,
        labourer: &LabourerId,
    ) -> Result<Option<Duration>, StoreError> {
        let most = self.config.closed_to_analyse;
        let latest = self.store.latest_closed(labourer, Status::Succeeded, most).await?;
        let tasks = self.store.all_closed(&latest).await?;
        let time = |task: &Task| {
            let completed = task.completed_at?;
            Some(completed.since(task.greenfield.invoked_at(completed, self.config.scale)?))
        };
        let times: Vec<_> = tasks.iter().filter_map(time).collect();
        let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
        Ok((count > 0).then(|| times.iter().sum::<Duration>() / count))
    }

    /// How long a labourer's tasks have been left alone.
    pub async fn ages(
        &self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<Ages, StoreError> {
        let now = self.now();
        let head = self.tasks_of(&labourer.id, self.queued(), 1).await?;
        let created = head.first().and_then(|task| task.created_at);
        let expired = self.expired(labourer, row, 1).await?;
        let lease = lease(labourer, row);
        let passed = expired
            .first()
            .and_then(|task| task.greenfield.expired_at(now, lease, self.config.scale));
        let since = |at: Option<Timestamp>| at.map(|at| now.since(at));
        Ok(Ages {
            queued: since(created).unwrap_or_default(),
            expired: since(passed).unwrap_or_default(),
        })
    }

    async fn tasks_of(
        &self,
        labourer: &LabourerId,
        range: KeyRange,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let found = self.store.candidates(labourer, range, limit, false).await?;
        self.store.tasks(found.iter().map(|candidate| &candidate.id)).await
    }

    fn queued(&self) -> KeyRange {
        KeyRange::queued(self.now())
    }

    fn running_range(&self, labourer: &Labourer, row: Option<&labourer::State>) -> KeyRange {
        KeyRange::running(self.now(), lease(labourer, row), self.config.scale)
    }

    fn expired_range(&self, labourer: &Labourer, row: Option<&labourer::State>) -> KeyRange {
        KeyRange::expired(self.now(), lease(labourer, row), self.config.scale)
    }
}

fn lease(labourer: &Labourer, row: Option<&labourer::State>) -> Duration {
    labourer.lease(row.and_then(|row| row.function_timeout))
}
