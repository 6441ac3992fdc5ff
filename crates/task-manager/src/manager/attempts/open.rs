//! Which attempts are open, and how long the latest successful ones took.

use std::{collections::BTreeMap, time::Duration};

use super::Attempts;
use crate::{
    greenfield::KeyRange,
    ids::{ClaimToken, LabourerId, TaskId},
    labourer::{self, Labourer},
    storage::{StoreError, labourers::HeldSlots},
    task::{Status, Task},
};

/// Open attempts by their tasks, with their claims.
pub type Claims = BTreeMap<TaskId, Option<ClaimToken>>;

/// The slots that these attempts hold.
pub fn held(claims: &Claims) -> HeldSlots {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let unclaimed = claims.values().filter(|claim| claim.is_none()).count();
    HeldSlots { all: count(claims.len()), unclaimed: count(unclaimed) }
}

impl Attempts<'_> {
    /// Tasks with an open attempt, running or expired: at most `limit`.
    #[doc(alias = "get_invoked_tasks_for_labourer")]
    pub async fn invoked(self, labourer: &LabourerId, limit: u32) -> Result<Vec<Task>, StoreError> {
        self.tasks_of(labourer, KeyRange::invoked(self.manager.now()), limit).await
    }

    /// Tasks whose attempt is within its lease: at most `limit`.
    #[doc(alias = "get_running_tasks_for_labourer")]
    pub async fn running(
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        self.tasks_of(&labourer.id, self.running_range(labourer, row), limit).await
    }

    /// The number of attempts within their lease.
    #[doc(alias = "get_count_of_running_tasks_for_labourer")]
    pub async fn count_running(
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<u64, StoreError> {
        self.manager.store.tasks().count(&labourer.id, self.running_range(labourer, row)).await
    }

    /// Tasks whose attempt is past its lease: at most `limit`.
    #[doc(alias = "get_expired_tasks_for_labourer")]
    pub async fn expired(
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let mut tasks =
            self.tasks_of(&labourer.id, self.expired_range(labourer, row), limit).await?;
        let (now, lease) = (self.manager.now(), labourer.lease_by(row));
        let is_over = |task: &Task| {
            let scale = self.manager.config.scale;
            task.greenfield.expired_at(now, task.lease(lease), scale).is_some()
        };
        tasks.retain(|task| !task.is_untouched() && is_over(task));
        Ok(tasks)
    }

    /// The number of attempts past their lease by the index alone, which cannot tell them from tasks
    /// that were never attempted but have such a greenfield (sosw writes some), nor from attempts that were
    /// granted more than the config grants now.
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

    /// The average time from claim to success of the latest succeeded tasks, as many as
    /// `max_closed_to_analyse_for_duration` says; `None` if none of them has both times.
    #[doc(alias = "get_average_labourer_duration")]
    pub async fn average_duration(
        self,
        labourer: &LabourerId,
    ) -> Result<Option<Duration>, StoreError> {
        let times = self.latest_durations(labourer).await?;
        let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
        Ok((count > 0).then(|| times.iter().map(|(time, _)| *time).sum::<Duration>() / count))
    }

    /// How many seconds one task took, of the same tasks and blocks; `None` if that is not known.
    pub async fn seconds_per_task(self, labourer: &LabourerId) -> Result<Option<f64>, StoreError> {
        let times = self.latest_durations(labourer).await?;
        let tasks: u64 = times.iter().map(|(_, size)| size).sum();
        let seconds = times.iter().map(|(time, _)| time.as_secs_f64()).sum::<f64>();
        Ok((tasks > 0 && seconds > 0.0).then(|| seconds / tasks as f64))
    }

    /// From claim to success, of the latest succeeded tasks, each with how many it stands for.
    async fn latest_durations(
        self,
        labourer: &LabourerId,
    ) -> Result<Vec<(Duration, u64)>, StoreError> {
        let most = self.manager.config.closed_to_analyse;
        let latest = self.manager.store.closed().latest(labourer, Status::Succeeded, most).await?;
        let tasks = self.manager.store.closed().get_all(&latest).await?;
        let time = |task: &Task| {
            let completed = task.completed_at?;
            let invoked = task.greenfield.invoked_at(completed, self.manager.config.scale)?;
            Some((completed.since(invoked), task.size()))
        };
        Ok(tasks.iter().filter_map(time).collect())
    }

    /// The claims of all open attempts, by task; none for one that sosw's orchestrator began. Reads every
    /// task with such a greenfield: the index does not show which of them were attempted.
    pub async fn claims(self, labourer: &Labourer) -> Result<Claims, StoreError> {
        let invoked = KeyRange::invoked(self.manager.now());
        let found =
            self.manager.store.tasks().candidates(&labourer.id, invoked, u32::MAX, false).await?;
        let mut claims = Claims::new();
        for some in found.chunks(25) {
            let tasks = self
                .manager
                .store
                .tasks()
                .get_all(some.iter().map(|candidate| &candidate.id))
                .await?;
            let attempted = tasks.into_iter().filter(|task| !task.is_untouched());
            claims.extend(attempted.map(|task| (task.id, task.claim)));
        }
        Ok(claims)
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

    /// Where the index has the attempts within their lease.
    pub fn running_range(self, labourer: &Labourer, row: Option<&labourer::State>) -> KeyRange {
        KeyRange::running(self.manager.now(), labourer.lease_by(row), self.manager.config.scale)
    }

    /// Where it has those past their lease.
    pub fn expired_range(self, labourer: &Labourer, row: Option<&labourer::State>) -> KeyRange {
        KeyRange::expired(self.manager.now(), labourer.lease_by(row), self.manager.config.scale)
    }
}
