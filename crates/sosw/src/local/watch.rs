//! The progress of each labourer: counts, speed, and estimated end.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use operator::{
    LabourerId, TaskManager,
    jobs::{self, JobOverview},
    status::{self, TaskCounts},
};

use crate::error::Error;

/// The speed is an average over this time.
const WINDOW: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, Default)]
pub struct Observation {
    pub labourers: Vec<WorkProgress>,
    pub open_jobs: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct WorkProgress {
    pub labourer: LabourerId,
    pub counts: TaskCounts,
    pub slots: u32,
    /// Items of open jobs, blocks or single tasks, that are not created yet.
    pub to_come: u64,
    /// What its open jobs count, if any is in blocks.
    pub in_blocks: Option<JobTasks>,
    /// Tasks closed per second.
    pub speed: f64,
    /// Why fewer tasks run than the config allows, if so.
    pub remark: String,
    /// Tasks that will never start, since nothing is started for the labourer.
    pub stuck: u64,
}

/// The tasks of jobs, each by itself, where [`TaskCounts`] count a block as one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JobTasks {
    pub closed: u64,
    pub total: u64,
}

impl JobTasks {
    /// Those of these jobs, if any of them is in blocks.
    fn of(jobs: &[&JobOverview]) -> Option<Self> {
        let sum = |count: fn(&JobOverview) -> u64| jobs.iter().copied().map(count).sum();
        let in_blocks = jobs.iter().any(|job| job.block_size > 1);
        in_blocks.then(|| Self {
            closed: sum(|job| job.progress.closed()),
            total: sum(|job| job.progress.total),
        })
    }
}

impl Observation {
    pub fn is_idle(&self) -> bool {
        self.open_jobs == 0 && self.open() == 0
    }

    /// Tasks that are not closed, and that need not stay so; a block counts as one.
    pub fn open(&self) -> u64 {
        self.labourers.iter().map(WorkProgress::open).sum()
    }
}

impl WorkProgress {
    fn open(&self) -> u64 {
        self.counts.open() + self.to_come - self.stuck
    }

    /// The time until all its tasks are closed at the current speed; `None` while that is 0.
    pub fn eta(&self) -> Option<Duration> {
        let left =
            self.in_blocks.map_or(self.open(), |tasks| tasks.total.saturating_sub(tasks.closed));
        let seconds = left as f64 / self.speed;
        (left > 0 && self.speed > 0.0).then(|| Duration::try_from_secs_f64(seconds).ok())?
    }
}

pub struct Watcher<'m> {
    manager: &'m TaskManager,
    /// Of each labourer, apart for what its jobs count and for what its tables do.
    closed: BTreeMap<(LabourerId, bool), VecDeque<(Instant, u64)>>,
}

impl<'m> Watcher<'m> {
    pub fn new(manager: &'m TaskManager) -> Self {
        Self { manager, closed: BTreeMap::new() }
    }

    /// Reads the tables.
    pub async fn read(&mut self) -> Result<Observation, Error> {
        let labourers = status::list(self.manager).await?;
        let open = jobs::open(self.manager).await?;
        let now = Instant::now();
        let labourers = labourers.into_iter().map(|labourer| {
            let id = labourer.labourer_id;
            let theirs: Vec<_> = open.iter().filter(|job| job.labourer_id == id).collect();
            let in_blocks = JobTasks::of(&theirs);
            let closed = in_blocks.map_or(labourer.counts.closed(), |tasks| tasks.closed);
            let samples = self.closed.entry((id.clone(), in_blocks.is_some())).or_default();
            WorkProgress {
                labourer: id,
                counts: labourer.counts,
                slots: labourer.slots,
                to_come: theirs.into_iter().map(to_come).sum(),
                in_blocks,
                speed: speed(samples, now, closed),
                remark: labourer.remark,
                stuck: labourer.stopped.map_or(0, |_| labourer.counts.queued),
            }
        });
        let labourers: Vec<_> = labourers.collect();
        // The end of a job whose last tasks are stuck is not awaited either.
        let stuck = |id: &LabourerId| labourers.iter().any(|l| l.labourer == *id && l.stuck > 0);
        let awaited = open.iter().filter(|job| !stuck(&job.labourer_id));
        Ok(Observation { open_jobs: awaited.count(), labourers })
    }
}

/// How many items of a job are not created yet.
fn to_come(job: &JobOverview) -> u64 {
    job.progress.total.saturating_sub(job.progress.made).div_ceil(job.block_size)
}

/// Adds a sample, and returns how many tasks were closed per second.
fn speed(samples: &mut VecDeque<(Instant, u64)>, now: Instant, closed: u64) -> f64 {
    samples.push_back((now, closed));
    while samples.len() > 2
        && samples.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW)
    {
        samples.pop_front();
    }
    let Some((since, before)) = samples.front() else { return 0.0 };
    let seconds = now.duration_since(*since).as_secs_f64();
    let more = closed.saturating_sub(*before) as f64;
    if seconds > 0.0 { more / seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_is_that_of_the_last_ten_seconds() {
        let (start, mut samples) = (Instant::now(), VecDeque::new());
        let mut at =
            |second: u64, closed| speed(&mut samples, start + Duration::from_secs(second), closed);
        assert_eq!(at(0, 100), 0.0);
        assert_eq!(at(5, 200), 20.0);
        assert_eq!(at(10, 300), 20.0);
        assert_eq!(at(20, 300), 0.0);
    }
}
