//! Retries, with jitter, of requests that met contention.

use std::time::Duration;

use super::Engine;

/// How long to go on trying, and how long to wait in between.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryPolicy {
    /// The longest first wait. It doubles with every failed try.
    pub first_wait: Duration,
    pub longest_wait: Duration,
    pub budget: Budget,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Budget {
    /// As long as the engine's callers have patience, else [`MAX_TRIES`].
    Patience,
    /// So many failed tries.
    Tries(u32),
    /// So long in waits, however many tries that makes. Only waits count, for they are what the
    /// clock of the client moves; a request has its own time-out.
    Time(Duration),
}

/// How often a request is sent before it is given up. A caller that gives up leaves nothing half
/// done: leases, cursors and parked tasks are still there for the next tick.
const MAX_TRIES: u32 = 12;
/// The same for a caller that has an alternative.
const FEW_TRIES: u32 = 2;

impl RetryPolicy {
    /// For a caller that depends on the answer.
    pub const PATIENT: Self = Self::within(Budget::Patience);
    /// For a caller that has an alternative.
    pub const YIELDING: Self = Self::within(Budget::Tries(FEW_TRIES));

    /// For a caller that has an alternative, but one that costs it something: it waits while a partition is
    /// full.
    pub const THROTTLED: Self = Self {
        first_wait: Duration::from_millis(200),
        longest_wait: Duration::from_secs(2),
        budget: Budget::Time(Duration::from_secs(10)),
    };

    const fn within(budget: Budget) -> Self {
        Self {
            first_wait: Duration::from_millis(16),
            longest_wait: Duration::from_millis(400),
            budget,
        }
    }

    /// The wait after `failed_tries` tries, drawn by `jitter` from a range that doubles. It is never
    /// nothing: those that met once would meet again.
    fn wait(&self, failed_tries: u32, jitter: f64) -> Duration {
        let doubled = 1 << failed_tries.saturating_sub(1).min(16);
        let longest = self.first_wait.saturating_mul(doubled).min(self.longest_wait);
        longest.mul_f64(jitter.clamp(0.05, 1.0))
    }
}

/// The tries of one request.
pub(crate) struct Retries<'a> {
    engine: &'a Engine,
    policy: RetryPolicy,
    failed_tries: u32,
    waited: Duration,
}

impl Retries<'_> {
    /// Waits after a failed try. Returns false, at once, when it was the last one.
    pub async fn again(&mut self) -> bool {
        self.failed_tries += 1;
        let wait = self.policy.wait(self.failed_tries, self.engine.random.fraction());
        let may_go_on = match self.policy.budget {
            Budget::Patience => match self.engine.patience {
                Some(longest) => self.waited + wait <= longest,
                None => self.failed_tries < MAX_TRIES,
            },
            Budget::Tries(most) => self.failed_tries < most,
            Budget::Time(longest) => self.waited + wait <= longest,
        };
        if may_go_on {
            self.waited += wait;
            self.engine.sleep(wait).await;
        }
        may_go_on
    }

    /// There was progress: the whole budget is there again.
    pub fn reset(&mut self) {
        (self.failed_tries, self.waited) = (0, Duration::ZERO);
    }

    /// Failed tries since the last progress.
    pub fn failed_tries(&self) -> u32 {
        self.failed_tries
    }
}

impl Engine {
    pub(crate) fn retries(&self, policy: RetryPolicy) -> Retries<'_> {
        Retries { engine: self, policy, failed_tries: 0, waited: Duration::ZERO }
    }

    /// The wait alone, for a caller that counts its tries itself.
    pub(crate) async fn back_off(&self, policy: RetryPolicy, failed_tries: u32) {
        self.sleep(policy.wait(failed_tries, self.random.fraction())).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    use aws_sdk_dynamodb::{
        Client, Config,
        config::{AsyncSleep, BehaviorVersion, SharedAsyncSleep, Sleep},
    };

    use super::*;

    #[test]
    fn waits_grow_to_their_bound_and_are_never_nothing() {
        let policy = RetryPolicy::PATIENT;
        assert_eq!(policy.wait(1, 1.0), policy.first_wait);
        for failed_tries in 0..40 {
            assert!(policy.wait(failed_tries, 1.0) <= policy.longest_wait);
            assert!(policy.wait(failed_tries, 0.0) > Duration::ZERO);
        }
        assert_eq!(policy.wait(40, 1.0), policy.longest_wait);
    }

    #[derive(Clone, Debug, Default)]
    struct Waits(Arc<Mutex<Vec<Duration>>>);

    impl AsyncSleep for Waits {
        fn sleep(&self, wait: Duration) -> Sleep {
            // The largest draw is a little below 1.
            let wait = Duration::from_secs(wait.as_secs_f64().round() as u64);
            self.0.lock().unwrap_or_else(|e| e.into_inner()).push(wait);
            Sleep::new(std::future::ready(()))
        }
    }

    /// The waits until a policy gives up, and those after some progress.
    async fn waits_of(budget: Budget, patience: Option<Duration>) -> [Vec<Duration>; 2] {
        let (clock, second) = (Waits::default(), Duration::from_secs(1));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .sleep_impl(SharedAsyncSleep::new(clock.clone()));
        let client = Client::from_conf(config.build());
        let random = crate::random::Random::from_fn(|| u128::MAX);
        let engine = Engine { client, random, patience, throttles: None };
        let policy = RetryPolicy { first_wait: second, longest_wait: second * 4, budget };
        let mut retries = engine.retries(policy);
        let mut rounds = [Vec::new(), Vec::new()];
        for round in &mut rounds {
            while retries.again().await {}
            *round = std::mem::take(&mut *clock.0.lock().unwrap_or_else(|e| e.into_inner()));
            retries.reset();
        }
        rounds
    }

    #[tokio::test]
    async fn a_budget_ends_and_progress_renews_it() {
        let seconds =
            |all: &[u64]| all.iter().copied().map(Duration::from_secs).collect::<Vec<_>>();
        let tries = waits_of(Budget::Tries(5), None).await;
        assert_eq!(tries, [seconds(&[1, 2, 4, 4]), seconds(&[1, 2, 4, 4])]);
        let time = waits_of(Budget::Time(Duration::from_secs(8)), None).await;
        assert_eq!(time, [seconds(&[1, 2, 4]), seconds(&[1, 2, 4])]);
        let patient = waits_of(Budget::Patience, Some(Duration::from_secs(100))).await;
        let waited: Duration = patient[0].iter().sum();
        assert_eq!((waited, patient[0].len()), (Duration::from_secs(99), 26));
        let without = waits_of(Budget::Patience, None).await;
        assert_eq!(without[0].len(), MAX_TRIES as usize - 1);
    }
}
