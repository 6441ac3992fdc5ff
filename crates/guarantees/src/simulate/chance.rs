//! Draws that follow from the seed of a run.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use rand_distr::{Distribution, LogNormal};
use task_manager::random::Random;

use super::parameters::Latency;

/// The 99th percentile of the normal distribution, in standard deviations.
const P99: f64 = 2.326_347_874;

/// A source of draws.
#[derive(Debug)]
pub struct Chance(Mutex<StdRng>);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// From 0 to below 1.
    pub fn fraction(&self) -> f64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).random()
    }

    pub fn time(&self, latency: Latency) -> Duration {
        let Latency { median, p99 } = latency;
        let seconds = LogNormal::new(median.ln(), (p99 / median).ln() / P99)
            .map_or(0.0, |d| d.sample(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)));
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }

    /// A source for a manager, with draws of its own.
    pub fn random(&self) -> Random {
        let own: u64 = self.0.lock().unwrap_or_else(PoisonError::into_inner).random();
        let draws = Mutex::new(StdRng::seed_from_u64(own));
        Random::from_fn(move || draws.lock().unwrap_or_else(PoisonError::into_inner).random())
    }
}
