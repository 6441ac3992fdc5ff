//! What becomes of a labourer's tasks, counted in the transactions that begin and end attempts.
//!
//! A counter is part of an item that such a transaction writes anyway: the labourer's row where a slot is taken
//! or given back there, a counter of freed slots where it is given back there. A success that hands its slot over
//! writes neither, so that no item is hot; it is counted by its entry in the index of closed tasks
//! ([`crate::history::Success`]). What is left is an attempt that did not succeed and hands its slot over: that
//! transaction has one write more.
//!
//! Counters only grow, so the counts of a minute are the difference of two readings, whoever took them and however
//! many were missed in between.

use std::ops::AddAssign;

/// Tasks, each member of a block for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Their attempts were begun, but for those that followed a success in its slot.
    pub claimed: u64,
    /// Their claims were taken back: Lambda had no room.
    pub returned: u64,
    /// Their attempts failed.
    pub failed: u64,
    /// Their attempts were silent for longer than their lease.
    pub expired: u64,
    /// They were closed as exhausted.
    pub exhausted: u64,
    /// They were parked to be tried again.
    pub retried: u64,
}

impl Counts {
    /// The counters by the names of their attributes.
    pub fn fields(self) -> [(&'static str, u64); 6] {
        let Self { claimed, returned, failed, expired, exhausted, retried } = self;
        [
            ("claimed", claimed),
            ("returned", returned),
            ("failed", failed),
            ("expired", expired),
            ("exhausted", exhausted),
            ("retried", retried),
        ]
    }

    /// Counters as an item has them.
    pub fn read(read: impl Fn(&str) -> u64) -> Self {
        Self {
            claimed: read("claimed"),
            returned: read("returned"),
            failed: read("failed"),
            expired: read("expired"),
            exhausted: read("exhausted"),
            retried: read("retried"),
        }
    }

    /// Is nothing counted?
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.claimed += other.claimed;
        self.returned += other.returned;
        self.failed += other.failed;
        self.expired += other.expired;
        self.exhausted += other.exhausted;
        self.retried += other.retried;
    }
}
