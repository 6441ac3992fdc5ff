//! What is counted in the tables: exact, but the more there is, the longer it takes.

use std::collections::BTreeMap;

use operator::{
    JobId, LabourerId, TaskManager,
    jobs::{self, JobOverview, Progress},
    status::{self, LabourerStatus},
};

use crate::error::Error;

#[derive(Clone, Debug, Default)]
pub struct Counted {
    pub labourers: Vec<LabourerStatus>,
    /// The open jobs, as they were once all was counted.
    pub jobs: BTreeMap<JobId, JobOverview>,
    /// The jobs that were known when it began.
    pub before: BTreeMap<JobId, Progress>,
}

impl Counted {
    /// Counts the tasks of each labourer, then reads all open jobs.
    pub async fn read(
        manager: &TaskManager,
        before: BTreeMap<JobId, Progress>,
    ) -> Result<Self, Error> {
        let labourers = status::list(manager).await?;
        let open = jobs::open(manager).await?;
        let jobs = open.into_iter().map(|job| (job.job_id.clone(), job)).collect();
        Ok(Self { labourers, jobs, before })
    }

    /// Is every task closed that need not stay open, and every job ended?
    pub fn is_idle(&self) -> bool {
        // The end of a job whose last tasks are stuck is not awaited either.
        let is_stuck = |id: &LabourerId| {
            self.labourers.iter().any(|labourer| labourer.labourer_id == *id && stuck(labourer) > 0)
        };
        self.open() == 0 && self.jobs.values().all(|job| is_stuck(&job.labourer_id))
    }

    /// Tasks that are not closed, and that need not stay so; a block counts as one.
    pub fn open(&self) -> u64 {
        let counted =
            self.labourers.iter().map(|labourer| labourer.counts.open() - stuck(labourer));
        counted.sum::<u64>() + self.jobs.values().map(to_come).sum::<u64>()
    }
}

/// Tasks that will never start, since nothing is started for the labourer.
pub fn stuck(labourer: &LabourerStatus) -> u64 {
    labourer.stopped.as_ref().map_or(0, |_| labourer.counts.queued)
}

/// How many items of a job, blocks or single tasks, are not created yet.
pub fn to_come(job: &JobOverview) -> u64 {
    job.progress.total.saturating_sub(job.progress.made).div_ceil(job.block_size.max(1))
}
