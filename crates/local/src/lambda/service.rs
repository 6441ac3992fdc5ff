//! The core of the service: admits requests, runs them synchronously or as events, counts and publishes
//! each attempt.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use serde::de::IgnoredAny;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use uuid::Uuid;

use super::deployed::Deployed;
use super::error::{EVENT_LIMIT, InvokeError, SYNC_LIMIT};
use super::events;
use super::function::RecursiveLoop;
use super::invocation::{FailureKind, Invocation, InvocationOutcome};
use super::registry::Registry;
use super::stats::{Counters, Finished, Held, count};
use super::trace::TraceHeader;
use crate::sns::Topics;
use crate::sync::StopSignal;

/// State that every request shares.
pub(crate) struct Service {
    pub(crate) registry: Registry,
    pub(crate) topics: Option<Topics>,
    pub(crate) stop: StopSignal,
    /// Events accepted and not finished, plus calls in flight.
    pub(crate) pending: watch::Sender<usize>,
    pub(crate) finished: broadcast::Sender<Finished>,
}

/// What a synchronous caller gets.
pub(crate) struct Called {
    pub(crate) request_id: String,
    pub(crate) trace: TraceHeader,
    pub(crate) outcome: InvocationOutcome,
}

/// An admitted request. `looped` says that its chain came round too often.
pub(crate) struct Admitted {
    pub(crate) function: Arc<Deployed>,
    pub(crate) invocation: Arc<Invocation>,
    pub(crate) looped: bool,
}

/// Which attempt of what kind this is, and since when it could have started.
#[derive(Clone, Copy)]
pub(crate) struct InvocationAttempt {
    pub(crate) number: u32,
    pub(crate) asynchronous: bool,
    pub(crate) ready: Instant,
}

impl Service {
    /// Everything that is checked before a request is run or queued.
    pub(crate) fn admit(
        &self,
        target: &str,
        qualifier: Option<&str>,
        payload: Bytes,
        trace: &TraceHeader,
    ) -> Result<Admitted, InvokeError> {
        if self.stop.given() {
            let function = target.to_owned();
            return Err(InvokeError::Service {
                function,
                reason: "it has been shut down".to_owned(),
            });
        }
        let (function, invoked_arn) = self.registry.find(target, qualifier)?;
        // A request without a payload is an empty event.
        let payload = if payload.is_empty() { Bytes::from_static(b"{}") } else { payload };
        serde_json::from_slice::<IgnoredAny>(&payload)
            .map_err(|error| InvokeError::NotJson { reason: error.to_string() })?;
        let entered = trace.enter(&function.hash);
        let allowed = function.function().recursive_loop == RecursiveLoop::Allow;
        let looped = entered.is_err() && !allowed;
        let trace = entered.unwrap_or_else(|_| trace.enter_anyway(&function.hash));
        let invocation = Invocation {
            request_id: Uuid::new_v4().to_string(),
            payload,
            trace,
            invoked_arn,
            accepted: Instant::now(),
        };
        Ok(Admitted { function, invocation: Arc::new(invocation), looped })
    }

    /// A synchronous call. It continues when its caller disconnects.
    pub(crate) async fn call(
        self: &Arc<Self>,
        target: &str,
        qualifier: Option<&str>,
        payload: Bytes,
        trace: &TraceHeader,
    ) -> Result<Called, InvokeError> {
        if payload.len() > SYNC_LIMIT {
            return Err(InvokeError::TooLarge);
        }
        let Admitted { function, invocation, looped } =
            self.admit(target, qualifier, payload, trace)?;
        let name = function.function().name.clone();
        if looped {
            return Err(InvokeError::Recursive { function: name });
        }
        let Ok(permit) = Arc::clone(&function.permits).try_acquire_owned() else {
            count(&function.plan.counters.throttles);
            return Err(InvokeError::Throttled { function: name });
        };
        let attempt =
            InvocationAttempt { number: 1, asynchronous: false, ready: invocation.accepted };
        let ran = self.run(&function, &invocation, permit, attempt).await;
        let outcome = ran.map_err(|reason| InvokeError::Service { function: name, reason })?;
        Ok(Called {
            request_id: invocation.request_id.clone(),
            trace: invocation.trace.clone(),
            outcome,
        })
    }

    /// Takes an event over: from here on it is run, retried, and its record delivered. Returns its request id.
    pub(crate) fn accept(
        self: &Arc<Self>,
        target: &str,
        qualifier: Option<&str>,
        payload: Bytes,
        trace: &TraceHeader,
    ) -> Result<String, InvokeError> {
        if payload.len() > EVENT_LIMIT {
            return Err(InvokeError::EventTooLarge { size: payload.len() });
        }
        let admitted = self.admit(target, qualifier, payload, trace)?;
        let request_id = admitted.invocation.request_id.clone();
        events::carry(self, admitted);
        Ok(request_id)
    }

    /// Runs one attempt in a task of its own, counts and publishes it. Stopping the service ends it.
    pub(crate) async fn run(
        self: &Arc<Self>,
        function: &Arc<Deployed>,
        invocation: &Arc<Invocation>,
        permit: OwnedSemaphorePermit,
        attempt: InvocationAttempt,
    ) -> Result<InvocationOutcome, String> {
        let (service, function, invocation) =
            (Arc::clone(self), Arc::clone(function), Arc::clone(invocation));
        let running = tokio::spawn(async move {
            let _pending = Pending::new(&service.pending);
            let _in_flight = Held::new(&function.plan.counters, |counters| &counters.in_flight);
            let started = Instant::now();
            let outcome = tokio::select! {
                biased;
                () = service.stop.wait() => return Err("it has been shut down".to_owned()),
                outcome = function.attempt(&invocation, permit) => outcome?,
            };
            service.report(&function, &invocation, attempt, started, &outcome);
            Ok(outcome)
        });
        running.await.unwrap_or_else(|error| Err(error.to_string()))
    }

    fn report(
        &self,
        function: &Deployed,
        invocation: &Invocation,
        attempt: InvocationAttempt,
        started: Instant,
        outcome: &InvocationOutcome,
    ) {
        let counters: &Counters = &function.plan.counters;
        count(&counters.invoked);
        if outcome.failure_kind().is_some() {
            count(&counters.errors);
        }
        if outcome.failure_kind() == Some(FailureKind::TimedOut) {
            count(&counters.timeouts);
        }
        let finished = Finished {
            function: function.function().name.clone(),
            request_id: invocation.request_id.clone(),
            payload: invocation.payload.clone(),
            asynchronous: attempt.asynchronous,
            attempt: attempt.number,
            start_delay: started.saturating_duration_since(attempt.ready),
            duration: started.elapsed(),
            error: outcome.failure_kind().zip(outcome.error()),
        };
        // There need not be a receiver.
        let _ = self.finished.send(finished);
    }
}

/// One more thing to wait for, for as long as this lives.
pub(crate) struct Pending(watch::Sender<usize>);

impl Pending {
    pub(crate) fn new(pending: &watch::Sender<usize>) -> Self {
        pending.send_modify(|count| *count = count.saturating_add(1));
        Self(pending.clone())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}
