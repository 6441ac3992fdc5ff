//! What the service counts and publishes: a snapshot per function, and each finished attempt as it happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Bytes;

use super::invocation::{FailureKind, FunctionError};

/// A function's numbers at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunctionStats {
    pub function: String,
    /// Processes that live for it now; always 0 for an in-process function.
    pub environments: u64,
    /// Attempts that run now.
    pub in_flight: u64,
    /// Accepted events that wait for their first attempt or for a retry.
    pub queued: u64,
    /// Attempts that ran, retries included.
    pub invoked: u64,
    /// Attempts that failed, time-outs included.
    pub errors: u64,
    /// Attempts ended at the time-out.
    pub timeouts: u64,
    /// Synchronous calls refused above the concurrency. (Events wait instead.)
    pub throttles: u64,
    /// Events given up: retries spent, too old, in a loop, or no concurrency.
    pub dropped: u64,
    /// Records that could not be delivered to their destination.
    pub undelivered: u64,
}

/// An attempt that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    pub function: String,
    /// The same over the retries of one event.
    pub request_id: String,
    /// What it was invoked with.
    pub payload: Bytes,
    /// Whether it was an event.
    pub asynchronous: bool,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// From acceptance (or from the end of the pause before a retry) to the start of the attempt.
    pub start_delay: Duration,
    /// How long the attempt ran, the start of an environment included.
    pub duration: Duration,
    /// `None` when it succeeded.
    pub error: Option<(FailureKind, FunctionError)>,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) environments: AtomicU64,
    pub(crate) in_flight: AtomicU64,
    pub(crate) queued: AtomicU64,
    pub(crate) invoked: AtomicU64,
    pub(crate) errors: AtomicU64,
    pub(crate) timeouts: AtomicU64,
    pub(crate) throttles: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) undelivered: AtomicU64,
}

impl Counters {
    pub(crate) fn snapshot(&self, function: &str) -> FunctionStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        FunctionStats {
            function: function.to_owned(),
            environments: read(&self.environments),
            in_flight: read(&self.in_flight),
            queued: read(&self.queued),
            invoked: read(&self.invoked),
            errors: read(&self.errors),
            timeouts: read(&self.timeouts),
            throttles: read(&self.throttles),
            dropped: read(&self.dropped),
            undelivered: read(&self.undelivered),
        }
    }
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// One more of something, for as long as this lives; right also when a task is cancelled.
#[derive(Debug)]
pub(crate) struct Held {
    counters: Arc<Counters>,
    of: fn(&Counters) -> &AtomicU64,
}

impl Held {
    pub(crate) fn new(counters: &Arc<Counters>, of: fn(&Counters) -> &AtomicU64) -> Self {
        of(counters).fetch_add(1, Ordering::Relaxed);
        Self { counters: Arc::clone(counters), of }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        (self.of)(&self.counters).fetch_sub(1, Ordering::Relaxed);
    }
}
