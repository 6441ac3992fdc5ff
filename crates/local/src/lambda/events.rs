//! The life of an asynchronous event: wait for concurrency, run, retry, and send the record to a destination.
//!
//! Lambda throttles events above a function's concurrency inside its queue; here they wait in line for it,
//! in the order in which they came, so that no attempt is refused and none starts later than it could.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::deployed::Deployed;
use super::destination::{self, Completion, Condition};
use super::error::InvokeError;
use super::event_config::EventConfig;
use super::invocation::{FailureKind, FunctionError, Invocation, InvocationOutcome};
use super::service::{Admitted, InvocationAttempt, Pending, Service};
use super::stats::{Held, count};

/// Pause after an attempt that this machine could not run: 1 s, doubled each time up to 5 min, as Lambda.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Takes the event over in a task of its own.
pub(crate) fn carry(service: &Arc<Service>, admitted: Admitted) {
    let service = Arc::clone(service);
    // Both count from the moment of acceptance on, not from when the task first runs.
    let pending = Pending::new(&service.pending);
    let queued = Held::new(&admitted.function.plan.counters, |counters| &counters.queued);
    let accepted = admitted.function.accepted.begin();
    tokio::spawn(async move {
        let stop = service.stop.wait();
        tokio::select! {
            // First, so that an attempt ended by the stop does not count as a failure of its event.
            biased;
            () = stop => {}
            () = to_its_end(&service, admitted, queued) => {}
        }
        drop(accepted);
        drop(pending);
    });
}

async fn to_its_end(service: &Arc<Service>, admitted: Admitted, queued: Held) {
    let Admitted { function, invocation, looped } = admitted;
    let ending = if looped {
        loop_stopped(&function)
    } else if function.function().concurrency == 0 {
        Completion { condition: Condition::RetriesExhausted, attempts: 0, last: None }
    } else {
        attempts(service, &function, &invocation, queued).await
    };
    if ending.condition != Condition::Success {
        count(&function.plan.counters.dropped);
    }
    destination::deliver(service, &function, &invocation, &ending);
}

/// How AWS words the record of a stopped loop is not documented; it is taken for spent retries.
fn loop_stopped(function: &Deployed) -> Completion {
    let error = InvokeError::Recursive { function: function.function().name.clone() };
    tracing::warn!(function = %function.function().name, "event dropped: {error}");
    let error = FunctionError::new(error.code(), error.to_string());
    Completion {
        condition: Condition::RetriesExhausted,
        attempts: 0,
        last: Some(InvocationOutcome::failure(FailureKind::Function, &error)),
    }
}

async fn attempts(
    service: &Arc<Service>,
    function: &Arc<Deployed>,
    invocation: &Arc<Invocation>,
    queued: Held,
) -> Completion {
    let config = &function.function().events;
    let expires = invocation.accepted + config.maximum_event_age;
    let mut queued = Some(queued);
    let mut ready = invocation.accepted;
    let mut so_far = SoFar::default();
    loop {
        let permit = Arc::clone(&function.permits).acquire_owned();
        let Ok(Ok(permit)) = tokio::time::timeout_at(expires.into(), permit).await else {
            return so_far.ending(Condition::EventAgeExceeded);
        };
        queued.take();
        so_far.attempts = so_far.attempts.saturating_add(1);
        let attempt = InvocationAttempt { number: so_far.attempts, asynchronous: true, ready };
        let ran = service.run(function, invocation, permit, attempt).await;
        let pause = match so_far.judge(config, ran) {
            Next::End(condition) => return so_far.ending(condition),
            Next::Again(pause) => pause,
        };
        queued = Some(Held::new(&function.plan.counters, |counters| &counters.queued));
        ready = Instant::now() + pause;
        if ready >= expires {
            return so_far.ending(Condition::EventAgeExceeded);
        }
        tokio::time::sleep_until(ready.into()).await;
    }
}

/// What is known of an event after some attempts.
#[derive(Default)]
struct SoFar {
    attempts: u32,
    failures: u32,
    last: Option<InvocationOutcome>,
}

enum Next {
    End(Condition),
    Again(Duration),
}

impl SoFar {
    fn judge(&mut self, config: &EventConfig, ran: Result<InvocationOutcome, String>) -> Next {
        match ran {
            Ok(outcome) if outcome.failure_kind().is_none() => {
                self.last = Some(outcome);
                Next::End(Condition::Success)
            }
            Ok(failure) => {
                self.last = Some(failure);
                self.failures = self.failures.saturating_add(1);
                match self.failures > config.maximum_retry_attempts {
                    true => Next::End(Condition::RetriesExhausted),
                    false => Next::Again(retry_delay(config, self.failures)),
                }
            }
            Err(reason) => {
                tracing::warn!(%reason, "event put back");
                Next::Again(machine_pause(self.attempts.saturating_sub(self.failures)))
            }
        }
    }

    fn ending(self, condition: Condition) -> Completion {
        Completion { condition, attempts: self.attempts, last: self.last }
    }
}

fn retry_delay(config: &EventConfig, failures: u32) -> Duration {
    let place = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    config.retry_delays.get(place).or(config.retry_delays.last()).copied().unwrap_or_default()
}

fn machine_pause(refusals: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(refusals.saturating_sub(1).min(16));
    FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
}
