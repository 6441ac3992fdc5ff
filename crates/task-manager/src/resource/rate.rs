//! How many tasks may start in a while: the generic cell rate algorithm (GCRA), exact for any window.
//!
//! One number is kept, the *theoretical arrival time* (`tat`): the time at which everything taken so far would have
//! been taken, had it been taken evenly. A token moves it on by the interval *T*; up to `burst` tokens may be taken
//! ahead of it. In a window of `per` so many are taken at most: `burst` at once, then one each *T*. With
//! *T* = per / (limit - burst + 1) that is at most `limit`, wherever the window begins.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// At most `limit` in any window of `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Tokens in a window. From 1 to 1,000,000.
    pub limit: u32,
    /// The window.
    pub per: Duration,
    /// Tokens that may be taken at once; from 1 to `limit`.
    pub burst: u32,
}

impl Rate {
    /// From one token to the next, if they are taken evenly. Times are kept to the microsecond: it is rounded up,
    /// and one more, or a window would hold one token too many.
    pub fn interval(self) -> Duration {
        let intervals = u128::from(self.limit.saturating_sub(self.burst)) + 1;
        let micros = self.per.as_micros().div_ceil(intervals) + 1;
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    /// So many intervals.
    fn intervals(self, count: u32) -> Duration {
        self.interval().saturating_mul(count)
    }

    /// The latest `tat` at which `count` tokens may still be taken at `now`.
    pub fn latest(self, now: Timestamp, count: u32) -> Timestamp {
        now + self.intervals(self.burst.saturating_sub(count))
    }

    /// Where `tat` is once `count` tokens were taken at `now`.
    pub fn after(self, tat: Option<Timestamp>, now: Timestamp, count: u32) -> Timestamp {
        tat.unwrap_or(now).max(now) + self.intervals(count)
    }

    /// How long it is until `count` tokens may be taken; no time if they may be now.
    pub fn wait(self, tat: Option<Timestamp>, now: Timestamp, count: u32) -> Duration {
        let latest = self.latest(now, count);
        tat.map_or(Duration::ZERO, |tat| tat.since(latest))
    }

    /// Tokens that may be taken at `now`.
    pub fn available(self, tat: Option<Timestamp>, now: Timestamp) -> u32 {
        let fits = |count: &u32| self.wait(tat, now, *count).is_zero();
        let (mut least, mut most) = (0, self.burst);
        while least < most {
            let middle = least + (most - least).div_ceil(2);
            if fits(&middle) { least = middle } else { most = middle - 1 }
        }
        least
    }
}
