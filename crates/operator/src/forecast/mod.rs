//! When work will be done, and what keeps it from being done sooner: a pure function of what was read.
//!
//! - [`Work`]: what is left, of a labourer or of one of its jobs
//! - [`Capacity`]: how much of it the labourer may do at once
//! - [`Pace`]: how fast it has lately been done
//! - [`forecast`]: from the three of them, a [`Forecast`] with its [`Bound`]
//! - [`of_job`], [`of_labourer`]: the same, from the tables

mod bound;
mod pace;
mod read;
#[cfg(test)]
mod tests;
mod words;
mod work;

use std::time::Duration;

use serde::{Serialize, Serializer};
use task_manager::time::Timestamp;

pub use crate::capacity::{Capacity, Pause};
pub use bound::Bound;
pub use pace::Pace;
pub use read::{ShownJob, of_job, of_labourer, show_job};
pub use work::Work;

/// Beyond this nobody plans, and a rate of some minutes says nothing.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// When work is done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// Tasks that are not closed.
    pub left: u64,
    /// Tasks that were closed, a second, in the last minutes.
    pub rate: f64,
    /// Until all of it is closed, if it goes on as in the last minutes; nothing if that is never, or later than in a year.
    /// In JSON, seconds.
    #[serde(serialize_with = "seconds")]
    pub at_present_rate: Option<Duration>,
    /// The same if every slot that may be used now is.
    #[serde(serialize_with = "seconds")]
    pub at_limit: Option<Duration>,
    /// What keeps it from being done sooner.
    pub bound: Bound,
}

fn seconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs_f64()).serialize(serializer)
}

/// When this work is done by a labourer with this capacity, at this pace.
pub fn forecast(work: &Work, capacity: &Capacity, pace: &Pace, now: Timestamp) -> Forecast {
    let bound = Bound::of(work, capacity, now);
    let rate = if pace.rate.is_finite() { pace.rate.max(0.0) } else { 0.0 };
    let begins = bound.begins(now);
    let retried = work
        .last_retry
        .filter(|_| work.parked > 0)
        .map(|last| last.since(now).saturating_add(pace.median.unwrap_or_default()));
    let time = |rate: f64| {
        let left = match work.open() {
            0 => 0,
            open => open.saturating_add(work.ahead),
        };
        let busy = time(left, rate)?.checked_add(begins?)?;
        Some(busy.max(retried.unwrap_or_default())).filter(|time| *time <= LONGEST)
    };
    Forecast {
        left: work.open(),
        rate,
        at_present_rate: time(rate),
        at_limit: time(pace.at_limit(capacity, rate)),
        bound,
    }
}

fn time(tasks: u64, rate: f64) -> Option<Duration> {
    match tasks {
        0 => Some(Duration::ZERO),
        _ => Duration::try_from_secs_f64(tasks as f64 / rate).ok(),
    }
}
