//! How far everything is: what jobs and rows count as it changes, read a moment ago, and all else as it was counted last.

use std::time::Duration;

use operator::{
    JobId, LabourerId,
    forecast::Forecast,
    jobs::{JobOverview, Progress},
    live::{Live, LiveLabourer},
    status::{LabourerStatus, TaskCounts},
};

use super::counted::{Counted, stuck, to_come};

#[derive(Clone, Debug, Default)]
pub struct Observation {
    pub labourers: Vec<WorkProgress>,
    /// Open jobs, and those that have just ended; what is at work comes first.
    pub jobs: Vec<JobProgress>,
    /// Open jobs besides these.
    pub more_jobs: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct WorkProgress {
    pub labourer: LabourerId,
    pub counts: TaskCounts,
    pub slots: u32,
    /// Items of open jobs, blocks or single tasks, that are not created yet, but for those of jobs whose time has not
    /// come.
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

#[derive(Clone, Debug, PartialEq)]
pub struct JobProgress {
    pub job: JobOverview,
    /// Tasks closed per second.
    pub speed: f64,
    pub forecast: Forecast,
}

/// The tasks of jobs, each by itself, where [`TaskCounts`] count a block as one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JobTasks {
    pub closed: u64,
    pub total: u64,
}

/// The most open jobs to show.
const SHOWN: usize = 8;

impl JobProgress {
    pub fn is_open(&self) -> bool {
        self.job.state.is_open()
    }
}

impl Observation {
    /// The open jobs for which there is room.
    pub fn shown(&self) -> impl Iterator<Item = &JobProgress> {
        self.jobs.iter().filter(|progress| progress.is_open()).take(SHOWN)
    }

    /// Open jobs for which there is none.
    pub fn not_shown(&self) -> usize {
        let open = self.jobs.iter().filter(|progress| progress.is_open()).count();
        (open + self.more_jobs).saturating_sub(SHOWN)
    }

    /// Is nothing at work, as far as it is read each time?
    pub fn seems_idle(&self) -> bool {
        let attempts = |labourer: &WorkProgress| labourer.counts.running + labourer.counts.expired;
        self.more_jobs == 0
            && !self.jobs.iter().any(JobProgress::is_open)
            && self.labourers.iter().all(|labourer| attempts(labourer) == 0)
    }

    /// Are all tasks of all open jobs closed, so that only a tick is missing, which ends the jobs?
    pub fn awaits_tick(&self) -> bool {
        let mut open = self.jobs.iter().filter(|progress| progress.is_open()).peekable();
        self.more_jobs == 0
            && open.peek().is_some()
            && open.all(|progress| progress.job.progress.is_done())
    }
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

impl WorkProgress {
    fn open(&self) -> u64 {
        (self.counts.open() + self.to_come).saturating_sub(self.stuck)
    }

    /// Tasks that are closed, each member of a block by itself.
    pub fn closed(&self) -> u64 {
        self.in_blocks.map_or(self.counts.closed(), |tasks| tasks.closed)
    }

    /// The time until all its tasks are closed at the current speed; `None` while that is 0.
    pub fn eta(&self) -> Option<Duration> {
        let left =
            self.in_blocks.map_or(self.open(), |tasks| tasks.total.saturating_sub(tasks.closed));
        let seconds = left as f64 / self.speed;
        (left > 0 && self.speed > 0.0).then(|| Duration::try_from_secs_f64(seconds).ok())?
    }
}

/// How far each labourer is, without its speed.
pub fn of_labourers(counted: &Counted, live: &Live) -> Vec<WorkProgress> {
    let of = |status: &LabourerStatus| {
        let id = &status.labourer_id;
        let row = live.labourers.iter().find(|labourer| labourer.labourer_id == *id);
        let is_live = |id: &JobId| live.jobs.iter().any(|job| job.job_id == *id);
        let other = counted.jobs.values().filter(|job| !is_live(&job.job_id));
        let open = live.jobs.iter().filter(|job| job.state.is_open()).chain(other);
        let open: Vec<_> = open.filter(|job| job.labourer_id == *id).collect();
        let counts = counts(status, row, &Moved::of(counted, live, id));
        let now = LabourerStatus { counts, ..status.clone() };
        WorkProgress {
            labourer: id.clone(),
            counts,
            slots: row.map_or(status.slots, |row| row.capacity.usable()),
            to_come: open.iter().filter(|job| job.stage != "waiting").map(|job| to_come(job)).sum(),
            in_blocks: JobTasks::of(&open),
            speed: 0.0,
            remark: row.map_or(&status.remark, |row| &row.remark).clone(),
            stuck: stuck(&now),
        }
    };
    counted.labourers.iter().map(of).collect()
}

/// A job that was read since the tables were counted.
struct Moved {
    block_size: u64,
    /// Before they were counted.
    before: Progress,
    /// When they were.
    then: Progress,
    now: Progress,
}

impl Moved {
    /// Those of a labourer. A job that has ended and was not open then is among what was counted.
    fn of(counted: &Counted, live: &Live, labourer: &LabourerId) -> Vec<Self> {
        let jobs = live.jobs.iter().filter(|job| job.labourer_id == *labourer);
        let moved = jobs.filter_map(|job| {
            let then = counted.jobs.get(&job.job_id).map(|job| job.progress);
            let then = then.or(job.state.is_open().then(Progress::default))?;
            let before = counted.before.get(&job.job_id).copied().unwrap_or(then);
            Some(Self { block_size: job.block_size.max(1), before, then, now: job.progress })
        });
        moved.collect()
    }

    /// Of so many tasks, the blocks.
    fn items(&self, tasks: u64) -> u64 {
        tasks.div_ceil(self.block_size)
    }
}

/// How many tasks are in each state: those of jobs as these count them now, and others as they were counted. While
/// the tables are counted tasks move on, so of what jobs had then the most is taken that it may have been: they show too
/// few others for a moment rather than some twice.
fn counts(status: &LabourerStatus, row: Option<&LiveLabourer>, jobs: &[Moved]) -> TaskCounts {
    let counted = status.counts;
    let Some(row) = row else { return counted };
    let now = |others: u64, of: fn(&Progress) -> u64| {
        let then: u64 = jobs.iter().map(|job| job.items(of(&job.then))).sum();
        let now: u64 = jobs.iter().map(|job| job.items(of(&job.now))).sum();
        others.saturating_sub(then) + now
    };
    let open_then = |job: &Moved| job.items(job.then.made.saturating_sub(job.before.closed()));
    let others = counted.open().saturating_sub(jobs.iter().map(open_then).sum());
    let open = others + jobs.iter().map(|job| job.items(job.now.open())).sum::<u64>();
    let attempts = u64::from(row.capacity.running).min(open);
    let expired = counted.expired.min(attempts);
    let parked = row.parked.map_or(counted.parked, |parked| parked.count).min(open - attempts);
    TaskCounts {
        queued: open - attempts - parked,
        running: attempts - expired,
        expired,
        parked,
        succeeded: now(counted.succeeded, |job| job.succeeded),
        exhausted: now(counted.exhausted, |job| job.exhausted),
        ignored: now(counted.ignored, |job| job.ignored),
    }
}

#[cfg(test)]
pub mod tests;
