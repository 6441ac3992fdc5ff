//! A tick looks after the open jobs: those whose scheduler is gone, and those that are done.

use tracing::{error, info};

use crate::{
    describe,
    ids::JobId,
    jobs::{
        record::{Due, JobSnapshot, State},
        transitions,
    },
    manager::{TaskManager, turns::take_turns},
    storage::StoreError,
};

impl TaskManager {
    /// The open jobs, in an order that rotates from tick to tick.
    pub async fn open_jobs(&self) -> Result<Vec<JobId>, StoreError> {
        let mut ids = self.store.open_jobs().await?;
        take_turns(&mut ids, self.now());
        Ok(ids)
    }

    /// A job, and what is to be done about it.
    pub async fn look_at_job(&self, id: &JobId) -> Result<Option<(JobSnapshot, Due)>, StoreError> {
        let snapshot = self.store.job(id).await?;
        Ok(snapshot.map(|snapshot| {
            let due = snapshot.due(self.now());
            (snapshot, due)
        }))
    }

    /// All open jobs, and what is to be done about each. One that cannot be read is told in the
    /// log, and keeps nobody from the others.
    pub async fn look_at_jobs(&self) -> Result<Vec<(JobSnapshot, Due)>, StoreError> {
        let mut found = Vec::new();
        for id in self.open_jobs().await? {
            match self.look_at_job(&id).await {
                Ok(job) => found.extend(job),
                Err(error) => error!(error = describe(&error), job_id = %id, "cannot be read"),
            }
        }
        Ok(found)
    }

    /// Ends a job that is done. Answers whether it was open until now.
    pub async fn settle(&self, snapshot: &JobSnapshot, state: State) -> Result<bool, StoreError> {
        let ended_at = snapshot.progress.ended().unwrap_or(self.now());
        let writes = transitions::end(&snapshot.job, state, ended_at);
        let settled = self.store.apply(&writes).await?.is_applied();
        if settled {
            info!(job_id = %snapshot.job.id, state = state.name(), "a job is done");
        }
        Ok(settled)
    }

    /// The open jobs and the latest ended ones, at most `limit` of those, the newest first.
    pub async fn jobs(&self, limit: u32) -> Result<Vec<JobSnapshot>, StoreError> {
        let mut ids = self.store.open_jobs().await?;
        ids.extend(self.store.ended_jobs(limit).await?);
        let mut accounts = Vec::with_capacity(ids.len());
        for id in ids {
            accounts.extend(self.store.job(&id).await?);
        }
        accounts.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.job.created_at));
        Ok(accounts)
    }

    /// The message that makes a scheduler go on with a job.
    pub fn resume_message(id: &JobId) -> serde_json::Value {
        serde_json::json!({ "job_id": id })
    }
}
