//! A labourer's record of a minute.

use std::time::Duration;

use super::{Durations, Numbers, Successes, Totals};
use crate::{ecology::Health, labourer::counts::Counts, limits::cut, time::Timestamp};

const MINUTE: f64 = 60.0;
/// So many bytes of a reason are kept, so that a record is one write unit.
const MAX_REASON: usize = 160;

/// The begin of the minute.
pub fn minute_of(now: Timestamp) -> Timestamp {
    Timestamp::from_seconds((now.seconds() / MINUTE).floor() * MINUTE)
}

/// How a labourer, or the stack, stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gauges {
    /// Tasks that wait: some thousands, or more.
    pub queued: u64,
    /// How long ago the first of them was created.
    pub oldest: Duration,
    /// Attempts that hold a slot.
    pub running: u32,
    /// Slots there are.
    pub slots: u32,
    pub health: Health,
    /// For people: why there are so few slots, or why nothing starts.
    pub reason: String,
}

impl Gauges {
    pub fn is_idle(&self) -> bool {
        self.queued == 0 && self.running == 0
    }
}

/// What a tick read of a labourer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub gauges: Gauges,
    pub counts: Counts,
    /// Are the counters younger than any record that may have been deleted?
    pub is_new: bool,
    pub successes: Successes,
    /// The successes are those that were closed before this, from where the record before has ended.
    pub until: Timestamp,
}

/// One minute of a labourer.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// At whose begin, or soon after, it was made.
    pub minute: Timestamp,
    /// The minute of the record before, which its numbers are counted from.
    pub since: Option<Timestamp>,
    /// Successes before this are counted.
    pub until: Timestamp,
    pub gauges: Gauges,
    /// What came since the record before.
    pub numbers: Numbers,
    pub totals: Totals,
    /// From claim to success, of the successes in `numbers`.
    pub durations: Durations,
}

impl Record {
    /// The record of this minute, after the one before; nothing if nothing happened. Once more than that after
    /// the last activity: so that what it shows ends at nothing.
    pub fn next(before: Option<&Self>, minute: Timestamp, reading: Reading) -> Option<Self> {
        let Reading { mut gauges, counts, is_new, successes, until } = reading;
        // Of counters that are older than what is left of the records nobody knows what has been told of them.
        let known = match before {
            Some(before) => before.totals,
            None if is_new => Totals::default(),
            None => Totals { counts, ..Totals::default() },
        };
        let totals = Totals {
            counts,
            succeeded: known.succeeded + successes.tasks,
            followed: known.followed + successes.followed_by,
        };
        let numbers = totals.since(known);
        let was_idle = before.is_none_or(|before| before.gauges.is_idle());
        if numbers.is_empty() && gauges.is_idle() && was_idle {
            return None;
        }
        gauges.reason = cut(&gauges.reason, MAX_REASON);
        let durations = successes.durations.compact();
        let since = before.map(|before| before.minute);
        Some(Self { minute, since, until, gauges, numbers, totals, durations })
    }

    /// Its numbers, as they are after the record that stands before it. They differ from those it was made with
    /// if that one was stored later: by a tick that was overtaken.
    pub fn numbers_after(&self, before: &Self) -> Numbers {
        match self.since {
            Some(since) if since >= before.minute => self.numbers,
            _ => self.totals.since_unordered(before.totals),
        }
    }
}
