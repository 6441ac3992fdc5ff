//! What is counted of a minute, and the sums that it is the difference of.

use std::ops::AddAssign;

use serde::Serialize;

use crate::labourer::counts::Counts;

/// What became of tasks; each member of a block counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Numbers {
    /// Attempts begun. Less than nothing where more claims were taken back than made.
    pub started: i64,
    /// Closed as succeeded.
    pub succeeded: i64,
    /// Attempts that failed.
    pub failed: i64,
    /// Attempts that were silent for longer than their lease.
    pub expired: i64,
    /// Closed as failed: no attempts are left, or they cannot be run.
    pub exhausted: i64,
    /// Parked, to be tried again.
    pub retried: i64,
}

impl Numbers {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// In the order in which they are stored.
    pub fn to_list(self) -> [i64; 6] {
        let Self { started, succeeded, failed, expired, exhausted, retried } = self;
        [started, succeeded, failed, expired, exhausted, retried]
    }

    /// What is missing is nothing.
    pub fn from_list(list: &[i64]) -> Self {
        let at = |place: usize| list.get(place).copied().unwrap_or_default();
        Self {
            started: at(0),
            succeeded: at(1),
            failed: at(2),
            expired: at(3),
            exhausted: at(4),
            retried: at(5),
        }
    }
}

impl AddAssign for Numbers {
    fn add_assign(&mut self, other: Self) {
        self.started += other.started;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.expired += other.expired;
        self.exhausted += other.exhausted;
        self.retried += other.retried;
    }
}

/// Everything that was ever counted of a labourer, as one tick saw it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub counts: Counts,
    pub succeeded: u64,
    /// Attempts begun in the slots of successes.
    pub followed: u64,
}

impl Totals {
    /// What came since `earlier`. A count that is lower than before was begun anew: all of it came since.
    pub fn since(self, earlier: Self) -> Numbers {
        self.difference(earlier, |now, before| if now >= before { now - before } else { now })
    }

    /// The same of two readings that may have been stored in the wrong order.
    pub fn since_unordered(self, earlier: Self) -> Numbers {
        self.difference(earlier, u64::saturating_sub)
    }

    fn difference(self, earlier: Self, less: impl Fn(u64, u64) -> u64) -> Numbers {
        let (now, before) = (self.counts, earlier.counts);
        let less = |now, before| i64::try_from(less(now, before)).unwrap_or(i64::MAX);
        let claimed = less(now.claimed, before.claimed) + less(self.followed, earlier.followed);
        Numbers {
            started: claimed - less(now.returned, before.returned),
            succeeded: less(self.succeeded, earlier.succeeded),
            failed: less(now.failed, before.failed),
            expired: less(now.expired, before.expired),
            exhausted: less(now.exhausted, before.exhausted),
            retried: less(now.retried, before.retried),
        }
    }

    /// In the order in which they are stored.
    pub fn to_list(self) -> [u64; 8] {
        let Counts { claimed, returned, failed, expired, exhausted, retried } = self.counts;
        [claimed, returned, failed, expired, exhausted, retried, self.succeeded, self.followed]
    }

    /// What is missing is nothing.
    pub fn from_list(list: &[u64]) -> Self {
        let at = |place: usize| list.get(place).copied().unwrap_or_default();
        let counts = Counts {
            claimed: at(0),
            returned: at(1),
            failed: at(2),
            expired: at(3),
            exhausted: at(4),
            retried: at(5),
        };
        Self { counts, succeeded: at(6), followed: at(7) }
    }
}
