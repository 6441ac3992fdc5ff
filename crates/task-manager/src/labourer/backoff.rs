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

    /// The delay after `attempts` attempts; `jitter` in [0, 1) is drawn by the caller.
    pub fn delay(self, attempts: u32, jitter: f64) -> Duration {
        match self {
            Self::Exponential { base, cap } => {
                let doublings = attempts.saturating_sub(1).min(31);
                base.saturating_mul(1 << doublings).min(cap).mul_f64(jitter.clamp(0.0, 1.0))
            }
            Self::Linear { base } => base.saturating_mul(attempts.max(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_exponential_delay_is_below_its_bound_and_its_cap(
            base in 1_u64..1000, cap in 1_u64..100_000, attempts: u32, jitter in 0.0..1.0,
        ) {
            let (base, cap) = (Duration::from_secs(base), Duration::from_secs(cap));
            let backoff = Backoff::Exponential { base, cap };
            let delay = backoff.delay(attempts, jitter);
            prop_assert!(delay <= cap);
            prop_assert!(delay <= backoff.delay(attempts, 1.0));
            prop_assert!(backoff.delay(attempts, 1.0) <= backoff.delay(attempts.saturating_add(1), 1.0));
        }

        #[test]
        fn a_linear_delay_grows_with_the_attempts(base in 0_u64..1_000_000, attempts: u32) {
            let delay = Backoff::Linear { base: Duration::from_secs(base) }.delay(attempts, 0.5);
            prop_assert_eq!(delay.as_secs(), base * u64::from(attempts.max(1)));
        }
    }

    #[test]
    fn the_bound_of_a_delay_doubles_from_half_a_minute_to_an_hour() {
        let bounds = (1..=9).map(|attempts| Backoff::AFTER_FAILURE.delay(attempts, 1.0).as_secs());
        assert!(bounds.eq([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]));
    }
}
