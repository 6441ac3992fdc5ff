//! Places of tasks that line up: evenly spaced, behind the newest of the queue or before the oldest.

use serde::{Deserialize, Serialize};

use super::{Greenfield, Scale};
use crate::time::Timestamp;

/// How many more tasks a step must leave room for. With it the places of the first 760,000 tasks
/// are `step` apart; after that each task takes a millionth of the room that is left, and as time
/// gives new room, the places never run out (nor out of the 15 digits of a double).
const HORIZON: f64 = 1e6;

/// The place before the first task of an empty queue.
const START: Greenfield = Greenfield(1000.0);

/// Evenly spaced places on the number line. Each is a function of its number alone, so that the
/// ranges of a job can be filled side by side and keep one order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Places {
    /// The place before the first.
    pub base: f64,
    /// The distance of two.
    pub step: f64,
}

impl Places {
    /// Room for `count` new tasks (and a horizon of later ones) between `newest` and `now`. `first`,
    /// which names the first of them (and its time, if it may come more than once), shifts them by a part of a
    /// step: two creators who read the same `newest` do not share a place, and a task that comes back does not
    /// stand where it stood before.
    pub fn behind(
        newest: Option<Greenfield>,
        now: Timestamp,
        count: u64,
        first: &str,
        scale: Scale,
    ) -> Self {
        let Greenfield(newest) = newest.unwrap_or(START);
        let room = (now.seconds() - newest).max(0.0);
        let step = scale.step.min(room / (count as f64 + HORIZON));
        Self { base: newest + step * shift(first), step }
    }

    /// Room for `count` requeued tasks, the last of which goes before `oldest`. Shifted by `first`,
    /// which names the first of them and its time: a task that comes back once more does not stand
    /// where it stood before, so that a write that expects it there is refused.
    pub fn before(oldest: Option<Greenfield>, count: u64, first: &str, scale: Scale) -> Self {
        let (Greenfield(oldest), step) = (oldest.unwrap_or(START), scale.step);
        Self { base: oldest - step * (count as f64 + 1.0 + shift(first)), step }
    }

    /// Place number `n`, counted from 0.
    pub fn of(self, n: u64) -> Greenfield {
        Greenfield(self.base + self.step * (n + 1) as f64)
    }

    /// The number of the task at or before `place`; the first one's if all are behind it.
    pub fn number(self, Greenfield(place): Greenfield) -> u64 {
        (((place - self.base) / self.step).floor() as u64).saturating_sub(1)
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
