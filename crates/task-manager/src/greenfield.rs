//! The one number that says where a task stands, and the places of the queue.

use std::{cmp::Ordering, fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

mod places;
mod range;
#[cfg(test)]
mod tests;

pub use places::Places;
pub use range::KeyRange;

/// Where a task stands. Below `now` it is its place in the queue; above, the time of its claim
/// shifted by [`Scale::delta`] into the future.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Greenfield(pub f64);

/// What a task of the tasks table is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waiting. Entered by creation or requeue, left by a claim.
    Queued,
    /// An attempt holds a slot and its lease lasts. Entered by a claim, left by a report.
    Running {
        /// When the attempt was claimed.
        since: Timestamp,
    },
    /// Silent past its lease. Entered by time, left by the scavenger, or by a late report.
    Expired {
        /// When the attempt was claimed.
        since: Timestamp,
    },
}

/// The constants of the number line (`greenfield_invocation_delta`, `greenfield_task_step`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Seconds that a claim adds to its time.
    pub delta: f64,
    /// Distance of two new tasks where there is room.
    pub step: f64,
}

impl Default for Scale {
    fn default() -> Self {
        Self { delta: 31_557_600.0, step: 1000.0 }
    }
}

impl Greenfield {
    /// The greenfield of a task that is claimed at `now`.
    pub fn claimed_at(now: Timestamp, scale: Scale) -> Self {
        Self(Timestamp::from_seconds(now.seconds() + scale.delta).seconds())
    }

    /// The lowest greenfield of an attempt within its lease, the end of which still belongs to it.
    /// The phase and the ranges of the index both ask here, so that they agree to the last digit.
    fn lowest_running(now: Timestamp, lease: Duration, scale: Scale) -> Self {
        Self::claimed_at(now - lease, scale)
    }

    /// Is it a place in the queue at `now`?
    pub fn is_queued(self, now: Timestamp) -> bool {
        self.0 < now.seconds()
    }

    /// When a place that lies ahead will be in the queue.
    pub fn queued_from(self) -> Timestamp {
        Timestamp::from_seconds(self.0)
    }

    /// When the attempt was claimed; nothing for a task in the queue.
    pub fn invoked_at(self, now: Timestamp, scale: Scale) -> Option<Timestamp> {
        (!self.is_queued(now)).then(|| Timestamp::from_seconds(self.0 - scale.delta))
    }

    /// When the lease passed; nothing unless the task is expired.
    pub fn expired_at(self, now: Timestamp, lease: Duration, scale: Scale) -> Option<Timestamp> {
        match self.phase(now, lease, scale) {
            Phase::Expired { since } => Some(since + lease),
            Phase::Queued | Phase::Running { .. } => None,
        }
    }

    /// The phase at `now` of a task whose attempts may last `lease`.
    pub fn phase(self, now: Timestamp, lease: Duration, scale: Scale) -> Phase {
        match self.invoked_at(now, scale) {
            None => Phase::Queued,
            Some(since) if self < Self::lowest_running(now, lease, scale) => {
                Phase::Expired { since }
            }
            Some(since) => Phase::Running { since },
        }
    }
}

impl PartialEq for Greenfield {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Greenfield {}

impl PartialOrd for Greenfield {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Greenfield {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl fmt::Display for Greenfield {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
