//! The one number that says where a task stands, and the places of the queue.

use std::{cmp::Ordering, fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{ids::TaskId, time::Timestamp};

/// Where a task stands. Below `now` it is its place in the queue; above, the time of its claim
/// shifted by [`Scale::delta`] into the future.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
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

/// How many more tasks a step must leave room for. With it the places of the first 760,000 tasks
/// are `step` apart; after that each task takes a millionth of the room that is left, and as time
/// gives new room, the places never run out (nor out of the 15 digits of a double).
const HORIZON: f64 = 1e6;

impl Greenfield {
    /// The greenfield of a task that is claimed at `now`.
    pub fn claimed_at(now: Timestamp, scale: Scale) -> Self {
        Self((now + Duration::from_secs_f64(scale.delta)).seconds())
    }

    /// When the attempt was claimed; nothing for a task in the queue.
    pub fn invoked_at(self, now: Timestamp, scale: Scale) -> Option<Timestamp> {
        (self.0 >= now.seconds()).then(|| Timestamp::from_seconds(self.0 - scale.delta))
    }

    /// The phase at `now` of a task whose attempts may last `lease`.
    pub fn phase(self, now: Timestamp, lease: Duration, scale: Scale) -> Phase {
        let Some(since) = self.invoked_at(now, scale) else {
            return Phase::Queued;
        };
        if now <= since + lease { Phase::Running { since } } else { Phase::Expired { since } }
    }
}

impl PartialOrd for Greenfield {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.0.total_cmp(&other.0))
    }
}

impl fmt::Display for Greenfield {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Scale {
    /// The place before the first task of an empty queue.
    const START: f64 = 1000.0;

    /// The distance at which `count` tasks (and a horizon of later ones) fit between `newest` and
    /// `now`.
    pub fn step_after(self, newest: Option<Greenfield>, now: Timestamp, count: u64) -> f64 {
        let room = now.seconds() - newest.map_or(Self::START, |g| g.0);
        self.step.min(room.max(0.0) / (count as f64 + HORIZON))
    }

    /// The place before the first of new tasks behind `newest`, `step` apart. `first` (the first of
    /// their ids) shifts it by a part of a step, so that two creators who read the same `newest` do
    /// not share a place.
    pub fn base_after(self, newest: Option<Greenfield>, step: f64, first: &TaskId) -> f64 {
        newest.map_or(Self::START, |g| g.0) + step * shift(first.as_str())
    }

    /// The places of `count` new tasks behind `newest`, in order.
    pub fn places_after(
        self,
        newest: Option<Greenfield>,
        now: Timestamp,
        count: usize,
        first: &TaskId,
    ) -> Vec<Greenfield> {
        let step = self.step_after(newest, now, count as u64);
        let base = self.base_after(newest, step, first);
        (1..=count).map(|i| Greenfield(base + step * i as f64)).collect()
    }

    /// The place before the first of `count` requeued tasks, `step` apart, the last of which goes
    /// before `oldest`. Shifted by `first`, which names the first of them and its time: a task that
    /// comes back once more does not stand where it stood before, so that nobody who read it there
    /// takes it for what it was.
    pub fn base_before(self, oldest: Option<Greenfield>, count: u64, first: &str) -> f64 {
        let oldest = oldest.map_or(Self::START, |g| g.0);
        oldest - self.step * (count as f64 + 1.0 + shift(first))
    }
}

/// A number in [0, 1) that depends on nothing but the text.
fn shift(text: &str) -> f64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The last byte must reach the bits that are taken.
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 34) as f64 / f64::from(1 << 30)
}

#[cfg(test)]
mod tests;
