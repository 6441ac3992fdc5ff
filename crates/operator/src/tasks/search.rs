//! Tasks of a labourer or a job that match a filter, page by page. A page costs as many reads as it needs, up to a
//! limit that does not depend on how many tasks there are: what is beyond it is on the next one.

use std::{collections::HashMap, time::Duration};

use task_manager::{
    TaskManager,
    greenfield::KeyRange,
    ids::{JobId, TaskId},
    jobs::job::JobSnapshot,
    labourer::{self, Labourer},
    manager::jobs::JobError,
    storage::{
        StoreError,
        closed::LAG,
        listing::{Listed, Position},
    },
    task::{Status, Task},
    time::Timestamp,
};

use super::{Cursor, Filter, TaskDetails, TaskState, list::numbered};

/// The most items, tasks or blocks, that are read for one page.
pub const MOST_SEARCHED: usize = 1000;
/// Items that are read together.
const BATCH: usize = 100;
/// How far the clocks of those who close tasks may be ahead.
const AHEAD: Duration = Duration::from_secs(60);

/// Whose tasks are searched.
#[derive(Clone, Debug, PartialEq)]
pub enum Whose {
    Labourer(Box<Labourer>),
    Job(JobId),
}

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskPage {
    /// A block is one of them.
    pub tasks: Vec<TaskDetails>,
    /// Where the next page begins, if there may be more.
    pub next: Option<Cursor>,
    /// How many tasks and blocks were read for it.
    pub read: usize,
}

/// Tasks and blocks, at most `limit`, from `after` on. Those of a labourer come by state, those that need attention
/// first: running ones as they were started, queued ones in the order of the queue, parked ones as they are due, closed
/// ones newest first. Those of a job that are queued or in any state come in its order, the others as those of its
/// labourer.
///
/// A page that is not full and has a next one ends where [`MOST_SEARCHED`] items were read.
///
/// # Errors
/// When there is no such job, or DynamoDB does not answer.
pub async fn search(
    manager: &TaskManager,
    whose: &Whose,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<TaskPage, JobError> {
    let (labourer, job) = match whose {
        Whose::Labourer(labourer) => ((**labourer).clone(), None),
        Whose::Job(id) => {
            let snapshot = manager.jobs().get(id).await?;
            (manager.labourers().get_or_left(&snapshot.job.labourer_id), Some(snapshot))
        }
    };
    let row = manager.store().labourers().row(&labourer.id).await?;
    let search = Search { manager, labourer, row, job, filter, limit };
    match (&search.job, filter.state) {
        (Some(job), None | Some(TaskState::Queued)) => search.by_number(job, after).await,
        _ => Ok(search.by_state(after).await?),
    }
}

struct Search<'a> {
    manager: &'a TaskManager,
    labourer: Labourer,
    row: Option<labourer::State>,
    job: Option<JobSnapshot>,
    filter: &'a Filter,
    limit: usize,
}

impl Search<'_> {
    async fn by_number(
        &self,
        job: &JobSnapshot,
        after: Option<&Cursor>,
    ) -> Result<TaskPage, JobError> {
        let from = match after {
            Some(Cursor::Number(number)) => *number,
            Some(Cursor::Behind(..)) | None => 0,
        };
        let (state, limit) = (self.filter.state, self.limit);
        let keep = |task: &Task| self.filter.matches(task);
        let found =
            numbered(self.manager, job, (state, &keep), from, (limit, MOST_SEARCHED)).await?;
        let tasks = found.tasks.into_iter().map(|(_, task)| task).collect();
        Ok(TaskPage { tasks, next: found.next.map(Cursor::Number), read: found.read })
    }

    async fn by_state(&self, after: Option<&Cursor>) -> Result<TaskPage, StoreError> {
        let mut page = TaskPage::default();
        let is_wanted = |state: &TaskState| self.filter.state.is_none_or(|only| only == *state);
        let (first, mut behind) = match after {
            Some(Cursor::Behind(state, position)) => (Some(*state), position.clone()),
            Some(Cursor::Number(_)) | None => (None, None),
        };
        let states = TaskState::ALL.into_iter().filter(is_wanted);
        for state in states.skip_while(|state| first.is_some_and(|first| first != *state)) {
            let wanted = self.counted(state).filter(|_| after.is_none());
            let mut tasks = 0;
            if wanted == Some(0) {
                return Ok(page);
            }
            loop {
                if page.read >= MOST_SEARCHED {
                    return Ok(TaskPage { next: Some(Cursor::Behind(state, behind)), ..page });
                }
                let most = self.to_read(state, &page);
                let listed = self.list(state, behind.as_ref(), most).await?;
                for places in listed.places.chunks(BATCH) {
                    let mut found = self.read(state, places.iter().map(|place| &place.id)).await?;
                    for place in places {
                        if page.tasks.len() >= self.limit {
                            return Ok(TaskPage {
                                next: Some(Cursor::Behind(state, behind)),
                                ..page
                            });
                        }
                        behind = Some(place.clone());
                        page.read += 1;
                        if let Some(task) = found.remove(&place.id).filter(|task| self.wants(task))
                        {
                            tasks += task.size();
                            page.tasks.push(TaskDetails::new(state, task));
                        }
                        if wanted.is_some_and(|wanted| tasks >= wanted) {
                            return Ok(page);
                        }
                    }
                }
                if listed.is_all {
                    break;
                }
            }
            behind = None;
        }
        Ok(page)
    }

    /// How many tasks there are, if only those of a job in this state are asked for, and it counts them.
    fn counted(&self, state: TaskState) -> Option<u64> {
        let only_state = Filter { state: Some(state), ..Filter::default() };
        let progress = self.job.as_ref().filter(|_| *self.filter == only_state)?.progress;
        match state {
            TaskState::Exhausted => Some(progress.exhausted),
            TaskState::Succeeded => Some(progress.succeeded),
            TaskState::Ignored => Some(progress.ignored),
            TaskState::Running | TaskState::Expired | TaskState::Queued | TaskState::Parked => None,
        }
    }

    /// How many tasks an index is asked for: one more than there is room for, to know whether there are more, if all
    /// of them match.
    fn to_read(&self, state: TaskState, page: &TaskPage) -> u32 {
        let left = MOST_SEARCHED - page.read;
        let most = match self.job.is_some() || self.filter.is_selective(state) {
            true => left,
            false => left.min(self.limit - page.tasks.len() + 1),
        };
        u32::try_from(most).unwrap_or(u32::MAX)
    }

    fn wants(&self, task: &Task) -> bool {
        let of_job = |job: &JobSnapshot| task.job_id.as_ref() == Some(&job.job.id);
        self.job.as_ref().is_none_or(of_job) && self.filter.matches(task)
    }

    async fn list(
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
    async fn read<'i>(
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
