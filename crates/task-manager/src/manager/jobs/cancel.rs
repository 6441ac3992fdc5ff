//! An operator ends a job: no more of its tasks are made, those that wait are closed as ignored.

use futures::{StreamExt, TryStreamExt, stream};

use super::JobError;
use crate::{
    closing,
    ids::JobId,
    jobs::record::{Account, State},
    manager::TaskManager,
    queue::CREATE_MOST,
    storage::StoreError,
    task::Task,
};

/// Tasks that are closed at once.
const AT_ONCE: usize = 16;

impl TaskManager {
    /// Ends a job: no more of its tasks are made, and those that wait are closed as ignored. What
    /// is running ends by itself, and a tick ends the job after that. Answers how many were
    /// closed. If it is cut short, the same call goes on with it.
    pub async fn cancel(&self, id: &JobId) -> Result<u64, JobError> {
        let account = self.cut(id).await?;
        let ids: Vec<_> = account.made().collect();
        let mut ignored = 0;
        for ids in ids.chunks(CREATE_MOST) {
            let mut waiting = self.store.tasks(ids).await?;
            waiting.extend(self.store.all_parked(&account.job.labourer_id, ids).await?);
            ignored += self.ignore(&account, waiting).await?;
        }
        Ok(ignored)
    }

    /// Cuts a job off where it is, unless that is done.
    async fn cut(&self, id: &JobId) -> Result<Account, JobError> {
        let account = self.job(id).await?;
        if account.job.state == State::Open {
            self.store.cut_job(&account).await?;
        }
        let account = self.job(id).await?;
        match account.job.state {
            State::Cancelling => Ok(account),
            state => {
                let (id, way_out) = (id.clone(), "only an open job can be cancelled");
                Err(JobError::WrongState { id, state, way_out })
            }
        }
    }

    /// Closes what was parked since a job was cancelled: attempts that ran then, and failed.
    pub async fn cancel_rest(&self, account: &Account) -> Result<u64, StoreError> {
        let parked = self.parked_of_job(&account.job).await?;
        self.ignore(account, parked.tasks).await
    }

    /// Closes those of these tasks that wait, in the queue or in the retry table.
    async fn ignore(&self, account: &Account, tasks: Vec<Task>) -> Result<u64, StoreError> {
        let labourer = self.labourer_or_default(&account.job.labourer_id);
        let row = self.store.row(&labourer.id).await?;
        let ends = tasks.into_iter().filter_map(|task| {
            let ending = closing::on_ignored(task, self.context(&labourer, row.as_ref()))?;
            Some(Box::pin(self.finish(ending, &labourer)))
        });
        let ends: Vec<_> = ends.collect();
        let mut ends = stream::iter(ends).buffer_unordered(AT_ONCE);
        let mut ignored = 0;
        while let Some(was_waiting) = ends.try_next().await? {
            ignored += u64::from(was_waiting);
        }
        Ok(ignored)
    }
}
