//! Attempts that no report has ended, and how long the latest ended ones took.

use std::time::Duration;

use super::Attempts;
use crate::{
    greenfield::KeyRange,
    ids::LabourerId,
    labourer::{self, Labourer},
    storage::StoreError,
    task::{Status, Task},
};

impl Attempts<'_> {
    /// Attempts that no report has ended: running and expired ones, at most `limit`.
    #[doc(alias = "get_invoked_tasks_for_labourer")]
    pub async fn invoked(self, labourer: &LabourerId, limit: u32) -> Result<Vec<Task>, StoreError> {
        self.tasks_of(labourer, KeyRange::invoked(self.manager.now()), limit).await
    }

    /// Attempts within their lease, at most `limit`.
    #[doc(alias = "get_running_tasks_for_labourer")]
    pub async fn running(
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        self.tasks_of(&labourer.id, self.running_range(labourer, row), limit).await
    }

    /// How many attempts are within their lease.
    #[doc(alias = "get_count_of_running_tasks_for_labourer")]
    pub async fn count_running(
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<u64, StoreError> {
        self.manager.store.tasks().count(&labourer.id, self.running_range(labourer, row)).await
    }

    /// Attempts past their lease, at most `limit`.
    #[doc(alias = "get_expired_tasks_for_labourer")]
    pub async fn expired(
        self,
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
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<u64, StoreError> {
        self.manager.store.tasks().count(&labourer.id, self.expired_range(labourer, row)).await
    }

    /// Tasks that a Python worker assistant marked as completed, at most `limit`.
    #[doc(alias = "get_completed_tasks_for_labourer")]
    pub async fn completed(
        self,
        labourer: &LabourerId,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let invoked = KeyRange::invoked(self.manager.now());
        let found = self.manager.store.tasks().completed(labourer, invoked, limit).await?;
        self.manager.store.tasks().get_all(found.iter().map(|candidate| &candidate.id)).await
    }

    /// How long the latest closed tasks took on average, from claim to success; nothing if none
    /// tells. (`max_closed_to_analyse_for_duration` of them.)
    #[doc(alias = "get_average_labourer_duration")]
    pub async fn average_duration(
        self,
        labourer: &LabourerId,
    ) -> Result<Option<Duration>, StoreError> {
        let most = self.manager.config.closed_to_analyse;
        let latest = self.manager.store.closed().latest(labourer, Status::Succeeded, most).await?;
        let tasks = self.manager.store.closed().get_all(&latest).await?;
        let time = |task: &Task| {
            let completed = task.completed_at?;
            Some(completed.since(task.greenfield.invoked_at(completed, self.manager.config.scale)?))
        };
        let times: Vec<_> = tasks.iter().filter_map(time).collect();
        let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
        Ok((count > 0).then(|| times.iter().sum::<Duration>() / count))
    }

    /// How many attempts no report has ended. A task that waits in the future is none. Reads every
    /// such task: the index does not say which were attempted.
    pub async fn count(self, labourer: &Labourer) -> Result<u32, StoreError> {
        let invoked = KeyRange::invoked(self.manager.now());
        let found =
            self.manager.store.tasks().candidates(&labourer.id, invoked, u32::MAX, false).await?;
        let mut attempts = 0;
        for some in found.chunks(25) {
            let tasks = self
                .manager
                .store
                .tasks()
                .get_all(some.iter().map(|candidate| &candidate.id))
                .await?;
            attempts += tasks.iter().filter(|task| !task.is_untouched()).count();
        }
        Ok(u32::try_from(attempts).unwrap_or(u32::MAX))
    }

    async fn tasks_of(
        self,
        labourer: &LabourerId,
        range: KeyRange,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let found = self.manager.store.tasks().candidates(labourer, range, limit, false).await?;
        self.manager.store.tasks().get_all(found.iter().map(|candidate| &candidate.id)).await
    }

    fn running_range(self, labourer: &Labourer, row: Option<&labourer::State>) -> KeyRange {
        KeyRange::running(self.manager.now(), labourer.lease_by(row), self.manager.config.scale)
    }

    fn expired_range(self, labourer: &Labourer, row: Option<&labourer::State>) -> KeyRange {
        KeyRange::expired(self.manager.now(), labourer.lease_by(row), self.manager.config.scale)
    }
}
