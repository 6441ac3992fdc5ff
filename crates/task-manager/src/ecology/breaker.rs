//! A breaker: while a labourer fails, it is left with probes, and gets its slots back by steps
//! while they succeed.

use serde::{Deserialize, Serialize};

use super::outcomes::Outcomes;

/// When a breaker trips.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breaker {
    /// The part of failed attempts, above 0 up to 1, that trips it. Default 0.5.
    pub threshold: f64,
    /// The latest attempts that are judged. Default 20.
    pub window: u32,
    /// Fewer attempts than this are not judged. Default 5.
    pub minimum: u32,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { threshold: 0.5, window: 20, minimum: 5 }
    }
}

/// What a breaker remembers from tick to tick.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BreakerState {
    /// All slots may be used. Left when too many of the latest attempts failed.
    Closed {
        /// The latest attempts, at most a window of them; older ones fade.
        attempts: f64,
        /// Those of them that failed.
        failed: f64,
    },
    /// Only so many slots may be used. Entered with one; doubled by each tick that goes well,
    /// back to one by a tick that does not, left when all slots are reached.
    Probing { slots: u32 },
}

impl Default for BreakerState {
    fn default() -> Self {
        Self::Closed { attempts: 0.0, failed: 0.0 }
    }
}

impl BreakerState {
    /// The slots that may be used, when they are limited.
    pub fn limit(self) -> Option<u32> {
        match self {
            Self::Closed { .. } => None,
            Self::Probing { slots } => Some(slots),
        }
    }
}

impl Breaker {
    /// The state after a tick with these outcomes, of a labourer with `max` slots.
    pub fn after(&self, state: BreakerState, outcomes: Outcomes, max: u32) -> BreakerState {
        match state {
            _ if outcomes.attempts() == 0 => state,
            BreakerState::Closed { attempts, failed } => self.judge(attempts, failed, outcomes),
            BreakerState::Probing { .. } if outcomes.trouble() >= self.threshold => {
                BreakerState::Probing { slots: 1 }
            }
            BreakerState::Probing { slots } => match slots.saturating_mul(2) {
                more if more >= max => BreakerState::default(),
                more => BreakerState::Probing { slots: more },
            },
        }
    }

    fn judge(&self, attempts: f64, failed: f64, outcomes: Outcomes) -> BreakerState {
        let new = f64::from(outcomes.attempts());
        let room = (f64::from(self.window) - new).max(0.0);
        let kept = if attempts > room { room / attempts } else { 1.0 };
        let attempts = attempts * kept + new;
        let failed = failed * kept + new * outcomes.trouble();
        if attempts >= f64::from(self.minimum) && failed >= self.threshold * attempts {
            return BreakerState::Probing { slots: 1 };
        }
        BreakerState::Closed { attempts, failed }
    }
}
