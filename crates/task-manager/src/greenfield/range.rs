//! Ranges of a labourer's number line, as the index of the tasks table is asked for them.

use std::time::Duration;

use super::{Greenfield, Scale};
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyRange {
    /// Below this, which is not included.
    Below(f64),
    /// From the first to the second, both included: the only form of a range that DynamoDB knows.
    Between(f64, f64),
    /// From this on, which is included.
    From(f64),
}

impl KeyRange {
    /// The queue at `now`.
    pub fn queued(now: Timestamp) -> Self {
        Self::Below(now.seconds())
    }

    /// What stands in the queue before `place`.
    pub fn before(place: Greenfield) -> Self {
        Self::Below(place.0)
    }

    /// The queue at `now` from `place` on.
    pub fn queued_from(place: Greenfield, now: Timestamp) -> Self {
        Self::half_open(place.0, now.seconds())
    }

    /// Attempts that no report has ended: the running and the expired ones.
    pub fn invoked(now: Timestamp) -> Self {
        Self::From(now.seconds())
    }

    /// Attempts within their lease.
    pub fn running(now: Timestamp, lease: Duration, scale: Scale) -> Self {
        Self::From(Greenfield::lowest_running(now, lease, scale).0)
    }

    /// Attempts whose lease has passed.
    pub fn expired(now: Timestamp, lease: Duration, scale: Scale) -> Self {
        Self::half_open(now.seconds(), Greenfield::lowest_running(now, lease, scale).0)
    }

    /// From `from` to the last number before `to`. DynamoDB refuses ranges that end before they
    /// begin, so an empty one holds its first number.
    fn half_open(from: f64, to: f64) -> Self {
        Self::Between(from, to.next_down().max(from))
    }

    pub fn contains(self, Greenfield(place): Greenfield) -> bool {
        match self {
            Self::Below(to) => place < to,
            Self::Between(from, to) => (from..=to).contains(&place),
            Self::From(from) => place >= from,
        }
    }
}
