//! What became of a labourer's attempts since the last tick.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Counts of one tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    pub succeeded: u32,
    /// Attempts that failed or expired.
    pub failed: u32,
    /// Invocations that Lambda refused because of its limits.
    pub throttled: u32,
    /// Attempts that asked to come back later (`retry_after`).
    pub deferred: u32,
    /// Slots in use now.
    pub running: u32,
}

impl Outcomes {
    pub fn attempts(self) -> u32 {
        self.succeeded
            .saturating_add(self.failed)
            .saturating_add(self.throttled)
            .saturating_add(self.deferred)
    }

    /// The part of the attempts that did not go well, from 0 to 1.
    pub fn trouble(self) -> f64 {
        let attempts = self.attempts();
        if attempts == 0 {
            return 0.0;
        }
        1.0 - f64::from(self.succeeded) / f64::from(attempts)
    }
}

/// Attempts that did not go well, counted up and never down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Failed, expired, or refused by Lambda.
    pub failed: u32,
    /// Not taken by Lambda because of its limits.
    pub throttled: u32,
    /// Failed, and the labourer itself set the delay (`retry_after`).
    pub deferred: u32,
}

impl Trouble {
    /// What has come since `earlier`; nothing if the count was begun anew.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            failed: self.failed.saturating_sub(earlier.failed),
            throttled: self.throttled.saturating_sub(earlier.throttled),
            deferred: self.deferred.saturating_sub(earlier.deferred),
        }
    }
}

/// How far the outcomes of a labourer have been counted, so that each counts at one tick.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    /// All successes before this: the index of closed tasks shows all of them.
    pub before: Timestamp,
    /// So many from then on, which the index showed already.
    #[serde(default)]
    pub unsettled: u32,
    /// All of this trouble.
    pub trouble: Trouble,
}
