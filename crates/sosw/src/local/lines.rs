//! Progress where there is no terminal: a line about whatever has changed, every few seconds.

use std::{
    collections::BTreeMap,
    fmt::Arguments,
    time::{Duration, Instant},
};

use operator::{JobId, LabourerId, status::TaskCounts};

use super::{
    message,
    progress::{JobProgress, Observation, WorkProgress},
};
use crate::words;

/// The shortest time between two lines about the progress of one.
const PACE: Duration = Duration::from_secs(2);

/// What was printed last.
#[derive(Default)]
pub struct LastLines {
    at: Option<Instant>,
    labourers: BTreeMap<LabourerId, TaskCounts>,
    jobs: BTreeMap<JobId, String>,
    not_shown: usize,
}

impl LastLines {
    /// Prints what has changed, unless that was done a moment ago.
    pub fn print(&mut self, seen: &Observation, print: impl Fn(Arguments<'_>)) {
        if self.at.is_some_and(|at| at.elapsed() < PACE) {
            return;
        }
        let labourers: Vec<_> = seen.labourers.iter().filter(|of| self.is_new(of)).collect();
        for progress in labourers {
            print(format_args!("{}: {}", progress.labourer, message::of_labourer(progress)));
            self.at = Some(Instant::now());
        }
        let counts = seen.labourers.iter().map(|of| (of.labourer.clone(), of.counts));
        self.labourers = counts.collect();
        let mut jobs = BTreeMap::new();
        for progress in seen.shown() {
            let (id, now) = (&progress.job.job_id, state(progress));
            if self.jobs.get(id) != Some(&now) {
                let (name, text) = (message::name(&progress.job), message::of_job(progress));
                print(format_args!("{name}: {text}"));
                self.at = Some(Instant::now());
            }
            jobs.insert(id.clone(), now);
        }
        self.jobs = jobs;
        let more = seen.not_shown();
        if more > 0 && more != self.not_shown {
            print(format_args!("and {}", words::count(more as u64, "more open job")));
        }
        self.not_shown = more;
    }

    fn is_new(&self, progress: &WorkProgress) -> bool {
        let known = self.labourers.get(&progress.labourer);
        known.map_or(progress.counts.open() > 0, |known| *known != progress.counts)
    }
}

/// What a job has to change for a new line: neither its speed nor its estimated end.
fn state(progress: &JobProgress) -> String {
    let quiet = JobProgress { speed: 0.0, ..progress.clone() };
    message::of_job(&quiet)
}
