//! Open jobs: what each needs from a tick, and their end.

use tracing::{error, info};

use super::Jobs;
use crate::{
    describe,
    ids::JobId,
    jobs::job::{Due, JobSnapshot, JobState},
    manager::turns::take_turns,
    storage::StoreError,
    transition::of_job,
};

impl Jobs<'_> {
    /// The open jobs, in an order that rotates from tick to tick.
    pub async fn open(self) -> Result<Vec<JobId>, StoreError> {
        let mut ids = self.manager.store.jobs().open().await?;
        take_turns(&mut ids, self.manager.now());
        Ok(ids)
    }

    /// A job, and what a tick must do for it.
    pub async fn due(self, id: &JobId) -> Result<Option<(JobSnapshot, Due)>, StoreError> {
        let snapshot = self.manager.store.jobs().get(id).await?;
        Ok(snapshot.map(|snapshot| {
            let due = snapshot.due(self.manager.now());
            (snapshot, due)
        }))
    }

    /// All open jobs, and what a tick must do for each. One that cannot be read is logged and left
    /// out.
    pub async fn all_due(self) -> Result<Vec<(JobSnapshot, Due)>, StoreError> {
        let mut found = Vec::new();
        for id in self.open().await? {
            match self.due(&id).await {
                Ok(job) => found.extend(job),
                Err(error) => {
                    error!(error = describe(&error), job_id = %id, "the job cannot be read")
                }
            }
        }
        Ok(found)
    }

    /// Ends a job whose tasks are all closed. Returns whether this call did it.
    pub async fn end(self, snapshot: &JobSnapshot, state: JobState) -> Result<bool, StoreError> {
        let ended_at = snapshot.progress.ended().unwrap_or(self.manager.now());
        let expires_at = self.expiry(&snapshot.job);
        if expires_at.is_some() {
            self.let_counts_expire(&snapshot.job.id, expires_at).await?;
        }
        let writes = of_job::end(&snapshot.job, state, ended_at, expires_at);
        let ended = self.manager.store.apply(&writes).await?.is_applied();
        if ended {
            info!(job_id = %snapshot.job.id, state = state.name(), "the job has ended");
        }
        Ok(ended)
    }

    /// The open jobs and at most `limit` of the latest ended ones, the newest first.
    pub async fn list(self, limit: u32) -> Result<Vec<JobSnapshot>, StoreError> {
        let mut ids = self.manager.store.jobs().open().await?;
        ids.extend(self.manager.store.jobs().ended(limit).await?);
        let mut jobs = Vec::with_capacity(ids.len());
        for id in ids {
            jobs.extend(self.manager.store.jobs().get(&id).await?);
        }
        jobs.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.job.created_at));
        Ok(jobs)
    }
}
