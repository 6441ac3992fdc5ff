//! A tick looks after the open jobs: those whose scheduler is gone, and those that are done.

use tracing::info;

use crate::{
    ids::JobId,
    jobs::record::{Account, Due, State},
    manager::TaskManager,
    storage::StoreError,
};

impl TaskManager {
    /// The open jobs, and what is to be done about each.
    pub async fn look_at_jobs(&self) -> Result<Vec<(Account, Due)>, StoreError> {
        let mut found = Vec::new();
        for id in self.store.open_jobs().await? {
            if let Some(account) = self.store.job(&id).await? {
                let due = account.due(self.now());
                found.push((account, due));
            }
        }
        Ok(found)
    }

    /// Ends a job that is done. Answers whether it was open until now.
    pub async fn settle(&self, account: &Account, state: State) -> Result<bool, StoreError> {
        let settled = self.store.end_job(&account.job, state, self.now()).await?;
        if settled {
            info!(job_id = %account.job.id, ?state, "a job is done");
        }
        Ok(settled)
    }

    /// The open jobs and the latest ended ones, at most `limit` of those, the newest first.
    pub async fn jobs(&self, limit: u32) -> Result<Vec<Account>, StoreError> {
        let mut ids = self.store.open_jobs().await?;
        ids.extend(self.store.ended_jobs(limit).await?);
        let mut accounts = Vec::with_capacity(ids.len());
        for id in ids {
            accounts.extend(self.store.job(&id).await?);
        }
        accounts.sort_by_key(|account| std::cmp::Reverse(account.job.created_at));
        Ok(accounts)
    }

    /// The tasks of a job that were made, by number.
    pub(super) fn made(account: &Account) -> impl Iterator<Item = crate::ids::TaskId> + '_ {
        let numbers = account.ranges.iter().flat_map(|range| range.from..range.cursor);
        numbers.map(|n| crate::ids::TaskId::of_job(&account.job.id, n))
    }

    /// The message that makes a scheduler go on with a job.
    pub fn resume_message(id: &JobId) -> serde_json::Value {
        serde_json::json!({ "job_id": id })
    }
}
