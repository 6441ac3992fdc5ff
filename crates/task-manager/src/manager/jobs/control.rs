//! What an operator does to a job: ending it, or sending its failed tasks back to work.

use super::JobError;
use crate::{
    closing,
    ids::{JobId, TaskId},
    jobs::record::{Account, State},
    manager::{TaskManager, create::CreateError},
    queue::CREATE_MOST,
    storage::{Outcome, StoreError, reads::Stretch},
    task::{Status, Task},
    transition::{Tally, Write, job_part},
};

/// How often cutting a job off is tried while a scheduler moves its cursors.
const CUTS: u32 = 20;

impl TaskManager {
    /// Ends a job: no more of its tasks are made, and those that wait are closed as ignored. What
    /// is running ends by itself. Answers how many were closed.
    pub async fn cancel(&self, id: &JobId) -> Result<u64, JobError> {
        let account = self.cut(id).await?;
        let ids: Vec<_> = Self::made(&account).collect();
        let mut ignored = 0;
        for ids in ids.chunks(CREATE_MOST) {
            ignored += self.ignore(&account, ids).await?;
        }
        self.settle(&account, State::Cancelled).await?;
        Ok(ignored)
    }

    async fn cut(&self, id: &JobId) -> Result<Account, JobError> {
        for _ in 0..CUTS {
            let account = self.job(id).await?;
            if account.job.state != State::Open {
                let way_out = "only an open job can be cancelled";
                return Err(JobError::WrongState {
                    id: id.clone(),
                    state: account.job.state,
                    way_out,
                });
            }
            if self.store.cut_job(&account).await? {
                return self.job(id).await;
            }
        }
        Err(StoreError::Contended { operation: "cancel", resource: id.to_string(), attempts: CUTS }
            .into())
    }

    /// Closes those of these tasks that wait, in the queue or in the retry table.
    async fn ignore(&self, account: &Account, ids: &[TaskId]) -> Result<u64, StoreError> {
        let labourer = self.labourer_or_default(&account.job.labourer_id);
        let row = self.store.row(&labourer.id).await?;
        let mut waiting = self.store.tasks(ids).await?;
        waiting.extend(self.store.all_parked(&labourer.id, ids).await?);
        let mut ignored = 0;
        for task in waiting {
            let ctx = self.context(&labourer, row.as_ref());
            let Some(ending) = closing::on_ignored(task, ctx) else { continue };
            ignored += u64::from(self.finish(ending, &labourer).await?);
        }
        Ok(ignored)
    }

    /// Sends exhausted tasks of a job back to the queue with all their attempts before them: all,
    /// or those whose last error is of this kind. Answers how many.
    pub async fn retry_failed(&self, id: &JobId, kind: Option<&str>) -> Result<u64, JobError> {
        let account = self.job(id).await?;
        match account.job.state {
            State::Cancelled => {
                let (state, way_out) = (State::Cancelled, "submit the job again instead");
                return Err(JobError::WrongState { id: id.clone(), state, way_out });
            }
            // Opened before its tasks are: a job that looks done is not looked after.
            State::Succeeded | State::Failed => drop(self.store.reopen_job(&account.job).await?),
            State::Open => {}
        }
        let ids: Vec<_> = Self::made(&account).collect();
        let mut reopened = 0;
        for ids in ids.chunks(CREATE_MOST) {
            let closed = self.store.all_closed(ids).await?;
            let failed = closed.into_iter().filter(|task| {
                let exhausted = task.closed.is_some_and(|c| c.status == Status::Exhausted);
                let last = task.errors.last().map(|error| error.kind.as_str());
                exhausted && (kind.is_none() || kind == last)
            });
            for task in failed {
                reopened += u64::from(self.reopen(task).await?);
            }
        }
        Ok(reopened)
    }

    /// Sends one exhausted task back to the queue. Answers whether it still was exhausted.
    pub async fn reopen(&self, task: Task) -> Result<bool, StoreError> {
        let now = self.now();
        let reopen =
            Write::Reopen { id: task.id.clone(), key: Status::Exhausted.key(&task.labourer_id) };
        let mut queued = Task { attempts: 0, closed: None, completed_at: None, ..task };
        queued.retire_claim();
        queued.note(now, "sent back to work", &self.author);
        let newest =
            self.store.stretch(&queued.labourer_id, Stretch::Below(now.seconds()), 1, true).await?;
        let newest = newest.first().map(|candidate| candidate.greenfield);
        crate::queue::line_up(std::slice::from_mut(&mut queued), newest, now, self.config.scale);
        let count = queued.job_id.clone().map(|job_id| Write::Count {
            job_id,
            part: job_part(&queued.id),
            tally: Tally { exhausted: -1, ..Tally::default() },
            at: now,
        });
        let mut writes = vec![reopen, Write::Queue(Box::new(queued))];
        writes.extend(count);
        Ok(self.store.apply(&writes).await? == Outcome::Applied)
    }

    /// Sends one exhausted task back to the queue, by its id.
    pub async fn retry_task(&self, id: &TaskId) -> Result<bool, CreateError> {
        match self.store.closed(id).await? {
            Some(task) => Ok(self.reopen(task).await?),
            None => Ok(false),
        }
    }
}
