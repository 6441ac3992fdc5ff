//! Queues exhausted tasks of a job again, with their full number of attempts.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{JobError, Jobs, items::Which};
use crate::{
    ids::JobId,
    jobs::job::{Job, JobState},
    queue::{CREATE_MOST, fitting_moves, reopen, without},
    storage::{Contention, StoreError, TransactionOutcome},
    task::{Status, Task},
    transition::of_job,
};

/// The most tasks of one transaction: three items each, and one of the job.
const MOST: usize = 33;
/// How often a job is reopened that a tick ends meanwhile.
const OPENINGS: u32 = 8;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Retried {
    /// Tasks that were queued again.
    pub tasks: u64,
    /// The kinds of the last errors of those that were not chosen.
    pub others: BTreeSet<String>,
}

impl Jobs<'_> {
    /// Queues exhausted tasks of a job again: all, or those whose last error is of this kind. If it is
    /// interrupted, the same call continues.
    pub async fn retry_failed(self, id: &JobId, kind: Option<&str>) -> Result<Retried, JobError> {
        let snapshot = self.get(id).await?;
        refuse_cancelled(id, snapshot.job.state)?;
        if snapshot.job.block_size > 1 {
            // Whoever sends blocks back has repaired their labourer, it is to be hoped.
            self.manager.labourers().restore_trials(&snapshot.job.labourer_id).await?;
        }
        let (mut made, mut unseen) = (snapshot.made(), snapshot.progress.exhausted);
        let mut retried = Retried::default();
        while unseen > 0 {
            let ids: Vec<_> = made.by_ref().take(CREATE_MOST).collect();
            if ids.is_empty() {
                break;
            }
            let closed = self.items(&snapshot.job, ids, Which::Closed).await?;
            let exhausted = closed.into_iter().filter(is_exhausted);
            let (failed, others): (Vec<_>, Vec<_>) =
                exhausted.partition(|task| kind.is_none() || kind == last_kind(task));
            unseen = unseen.saturating_sub(members(&failed) + members(&others));
            retried.others.extend(others.iter().filter_map(last_kind).map(str::to_owned));
            retried.tasks += self.reopen_all(id, failed).await?;
        }
        Ok(retried)
    }

    /// Queues these exhausted tasks of a job again, less those that are not as they were read any more.
    /// Returns how many were queued.
    pub async fn retry(self, id: &JobId, tasks: Vec<Task>) -> Result<u64, JobError> {
        let Some(first) = tasks.first() else { return Ok(0) };
        let labourer = first.labourer_id.clone();
        let job = self.manager.store.jobs().head(id).await?;
        let job = job.ok_or_else(|| JobError::Unknown(id.clone()))?;
        self.check_retry(&job)?;
        if job.block_size > 1 {
            self.manager.labourers().restore_trials(&labourer).await?;
        }
        self.reopen_all(id, tasks).await
    }

    /// May failed tasks of this job be queued again?
    ///
    /// # Errors
    /// When it was cancelled, or is about to be deleted.
    pub fn check_retry(self, job: &Job) -> Result<(), JobError> {
        refuse_cancelled(&job.id, job.state)?;
        match job.state {
            JobState::Open => Ok(()),
            _ => self.refuse_expiring(job),
        }
    }

    async fn reopen_all(self, id: &JobId, mut tasks: Vec<Task>) -> Result<u64, JobError> {
        let mut reopened = 0;
        while !tasks.is_empty() {
            let rest = tasks.split_off(fitting_moves(&tasks).min(MOST).min(tasks.len()));
            reopened += self.reopen(id, tasks).await?;
            tasks = rest;
        }
        Ok(reopened)
    }

    /// Moves exhausted tasks of a job to the end of the queue in one transaction, less those that are
    /// not exhausted any more. Returns how many were moved.
    async fn reopen(self, id: &JobId, mut tasks: Vec<Task>) -> Result<u64, JobError> {
        for _ in 0..OPENINGS {
            let Some(first) = tasks.first() else { return Ok(0) };
            let labourer = first.labourer_id.clone();
            self.manager.queue().wait_for_pace(&labourer, tasks.len(), || true).await;
            let (now, newest) = (self.manager.now(), self.manager.queue().newest(&labourer).await?);
            let (at, by) = ((now, self.manager.config.scale), &self.manager.author);
            let writes = reopen(&tasks, Some(id), newest, at, by);
            match self.manager.queue().paced_store(&labourer).apply(&writes).await? {
                TransactionOutcome::Applied => return Ok(members(&tasks)),
                // The job has ended: it must be opened first.
                TransactionOutcome::Refused(refused) if refused == [tasks.len()] => {
                    self.open_again(id).await?;
                }
                TransactionOutcome::Refused(refused) => tasks = without(tasks, &refused),
            }
        }
        let (operation, contention) = ("retry", Contention::Conflict);
        let resource = id.to_string();
        Err(StoreError::Contended { operation, resource, attempts: OPENINGS, contention }.into())
    }

    async fn open_again(self, id: &JobId) -> Result<(), JobError> {
        let snapshot = self.get(id).await?;
        refuse_cancelled(id, snapshot.job.state)?;
        if snapshot.job.state != JobState::Open {
            self.refuse_expiring(&snapshot.job)?;
            self.manager.store.apply(&of_job::reopen(&snapshot.job)).await?;
            self.let_counts_expire(id, None).await?;
        }
        Ok(())
    }
}

/// How many tasks these are, each member of a block for itself.
fn members(tasks: &[Task]) -> u64 {
    tasks.iter().map(Task::size).sum()
}

fn last_kind(task: &Task) -> Option<&str> {
    task.errors.last().map(|error| error.kind.as_str())
}

fn is_exhausted(task: &Task) -> bool {
    task.closed.is_some_and(|closed| closed.status == Status::Exhausted)
}

fn refuse_cancelled(id: &JobId, state: JobState) -> Result<(), JobError> {
    match state {
        JobState::Cancelling | JobState::Cancelled => {
            let (id, remedy) = (id.clone(), "submit the job again instead");
            Err(JobError::WrongState { id, state, remedy })
        }
        JobState::Open | JobState::Succeeded | JobState::Failed => Ok(()),
    }
}
