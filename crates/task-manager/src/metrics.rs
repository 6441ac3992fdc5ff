//! Numbers for CloudWatch, as lines of the log in its embedded format: no call, no wait, and
//! nothing at all where the environment does not name a stack. The stack's alarms and its
//! dashboard know them by these names.

use std::{sync::OnceLock, time::Duration};

use metrics_cloudwatch_embedded::{Builder, Collector};
use tracing::warn;

use crate::{ids::LabourerId, manager::look::Ages};

/// The namespace.
pub const NAMESPACE: &str = "sosw";
/// What counts the ends of attempts and the refusals of a labourer.
pub const COUNTERS: [&str; 5] = [SUCCEEDED, FAILED, EXHAUSTED, IGNORED, REFUSED];
/// What an orchestrator's tick sees of a labourer.
pub const GAUGES: [&str; 4] = [RUNNING, SLOT_LIMIT, OLDEST_QUEUED, OLDEST_EXPIRED];
/// How long a tick took, by function.
pub const TICK_DURATION: &str = "TickDuration";

pub(crate) const SUCCEEDED: &str = "Succeeded";
pub(crate) const FAILED: &str = "Failed";
pub(crate) const EXHAUSTED: &str = "Exhausted";
pub(crate) const IGNORED: &str = "Ignored";
const REFUSED: &str = "Refused";
const RUNNING: &str = "Running";
const SLOT_LIMIT: &str = "SlotLimit";
const OLDEST_QUEUED: &str = "OldestQueued";
const OLDEST_EXPIRED: &str = "OldestExpired";

static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();

/// From now on numbers are kept for the stack that `SOSW_STACK` names.
pub fn init() {
    let Ok(stack) = std::env::var("SOSW_STACK") else { return };
    match Builder::new().cloudwatch_namespace(NAMESPACE).with_dimension("Stack", stack).init() {
        Ok(collector) => drop(COLLECTOR.set(collector)),
        Err(error) => warn!(%error, "there will be no metrics"),
    }
}

/// Writes what was kept since the last time.
pub fn flush() {
    if let Some(Err(error)) = COLLECTOR.get().map(|kept| kept.flush(std::io::stdout().lock())) {
        warn!(%error, "the metrics were not written");
    }
}

/// Counts one more.
pub(crate) fn count(name: &'static str, labourer: &LabourerId) {
    ::metrics::counter!(name, "Labourer" => labourer.to_string()).increment(1);
}

/// Attempts that Lambda did not take.
pub fn refused(labourer: &LabourerId, attempts: u32) {
    let counter = ::metrics::counter!(REFUSED, "Labourer" => labourer.to_string());
    counter.increment(attempts.into());
}

/// How a labourer stands.
pub fn standing(labourer: &LabourerId, running: u32, slot_limit: u32, ages: Ages) {
    let numbers = [
        (RUNNING, running.into()),
        (SLOT_LIMIT, slot_limit.into()),
        (OLDEST_QUEUED, ages.queued.as_secs_f64()),
        (OLDEST_EXPIRED, ages.expired.as_secs_f64()),
    ];
    for (name, number) in numbers {
        ::metrics::gauge!(name, "Labourer" => labourer.to_string()).set(number);
    }
}

/// A tick is over.
pub fn ticked(function: &'static str, took: Duration) {
    ::metrics::gauge!(TICK_DURATION, "Function" => function).set(took.as_secs_f64());
}
