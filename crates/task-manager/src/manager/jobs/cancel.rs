//! An operator ends a job: no more of its tasks are made, those that wait are closed as ignored.

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

/// How often cutting a job off is tried while a scheduler moves its cursors.
const CUTS: u32 = 20;

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
        for _ in 0..CUTS {
            let account = self.job(id).await?;
            match account.job.state {
                State::Cancelling => return Ok(account),
                State::Open if self.store.cut_job(&account).await? => return self.job(id).await,
                State::Open => {}
                state => {
                    let (id, way_out) = (id.clone(), "only an open job can be cancelled");
                    return Err(JobError::WrongState { id, state, way_out });
                }
            }
        }
        let (operation, resource) = ("cancel", id.to_string());
        Err(StoreError::Contended { operation, resource, attempts: CUTS }.into())
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
        let mut ignored = 0;
        for task in tasks {
            let ctx = self.context(&labourer, row.as_ref());
            let Some(ending) = closing::on_ignored(task, ctx) else { continue };
            ignored += u64::from(self.finish(ending, &labourer).await?);
        }
        Ok(ignored)
    }
}
