//! What is counted and measured, by the names that the stack's alarms and its dashboard use. It costs
//! nothing where the numbers are not exported.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use crate::ids::{LabourerId, ResourceId};

/// The namespace. Every number has the dimension `Stack`.
pub const NAMESPACE: &str = "sosw";

/// What is counted of a labourer, with the dimension `Labourer`.
pub const COUNTERS: [&str; 11] = [
    CLAIMED,
    HANDED_OVER,
    SUCCEEDED,
    FAILED,
    EXHAUSTED,
    IGNORED,
    EXPIRED,
    REQUEUED,
    THROTTLED,
    REFUSED,
    STOPPED,
];
/// What an orchestrator's tick reads of a labourer, with the dimension `Labourer`.
pub const GAUGES: [&str; 6] = [QUEUED, RUNNING, SLOT_LIMIT, HEALTH, OLDEST_QUEUED, OLDEST_EXPIRED];
/// What an orchestrator's tick reads of a resource with permits, with the dimension `Resource`.
pub const OF_RESOURCES: [&str; 3] = [PERMITS_HELD, PERMITS_IN_FORCE, WAITING_LABOURERS];
/// Seconds from a claim until Lambda took its attempt, with the dimension `Labourer`.
pub const DISPATCH_LATENCY: &str = "DispatchLatency";
/// Transactions that met another one, or throttling, and were sent again. Of the whole stack.
pub const CONFLICTS: &str = "Conflicts";
/// Turns of labourers and of jobs that failed in a tick: the tick itself went on. Of the whole stack.
pub const FAILED_TURNS: &str = "FailedTurns";
/// Destination records of invocations that sosw did not make: nothing is done about them. Of the whole stack.
pub const FOREIGN_RECORDS: &str = "ForeignRecords";
/// Times that a function could not use what was pushed as config, and went on with what it had. Of the whole stack.
pub const CONFIG_REFUSED: &str = "ConfigRefused";
/// Seconds that a tick took, with the dimension `Function`.
pub const TICK_DURATION: &str = "TickDuration";

/// Attempts begun.
pub(crate) const CLAIMED: &str = "Claimed";
/// Those of them that got the slot of an attempt that ended.
pub(crate) const HANDED_OVER: &str = "HandedOver";
/// Tasks closed as succeeded.
pub(crate) const SUCCEEDED: &str = "Succeeded";
/// Attempts that failed or were snoozed, their tasks parked to be tried again.
pub(crate) const FAILED: &str = "Failed";
/// Tasks closed because their attempts are spent, or because they cannot be run.
pub(crate) const EXHAUSTED: &str = "Exhausted";
/// Tasks closed because they were cancelled.
pub(crate) const IGNORED: &str = "Ignored";
/// Attempts that were silent for longer than their lease.
pub(crate) const EXPIRED: &str = "Expired";
/// Parked tasks that came back to the queue.
pub(crate) const REQUEUED: &str = "Requeued";
/// Attempts that Lambda had no room for.
pub(crate) const THROTTLED: &str = "Throttled";
/// Attempts that Lambda refused for another reason.
pub(crate) const REFUSED: &str = "Refused";
/// Ticks at which nothing was started because the labourer's config has a mistake.
const STOPPED: &str = "Stopped";
const QUEUED: &str = "Queued";
const RUNNING: &str = "Running";
const SLOT_LIMIT: &str = "SlotLimit";
const HEALTH: &str = "Health";
/// By the weights of live attempts.
const PERMITS_HELD: &str = "PermitsHeld";
const PERMITS_IN_FORCE: &str = "PermitsInForce";
/// Labourers that have work and wait for permits.
const WAITING_LABOURERS: &str = "WaitingLabourers";
const OLDEST_QUEUED: &str = "OldestQueued";
const OLDEST_EXPIRED: &str = "OldestExpired";

/// What the stack's alarms look at.
pub const OF_ALARMS: [&str; 7] =
    [OLDEST_QUEUED, OLDEST_EXPIRED, EXHAUSTED, REFUSED, STOPPED, CONFIG_REFUSED, FAILED_TURNS];

/// CloudWatch's embedded format takes a hundred values of one kind in a line.
const LATENCIES: u32 = 100;

/// Writes down what was recorded.
static EXPORT: OnceLock<(fn(), Kept)> = OnceLock::new();
/// Latencies recorded since they made the numbers be written.
static PENDING: AtomicU32 = AtomicU32::new(0);

/// Which numbers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    All,
    /// Only those of [`OF_ALARMS`]: CloudWatch is paid by the number, and the history has the others.
    OfAlarms,
}

impl Kept {
    pub fn keeps(self, name: &str) -> bool {
        self == Self::All || OF_ALARMS.contains(&name)
    }
}

/// How long a labourer's tasks have been left alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ages {
    /// How long ago the head of the queue was created.
    pub queued: Duration,
    /// How long ago the oldest lease passed whose attempt has not been ended.
    pub expired: Duration,
}

/// How a labourer stands at a tick.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Tasks that wait, as far as one page of the index shows.
    pub queued: u64,
    /// Attempts that hold a slot.
    pub running: u32,
    pub slot_limit: u32,
    /// From 0 Bad to 4 High.
    pub health: u8,
    pub ages: Ages,
}

impl Standing {
    /// Is there nothing that waits, runs or is silent?
    pub fn is_idle(&self) -> bool {
        self.queued == 0 && self.running == 0 && self.ages == Ages::default()
    }
}

/// From now on numbers are kept: `export` writes them down, before there are more of a kind than fit
/// into a line.
pub fn export_with(export: fn(), kept: Kept) {
    // A second exporter in one process would get nothing: the first one has the recorder.
    let _ = EXPORT.set((export, kept));
}

fn keeps(name: &str) -> bool {
    EXPORT.get().is_some_and(|(_, kept)| kept.keeps(name))
}

/// Are numbers kept? If not, nothing should be read for them.
pub fn are_kept() -> bool {
    EXPORT.get().is_some()
}

/// Counts `more` of something.
pub(crate) fn count(name: &'static str, labourer: &LabourerId, more: u32) {
    if more > 0 && keeps(name) {
        ::metrics::counter!(name, "Labourer" => labourer.to_string()).increment(more.into());
    }
}

/// A tick starts nothing for a labourer whose config has a mistake.
pub fn stopped(labourer: &LabourerId) {
    count(STOPPED, labourer, 1);
}

/// Counts a transaction that is sent again.
pub(crate) fn conflicted() {
    if keeps(CONFLICTS) {
        ::metrics::counter!(CONFLICTS).increment(1);
    }
}

/// Counts a turn of a labourer or a job that failed.
pub fn turn_failed() {
    ::metrics::counter!(FAILED_TURNS).increment(1);
}

/// Counts a destination record of an invocation that sosw did not make.
pub fn foreign_record() {
    if keeps(FOREIGN_RECORDS) {
        ::metrics::counter!(FOREIGN_RECORDS).increment(1);
    }
}

/// Counts a config that was pushed and cannot be used.
pub fn config_refused() {
    ::metrics::counter!(CONFIG_REFUSED).increment(1);
}

/// Lambda took an attempt that long after its claim.
pub(crate) fn dispatched(labourer: &LabourerId, after: Duration) {
    if !keeps(DISPATCH_LATENCY) {
        return;
    }
    if let Some((export, _)) = EXPORT.get()
        && PENDING.fetch_add(1, Ordering::Relaxed) >= LATENCIES - 1
    {
        PENDING.store(0, Ordering::Relaxed);
        export();
    }
    let histogram = ::metrics::histogram!(DISPATCH_LATENCY, "Labourer" => labourer.to_string());
    histogram.record(after.as_secs_f64());
}

/// Records the gauges of a labourer.
pub fn stands(labourer: &LabourerId, standing: Standing) {
    let Standing { queued, running, slot_limit, health, ages } = standing;
    let numbers = [
        (QUEUED, queued as f64),
        (RUNNING, running.into()),
        (SLOT_LIMIT, slot_limit.into()),
        (HEALTH, health.into()),
        (OLDEST_QUEUED, ages.queued.as_secs_f64()),
        (OLDEST_EXPIRED, ages.expired.as_secs_f64()),
    ];
    for (name, number) in numbers.into_iter().filter(|(name, _)| keeps(name)) {
        ::metrics::gauge!(name, "Labourer" => labourer.to_string()).set(number);
    }
}

/// Records the gauges of a resource: permits that are held, those in force, and the labourers that wait for some.
pub fn resource_stands(resource: &ResourceId, [held, in_force]: [u32; 2], waiting: u64) {
    let numbers = [
        (PERMITS_HELD, held.into()),
        (PERMITS_IN_FORCE, in_force.into()),
        (WAITING_LABOURERS, waiting as f64),
    ];
    for (name, number) in numbers.into_iter().filter(|(name, _)| keeps(name)) {
        ::metrics::gauge!(name, "Resource" => resource.to_string()).set(number);
    }
}

/// A tick is over.
pub fn ticked(function: &'static str, took: Duration) {
    if !keeps(TICK_DURATION) {
        return;
    }
    ::metrics::gauge!(TICK_DURATION, "Function" => function).set(took.as_secs_f64());
}
