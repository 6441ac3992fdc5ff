//! Which tasks the indexes have in a state, and what they are by now.

use std::{collections::HashMap, time::Duration};

use task_manager::{
    greenfield::KeyRange,
    ids::TaskId,
    jobs::job::JobSnapshot,
    storage::{
        StoreError,
        closed::LAG,
        listing::{Listed, Position},
    },
    task::{Status, Task},
    time::Timestamp,
};

use super::{Search, TaskState};

/// How far the clocks of those who close tasks may be ahead.
const AHEAD: Duration = Duration::from_secs(60);

impl Search<'_> {
    /// Tasks in a state, as its index shows them.
    pub(super) async fn list(
        &self,
        state: TaskState,
        behind: Option<&Position>,
        most: u32,
    ) -> Result<Listed, StoreError> {
        let (store, id, row) = (self.manager.store(), &self.labourer.id, self.row.as_ref());
        let attempts = self.manager.attempts();
        let range = match state {
            TaskState::Running => attempts.running_range(&self.labourer, row),
            TaskState::Expired => attempts.expired_range(&self.labourer, row),
            TaskState::Queued => KeyRange::queued(self.manager.now()),
            TaskState::Parked => return store.retry().page(id, behind, most).await,
            TaskState::Exhausted => return self.list_closed(Status::Exhausted, behind, most).await,
            TaskState::Succeeded => return self.list_closed(Status::Succeeded, behind, most).await,
            TaskState::Ignored => return self.list_closed(Status::Ignored, behind, most).await,
        };
        store.tasks().page(id, range, behind, most).await
    }

    async fn list_closed(
        &self,
        status: Status,
        behind: Option<&Position>,
        most: u32,
    ) -> Result<Listed, StoreError> {
        let within = self.closed_within();
        self.manager.store().closed().page(&self.labourer.id, status, within, behind, most).await
    }

    /// When the tasks that are wanted can have been closed.
    fn closed_within(&self) -> (Timestamp, Timestamp) {
        let (from, to) = match &self.job {
            Some(JobSnapshot { job, progress, .. }) => {
                let from = progress.started.unwrap_or(job.created_at);
                (from, job.ended_at.map(|at| at + LAG))
            }
            None => (Timestamp::from_seconds(0.0), None),
        };
        let to = to.unwrap_or(self.manager.now() + AHEAD);
        let (since, before) = (self.filter.since, self.filter.before);
        (since.map_or(from, |at| at.max(from)), before.map_or(to, |at| at.min(to)))
    }

    /// Those of these tasks that are in this state by now, whatever an index shows.
    pub(super) async fn read<'i>(
        &self,
        state: TaskState,
        ids: impl Iterator<Item = &'i TaskId>,
    ) -> Result<HashMap<TaskId, Task>, StoreError> {
        let store = self.manager.store();
        let tasks = match state {
            TaskState::Parked => store.retry().get_all(&self.labourer.id, ids).await?,
            state if state.is_closed() => store.closed().get_all(ids).await?,
            _ => store.tasks().get_all(ids).await?,
        };
        let (config, now) = (self.manager.config(), self.manager.now());
        let is_in_state = |task: &Task| {
            // A place in the future, which sosw 0.7 gives to some, looks like that of an attempt.
            let is_not_due = task.is_untouched() && state == TaskState::Expired;
            TaskState::of(task, config, self.row.as_ref(), now) == state && !is_not_due
        };
        let tasks = tasks.into_iter().filter(is_in_state);
        Ok(tasks.map(|task| (task.id.clone(), task)).collect())
    }
}
