//! Where the tasks of a job are that are made and not closed. Queued tasks may be a million: they
//! are not counted, but what is left when those are that run, and those that are parked.

use crate::{
    jobs::record::{Account, Job, Whereabouts},
    manager::TaskManager,
    storage::{StoreError, parked::Parked, reads::Stretch},
};

/// Attempts of a labourer that are looked at, and pages of its parked tasks.
const ATTEMPTS: u32 = 2000;
const PAGES: u32 = 8;

impl TaskManager {
    /// Where the open tasks of a job are: running are the attempts of its labourer that are its
    /// own, parked likewise, queued the rest. What is told changes while it is read.
    pub async fn whereabouts(&self, account: &Account) -> Result<Whereabouts, StoreError> {
        let open = account.progress.open();
        if open == 0 {
            let none = Some(0);
            return Ok(Whereabouts { queued: none, running: none, parked: none });
        }
        let (running, parked) = futures::try_join!(
            self.attempts_of_job(&account.job),
            self.parked_of_job(&account.job)
        )?;
        let parked = parked.is_all.then_some(parked.tasks.len() as u64);
        let waiting = |running, parked| open.saturating_sub(running).saturating_sub(parked);
        let queued = running.zip(parked).map(|(running, parked)| waiting(running, parked));
        Ok(Whereabouts { queued, running, parked })
    }

    /// Attempts of a job that no report has ended, if its labourer has not too many.
    async fn attempts_of_job(&self, job: &Job) -> Result<Option<u64>, StoreError> {
        let invoked = Stretch::From(self.now().seconds());
        let found = self.store.stretch(&job.labourer_id, invoked, ATTEMPTS, false).await?;
        if found.len() as u32 >= ATTEMPTS {
            return Ok(None);
        }
        let tasks = self.store.tasks(found.iter().map(|candidate| &candidate.id)).await?;
        Ok(Some(tasks.iter().filter(|task| task.job_id.as_ref() == Some(&job.id)).count() as u64))
    }

    /// Parked tasks of a job, as far as pages of its labourer's parked tasks show them.
    pub(super) async fn parked_of_job(&self, job: &Job) -> Result<Parked, StoreError> {
        self.store.parked_of_job(&job.labourer_id, &job.id, PAGES).await
    }
}
