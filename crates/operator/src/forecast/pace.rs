//! How fast a labourer has lately worked.

use std::time::Duration;

use task_manager::history::{Durations, Record};

use crate::capacity::Capacity;

/// Seconds that a record of the history stands for.
const MINUTE: f64 = 60.0;

/// How fast a labourer has worked in the last minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// Tasks that were closed, a second; each member of a block counts.
    pub rate: f64,
    /// How long an attempt takes, in the middle.
    pub median: Option<Duration>,
    /// Tasks of an attempt; 1 if each is by itself.
    pub block_size: u64,
}

impl Pace {
    /// Tasks a second if all slots are used. What is done now, `rate`, is possible, unless more slots are in use than
    /// there are; more than its rates allow is not. Without a known duration, as many slots as there are do as many times more than those in use.
    pub(super) fn at_limit(&self, capacity: &Capacity, rate: f64) -> f64 {
        let (slots, running) = (f64::from(capacity.slots), f64::from(capacity.running));
        let by_duration = self
            .median
            .filter(|median| !median.is_zero())
            .map(|median| slots * self.block_size.max(1) as f64 / median.as_secs_f64());
        let possible = by_duration.unwrap_or(rate * slots / running.max(1.0));
        let possible =
            if capacity.running <= capacity.slots { possible.max(rate) } else { possible };
        capacity.rate.map_or(possible, |most| possible.min(most))
    }

    /// By the records of its last minutes. A minute without a record was idle: it says nothing of the pace at work.
    pub(super) fn of_records(records: &[Record]) -> Self {
        let (mut closed, mut durations) = (0_i64, Durations::default());
        for Record { numbers, durations: of_minute, .. } in records {
            closed = closed.saturating_add(numbers.succeeded).saturating_add(numbers.exhausted);
            durations += of_minute;
        }
        let minutes = records.len() as f64;
        let rate = if minutes > 0.0 { closed.max(0) as f64 / (minutes * MINUTE) } else { 0.0 };
        Self { rate, median: durations.quantile(0.5), block_size: 1 }
    }
}
