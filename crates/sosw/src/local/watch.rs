//! Watches the work: what jobs and rows count is read several times a second in a few calls; what nobody counts as it
//! changes is counted beside that, and no reading waits for it.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    time::{Duration, Instant},
};

use operator::{
    JobId, LabourerId, TaskManager, Timestamp,
    forecast::{Pace, Work, forecast},
    jobs::JobOverview,
    live::{self, Live, Wanted},
};
use tokio::{sync::Notify, time::sleep};

use super::{
    counted::Counted,
    progress::{JobProgress, Observation, of_labourers},
    speed::Speeds,
};
use crate::error::Error;

/// From one reading to the next, and the shortest time between them.
const EVERY: Duration = Duration::from_millis(300);
const LEAST: Duration = Duration::from_millis(50);
/// The shortest time between two counts, and that between two that nobody awaits.
const PAUSE: Duration = Duration::from_millis(250);
const LONG_PAUSE: Duration = Duration::from_secs(1);
/// Counting may take at most 1/10 of the time, however large the tables have become, unless its result is awaited.
const PART: u32 = 10;
/// More parked tasks than this are counted only with all others.
const MOST_PARKED: u64 = 1000;

pub struct Watcher<'m> {
    manager: &'m TaskManager,
    known: RefCell<Known>,
    /// Nothing seems to be left: count.
    wanted: Notify,
}

#[derive(Default)]
struct Known {
    counted: Option<Counted>,
    live: Live,
    labourers: Speeds<(LabourerId, bool)>,
    jobs: Speeds<JobId>,
}

impl<'m> Watcher<'m> {
    pub fn new(manager: &'m TaskManager) -> Self {
        Self { manager, known: RefCell::default(), wanted: Notify::new() }
    }

    /// Reads again and again, and shows what was read. Once nothing seems to be left, all is counted; again and again
    /// if the end `is_awaited`.
    pub async fn keep_reading(
        &self,
        show: impl Fn(&Observation),
        is_awaited: impl Fn() -> bool,
    ) -> Result<Infallible, Error> {
        let mut seemed_idle = false;
        loop {
            let began = Instant::now();
            let observation = self.read().await?;
            show(&observation);
            let seems_idle = observation.seems_idle();
            if seems_idle && (is_awaited() || !seemed_idle) {
                self.wanted.notify_one();
            }
            seemed_idle = seems_idle;
            sleep(EVERY.saturating_sub(began.elapsed()).max(LEAST)).await;
        }
    }

    /// Reads what jobs and rows count.
    pub async fn read(&self) -> Result<Observation, Error> {
        let wanted = self.known.borrow().wanted();
        let live = live::read(self.manager, &wanted).await?;
        Ok(self.known.borrow_mut().observe(live, Instant::now(), self.manager.now()))
    }

    /// Counts again and again, until `is_end` says of a count, with what `begin` returned before it, that it is the
    /// last. It comes soon once nothing seems to be left.
    pub async fn count_until<T>(
        &self,
        begin: impl Fn() -> T,
        is_end: impl Fn(&Counted, T) -> bool,
    ) -> Result<(), Error> {
        loop {
            let (began, token) = (Instant::now(), begin());
            let counted = self.count().await?;
            let is_last = is_end(&counted, token);
            self.known.borrow_mut().counted = Some(counted);
            if is_last {
                return Ok(());
            }
            let took = began.elapsed();
            sleep(PAUSE.max(took)).await;
            tokio::select! {
                () = self.wanted.notified() => {}
                () = sleep(LONG_PAUSE.max(took * PART)) => {}
            }
        }
    }

    /// Counts once.
    pub async fn count(&self) -> Result<Counted, Error> {
        let before = self
            .known
            .borrow()
            .live
            .jobs
            .iter()
            .map(|job| (job.job_id.clone(), job.progress))
            .collect();
        Counted::read(self.manager, before).await
    }
}

impl Known {
    /// What to read next.
    fn wanted(&self) -> Wanted {
        let open = self.live.jobs.iter().filter(|job| job.state.is_open());
        let jobs: BTreeSet<_> = open.map(|job| job.job_id.clone()).collect();
        let counted = self.counted.iter().flat_map(|counted| &counted.labourers);
        let few = counted.filter(|labourer| labourer.counts.parked <= MOST_PARKED);
        let with_jobs: BTreeSet<_> = self.live.jobs.iter().map(|job| &job.labourer_id).collect();
        let parked = few.map(|labourer| &labourer.labourer_id).filter(|id| with_jobs.contains(id));
        Wanted { jobs, parked: parked.cloned().collect() }
    }

    /// Takes in what was read.
    fn observe(&mut self, live: Live, at: Instant, now: Timestamp) -> Observation {
        self.live = live;
        let Self { counted, live, labourers: speeds, jobs } = self;
        let mut labourers =
            counted.as_ref().map(|counted| of_labourers(counted, live)).unwrap_or_default();
        for progress in &mut labourers {
            let key = (progress.labourer.clone(), progress.in_blocks.is_some());
            progress.speed = speeds.of(key, at, progress.closed());
        }
        jobs.keep(|id| live.jobs.iter().any(|job| job.job_id == *id));
        let speeds = live.jobs.iter().map(|job| {
            (job.job_id.clone(), jobs.of(job.job_id.clone(), at, job.progress.closed()))
        });
        let speeds: BTreeMap<_, _> = speeds.collect();
        Observation { labourers, jobs: of_jobs(live, &speeds, now), more_jobs: live.unread }
    }
}

/// How far each job is, those that work first, then those that wait for their time.
fn of_jobs(live: &Live, speeds: &BTreeMap<JobId, f64>, now: Timestamp) -> Vec<JobProgress> {
    let speed = |job: &JobOverview| speeds.get(&job.job_id).copied().unwrap_or_default();
    let of = |job: &JobOverview| {
        let theirs = live.jobs.iter().filter(|other| other.labourer_id == job.labourer_id);
        let pace = Pace {
            rate: theirs.filter(|other| other.state.is_open()).map(speed).sum(),
            median: None,
            block_size: job.block_size,
        };
        let row = live.labourers.iter().find(|row| row.labourer_id == job.labourer_id);
        let capacity = row.map(|row| row.capacity.clone()).unwrap_or_default();
        let forecast = forecast(&Work::of_live(job, live, now), &capacity, &pace, now);
        JobProgress { job: job.clone(), speed: speed(job), forecast }
    };
    let mut jobs: Vec<_> = live.jobs.iter().map(of).collect();
    jobs.sort_by_key(|JobProgress { job, .. }| {
        (job.progress.started.is_none(), job.progress.started, job.created_at)
    });
    jobs
}
