//! How many tasks may start in a while: the generic cell rate algorithm (GCRA), exact for any window.
//!
//! One number is kept, the *theoretical arrival time* (`tat`): the time at which everything taken so far would have
//! been taken, had it been taken evenly. A token moves it on by the interval *T*; up to `burst` tokens may be taken
//! ahead of it. In a window of `per` so many are taken at most: `burst` at once, then one each *T*. With
//! *T* = per / (limit - burst + 1) that is at most `limit`, wherever the window begins.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ledger::{ConfigAge, Pause, SetLive};
use crate::{ids::ResourceId, time::Timestamp};

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

    /// So many intervals: `tat` moves on by that, to the microsecond.
    pub fn intervals(self, count: u32) -> Duration {
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

    /// Tokens that are taken at once while tasks wait: half of the burst, so that starts are even, and that who comes a
    /// little late for the next ones loses none.
    pub fn batch(self) -> u32 {
        (self.burst / 2).max(1)
    }

    /// Tokens that are waited for together: a batch, if they come soon after one another.
    pub fn awaited(self) -> u32 {
        const SOON: Duration = Duration::from_secs(1);
        let soon = SOON.as_micros() / self.interval().as_micros().max(1);
        u32::try_from(soon).unwrap_or(u32::MAX).min(self.batch()).max(1)
    }

    /// How late after its token a task may start: a tenth of the window, but not less than an invocation takes.
    pub fn lateness(self) -> Duration {
        const LEAST: Duration = Duration::from_secs(1);
        (self.per / 10).max(LEAST)
    }

    /// Is it lower, on the whole or at once?
    fn allows_less_than(self, other: Self) -> bool {
        let per_other = |rate: Self, per: Duration| u128::from(rate.limit) * per.as_micros();
        per_other(self, other.per) < per_other(other, self.per) || self.burst < other.burst
    }

    /// Where `tat` is from now on, if it was that under `old`. As many tokens count as taken ahead as were, and those by
    /// which the burst is higher: they come in turn, unless nothing was taken for as long. So a window with changes in it,
    /// of any length, holds at most what one of the rates allows: while a rate is in force, a part *w* of the window
    /// adds *w* / *T* and what is taken ahead at its end, less what was at its beginning.
    pub fn carried(self, tat: Option<Timestamp>, old: Self, now: Timestamp) -> Option<Timestamp> {
        let tat = tat?;
        let ahead = tat.since(now).as_secs_f64() - now.since(tat).as_secs_f64();
        let higher = f64::from(self.burst.saturating_sub(old.burst));
        let tokens = ahead / old.interval().as_secs_f64() + higher;
        // Rounded up, as an interval is.
        let micros = (tokens * self.interval().as_secs_f64() * 1e6).ceil() + 1.0;
        let ahead = Duration::try_from_secs_f64(micros.abs() / 1e6).unwrap_or_default();
        Some(if micros < 0.0 { now - ahead } else { now + ahead })
    }
}

/// A resource's rate as it is written down: one item, which takers of tokens update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateState {
    /// By the config.
    pub configured: Rate,
    /// Which config that was.
    pub config: ConfigAge,
    /// What somebody has set since, until another config is pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<SetLive<Rate>>,
    /// How often limit or pause were changed. Who takes tokens requires that they know the latest.
    #[serde(skip)]
    pub revision: u64,
    #[serde(skip)]
    pub pause: Option<Pause>,
    /// See [`Rate`]; nothing, if no token was ever taken.
    #[serde(skip)]
    pub tat: Option<Timestamp>,
    /// The newest tick of the orchestrator that looks after those who wait.
    #[serde(skip)]
    pub turn: Option<Timestamp>,
    /// Tokens that were ever taken.
    #[serde(skip)]
    pub taken: u64,
}

impl RateState {
    /// The rate of a config, which nobody has used yet.
    pub fn new(configured: Rate, pushed: u64, now: Timestamp) -> Self {
        let config = ConfigAge { pushed, seen: now };
        let (set, pause, tat, turn) = (None, None, None, None);
        Self { configured, config, set, revision: 1, pause, tat, turn, taken: 0 }
    }

    /// As it is configured, or as somebody has set it since.
    pub fn rate(&self) -> Rate {
        self.set.as_ref().map_or(self.configured, |set| set.to)
    }

    /// Until when nothing that uses it starts.
    pub fn paused_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.pause.as_ref().map(|pause| pause.until).filter(|until| now < *until)
    }

    /// The same with another rate in force, and the tokens that were taken ahead.
    pub fn with_set(self, set: SetLive<Rate>, now: Timestamp) -> Self {
        let old = self.rate();
        Self { set: Some(set), ..self }.carried_from(old, now)
    }

    /// The same by a config that was pushed then, with what somebody must know of it. An older one changes nothing.
    pub fn under(self, configured: Rate, pushed: u64, now: Timestamp) -> (Self, Option<String>) {
        let old = self.rate();
        let is_newer = pushed > self.config.pushed;
        let state = if configured == self.configured {
            // The same rate, pushed anew, ends what somebody has set.
            let config = ConfigAge { pushed: pushed.max(self.config.pushed), ..self.config };
            Self { set: self.set.clone().filter(|_| !is_newer), config, ..self.clone() }
        } else if self.config.gives_way_to(pushed, configured.allows_less_than(old), now) {
            let config = ConfigAge { pushed: pushed.max(self.config.pushed), seen: now };
            Self { configured, config, set: None, ..self.clone() }
        } else {
            return (self, None);
        };
        let replaced = self.set.filter(|_| state.set.is_none());
        let remark = replaced.map(|set| {
            let (configured, was) = (state.configured, set.to);
            format!(
                "the {} in {} of the config replace the {} in {} that {} has set",
                configured.limit,
                protocol::duration::text(configured.per),
                was.limit,
                protocol::duration::text(was.per),
                set.by,
            )
        });
        (state.carried_from(old, now), remark)
    }

    fn carried_from(self, old: Rate, now: Timestamp) -> Self {
        let rate = self.rate();
        let tat = if rate == old { self.tat } else { rate.carried(self.tat, old, now) };
        Self { tat, ..self }
    }
}

/// Why no task may start, and until when that is so at least.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RateWait {
    pub resource: ResourceId,
    pub until: Timestamp,
    /// Because it is paused, and not because its tokens are used up.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
}

#[cfg(test)]
mod tests;
