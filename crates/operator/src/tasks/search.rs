//! Tasks of a labourer or a job that match a filter, page by page. A page costs as many reads as it needs, up to a
//! limit that does not depend on how many tasks there are: what is beyond it is on the next one.

use std::collections::HashMap;

use task_manager::{
    TaskManager,
    ids::{JobId, TaskId},
    jobs::job::JobSnapshot,
    labourer::{self, Labourer},
    manager::jobs::JobError,
    storage::StoreError,
    task::Task,
};

mod indexes;

use super::{Cursor, Filter, TaskDetails, TaskState, list::numbered};

/// The most items, tasks or blocks, that are read for one page.
pub const MOST_SEARCHED: usize = 1000;
/// Items that are read together.
const BATCH: usize = 100;
/// The most tasks of a job whose ids are computed to find the numbers of some, which takes some milliseconds.
const MOST_NUMBERED: u64 = 10_000;

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
    let numbers = job.as_ref().map(numbers_of).unwrap_or_default();
    let search = Search { manager, labourer, row, job, numbers, filter, limit };
    match (&search.job, filter.state) {
        (Some(job), None | Some(TaskState::Queued)) => search.by_number(job, after).await,
        _ => Ok(search.by_state(after).await?),
    }
}

/// The numbers of the tasks of a job that are no blocks, unless there are so many that it takes too long.
fn numbers_of(job: &JobSnapshot) -> HashMap<TaskId, u64> {
    let JobSnapshot { job, progress, .. } = job;
    match job.block_size == 1 && progress.total <= MOST_NUMBERED {
        true => (0..progress.total).map(|n| (job.id_of(n), n)).collect(),
        false => HashMap::new(),
    }
}

struct Search<'a> {
    manager: &'a TaskManager,
    labourer: Labourer,
    row: Option<labourer::State>,
    job: Option<JobSnapshot>,
    /// Of the tasks of the job, as far as they are computed.
    numbers: HashMap<TaskId, u64>,
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
                            let number = self.numbers.get(&task.id).copied();
                            page.tasks
                                .push(TaskDetails { number, ..TaskDetails::new(state, task) });
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
}
