//! How many open tasks of a job are queued, running and waiting to retry.
//!
//! Running and parked ones are counted in the tables; queued ones, of which there may be a million,
//! are the rest. Counters for all three would cost every claim and every requeue a further write.

use super::Jobs;
use crate::{
    greenfield::KeyRange,
    jobs::job::{Breakdown, Count, Job, JobSnapshot},
    storage::{StoreError, retry::ParkedTasks},
    task::Task,
};

/// How many open attempts of the labourer, and pages of its parked tasks, are read at most.
const ATTEMPTS: u32 = 2000;
const PAGES: u32 = 8;

impl Jobs<'_> {
    /// Where the open tasks of a job are. The tables change while they are read.
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
        let waiting = parked.tasks.iter().map(Task::size).sum();
        let parked = Count::found(waiting, parked.is_all);
        Ok(Breakdown { queued: running.and(parked).rest_of(open), running, parked })
    }

    /// The open attempts of a job among the first of its labourer.
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
        let own = tasks.iter().filter(|task| task.job_id.as_ref() == Some(&job.id));
        Ok(Count::found(own.map(Task::size).sum(), (found.len() as u32) < ATTEMPTS))
    }

    /// The parked tasks of a job among the first pages of its labourer's.
    pub(super) async fn parked_of_job(self, job: &Job) -> Result<ParkedTasks, StoreError> {
        self.manager.store.retry().of_job(&job.labourer_id, &job.id, PAGES).await
    }
}
