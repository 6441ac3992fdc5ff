//! When each batch was made: does a job slow down as it grows?

use std::{cell::RefCell, time::Instant};

use guarantees::process::cpu_time;

/// When each batch was made.
pub struct Pace {
    began: Instant,
    /// Processes whose work is measured.
    workers: Vec<u32>,
    moments: RefCell<Vec<Moment>>,
}

struct Moment {
    /// Seconds since the beginning.
    clock: f64,
    /// What each worker has spent on processors, in hundredths of a second.
    spent: Vec<f64>,
}

impl Pace {
    /// From now on, with the work of these processes.
    pub fn start(workers: Vec<u32>) -> Self {
        let pace = Self { began: Instant::now(), workers, moments: RefCell::default() };
        pace.note();
        pace
    }

    /// A batch is made.
    pub fn note(&self) {
        let spent = self.workers.iter().map(|worker| cpu_time(*worker) as f64).collect();
        self.moments.borrow_mut().push(Moment { clock: self.seconds(), spent });
    }

    /// Batches so far.
    pub fn batches(&self) -> u64 {
        self.moments.borrow().len() as u64 - 1
    }

    /// Since the beginning.
    pub fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// The rate of the last tenth by that of the first. The very first batches, which find every
    /// connection closed, count like all others.
    pub fn by_clock(&self) -> f64 {
        self.end_to_start(|moment| moment.clock)
    }

    /// The same by the time that each worker spent on processors: whoever else is busy on this
    /// machine does not matter here.
    pub fn by_cpu(&self) -> Vec<f64> {
        let of = |worker: usize| self.end_to_start(|moment| moment.spent[worker]);
        (0..self.workers.len()).map(of).collect()
    }

    fn end_to_start(&self, time: impl Fn(&Moment) -> f64) -> f64 {
        let moments = self.moments.borrow();
        let (tenth, last) = (moments.len() / 10, moments.len() - 1);
        let between = |from: usize, to: usize| time(&moments[to]) - time(&moments[from]);
        between(0, tenth) / between(last - tenth, last)
    }
}
