//! How long a task waits in the retry table.

use std::time::Duration;

/// The delay before a task is tried again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Backoff {
    /// A random time up to `base * 2^(attempts - 1)`, at most `cap`: retries of tasks that failed
    /// together come back apart.
    Exponential {
        /// Upper bound after the first attempt.
        base: Duration,
        /// Upper bound after any attempt.
        cap: Duration,
    },
    /// `base * attempts`, as sosw does.
    Linear {
        /// Delay after the first attempt.
        base: Duration,
    },
}

impl Backoff {
    /// The default after a reported failure: 30 s, at most an hour, with full jitter.
    pub const AFTER_FAILURE: Self =
        Self::Exponential { base: Duration::from_secs(30), cap: Duration::from_secs(3600) };

    /// The delay after `attempts` attempts; `luck` in [0, 1) is the jitter, drawn by the caller.
    pub fn delay(self, attempts: u32, luck: f64) -> Duration {
        match self {
            Self::Exponential { base, cap } => {
                let doublings = attempts.saturating_sub(1).min(31);
                base.saturating_mul(1 << doublings).min(cap).mul_f64(luck.clamp(0.0, 1.0))
            }
            Self::Linear { base } => base.saturating_mul(attempts.max(1)),
        }
    }
}
