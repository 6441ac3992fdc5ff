//! Where the tasks of a job are that are made and not closed. Queued tasks may be a million: they
//! are not counted, but what is left when those are that run, and those that are parked. These are
//! looked for in the tables: to count them in the transactions that claim and requeue would cost
//! each of those a further write.

use super::Jobs;
use crate::{
    greenfield::KeyRange,
    jobs::record::{Breakdown, Count, Job, JobSnapshot},
    storage::{StoreError, retry::ParkedTasks},
};

/// Attempts of a labourer that are looked at, and pages of its parked tasks.
const ATTEMPTS: u32 = 2000;
const PAGES: u32 = 8;

impl Jobs<'_> {
    /// Where the open tasks of a job are: running are the attempts of its labourer that are its
    /// own, parked likewise, queued the rest. What is told changes while it is read.
    pub async fn breakdown(self, snapshot: &JobSnapshot) -> Result<Breakdown, StoreError> {
        let open = snapshot.progress.open();
        if open == 0 {
            let none = Count::Exactly(0);
            return Ok(Breakdown { queued: none, running: none, parked: none });
        }
        let (running, parked) = futures::try_join!(
            self.attempts_of_job(&snapshot.job),
            self.parked_of_job(&snapshot.job)
        )?;
        let parked = Count::found(parked.tasks.len() as u64, parked.is_all);
        Ok(Breakdown { queued: running.and(parked).rest_of(open), running, parked })
    }

    /// Attempts of a job that no report has ended, as far as the first of its labourer's tell.
    async fn attempts_of_job(self, job: &Job) -> Result<Count, StoreError> {
        let invoked = KeyRange::invoked(self.manager.now());
        let found = self
            .manager
            .store
            .tasks()
            .candidates(&job.labourer_id, invoked, ATTEMPTS, false)
            .await?;
        let tasks =
            self.manager.store.tasks().get_all(found.iter().map(|candidate| &candidate.id)).await?;
        let own = tasks.iter().filter(|task| task.job_id.as_ref() == Some(&job.id)).count();
        Ok(Count::found(own as u64, (found.len() as u32) < ATTEMPTS))
    }

    /// Parked tasks of a job, as far as pages of its labourer's parked tasks show them.
    pub(super) async fn parked_of_job(self, job: &Job) -> Result<ParkedTasks, StoreError> {
        self.manager.store.retry().of_job(&job.labourer_id, &job.id, PAGES).await
    }
}
