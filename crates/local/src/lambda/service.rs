//! The heart of the service: the deployed functions, admission of requests, and one attempt counted and told.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use serde::de::IgnoredAny;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use uuid::Uuid;

use super::deployed::Deployed;
use super::environment::Blueprint;
use super::environment::logs::LogSink;
use super::environment::process::Groups;
use super::error::{DeployError, EVENT_LIMIT, InvokeError, SYNC_LIMIT};
use super::events;
use super::function::{Code, Function, RecursiveLoop};
use super::invocation::{FailureKind, Invocation, Outcome};
use super::name::FunctionName;
use super::stats::{Counters, Finished, FunctionStats, Held, count};
use super::trace::Trace;
use crate::account::Account;
use crate::sns::Topics;
use crate::sync::Stop;

type Functions = BTreeMap<String, Arc<Deployed>>;

/// State that every request shares.
pub(crate) struct Service {
    pub(crate) account: Account,
    pub(crate) topics: Option<Topics>,
    pub(crate) stop: Stop,
    pub(crate) groups: Arc<Groups>,
    /// Events accepted and not finished, plus calls in flight.
    pub(crate) pending: watch::Sender<usize>,
    pub(crate) finished: broadcast::Sender<Finished>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) sink: LogSink,
    pub(crate) functions: RwLock<Functions>,
}

/// What a synchronous caller gets.
pub(crate) struct Called {
    pub(crate) request_id: String,
    pub(crate) trace: Trace,
    pub(crate) outcome: Outcome,
}

/// An admitted request. `looped` says that its chain came round too often.
pub(crate) struct Admitted {
    pub(crate) function: Arc<Deployed>,
    pub(crate) invocation: Arc<Invocation>,
    pub(crate) looped: bool,
}

/// Which attempt of what kind this is, and since when it could have started.
#[derive(Clone, Copy)]
pub(crate) struct Attempt {
    pub(crate) number: u32,
    pub(crate) asynchronous: bool,
    pub(crate) ready: Instant,
}

impl Service {
    pub(crate) fn deploy(&self, function: Function) -> Result<(), DeployError> {
        check(&function)?;
        let name = function.name.clone();
        if self.stop.given() {
            return Err(DeployError::Stopped { function: name });
        }
        let mut functions = self.functions.write().unwrap_or_else(PoisonError::into_inner);
        let counters =
            functions.get(&name).map(|old| Arc::clone(&old.plan.counters)).unwrap_or_default();
        let plan = Blueprint {
            arn: self.account.function_arn(&name),
            function,
            variables: self.variables.clone(),
            sink: Arc::clone(&self.sink),
            groups: Arc::clone(&self.groups),
            counters,
        };
        functions.insert(name, Arc::new(Deployed::new(plan)));
        Ok(())
    }

    pub(crate) fn remove(&self, name: &str) -> bool {
        self.functions.write().unwrap_or_else(PoisonError::into_inner).remove(name).is_some()
    }

    pub(crate) fn clear(&self) {
        let functions =
            std::mem::take(&mut *self.functions.write().unwrap_or_else(PoisonError::into_inner));
        drop(functions);
    }

    pub(crate) fn functions(&self) -> RwLockReadGuard<'_, Functions> {
        self.functions.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn stats(&self) -> Vec<FunctionStats> {
        self.functions()
            .iter()
            .map(|(name, deployed)| deployed.plan.counters.snapshot(name))
            .collect()
    }

    /// The function a request names, and the ARN it named it by.
    pub(crate) fn find(
        &self,
        target: &str,
        qualifier: Option<&str>,
    ) -> Result<(Arc<Deployed>, String), InvokeError> {
        let named = FunctionName::parse(target)
            .ok_or_else(|| InvokeError::BadName { name: target.to_owned() })?;
        let mut arn = self.account.function_arn(&named.name);
        if let Some(qualifier) = named.qualifier.as_deref().or(qualifier) {
            arn = format!("{arn}:{qualifier}");
        }
        let found = self.functions().get(&named.name).cloned();
        found.map(|deployed| (deployed, arn.clone())).ok_or(InvokeError::NotFound { arn })
    }

    /// Everything that is checked before a request is run or queued.
    pub(crate) fn admit(
        &self,
        target: &str,
        qualifier: Option<&str>,
        payload: Bytes,
        trace: &Trace,
    ) -> Result<Admitted, InvokeError> {
        let (function, invoked_arn) = self.find(target, qualifier)?;
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

    /// A synchronous call. It goes on when its caller has gone.
    pub(crate) async fn call(
        self: &Arc<Self>,
        target: &str,
        qualifier: Option<&str>,
        payload: Bytes,
        trace: &Trace,
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
        let attempt = Attempt { number: 1, asynchronous: false, ready: invocation.accepted };
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
        trace: &Trace,
    ) -> Result<String, InvokeError> {
        if payload.len() > EVENT_LIMIT {
            return Err(InvokeError::EventTooLarge { size: payload.len() });
        }
        let admitted = self.admit(target, qualifier, payload, trace)?;
        let request_id = admitted.invocation.request_id.clone();
        if self.stop.given() {
            let function = admitted.function.function().name.clone();
            return Err(InvokeError::Service {
                function,
                reason: "it has been shut down".to_owned(),
            });
        }
        events::carry(self, admitted);
        Ok(request_id)
    }

    /// One attempt in a task of its own, counted and told. A stop of the service ends it.
    pub(crate) async fn run(
        self: &Arc<Self>,
        function: &Arc<Deployed>,
        invocation: &Arc<Invocation>,
        permit: OwnedSemaphorePermit,
        attempt: Attempt,
    ) -> Result<Outcome, String> {
        let (service, function, invocation) =
            (Arc::clone(self), Arc::clone(function), Arc::clone(invocation));
        let running = tokio::spawn(async move {
            let _pending = Pending::new(&service.pending);
            let _in_flight = Held::new(&function.plan.counters, |counters| &counters.in_flight);
            let started = Instant::now();
            let outcome = tokio::select! {
                outcome = function.attempt(&invocation, permit) => outcome?,
                () = service.stop.wait() => return Err("it has been shut down".to_owned()),
            };
            service.tell(&function, &invocation, attempt, started, &outcome);
            Ok(outcome)
        });
        running.await.unwrap_or_else(|error| Err(error.to_string()))
    }

    fn tell(
        &self,
        function: &Deployed,
        invocation: &Invocation,
        attempt: Attempt,
        started: Instant,
        outcome: &Outcome,
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
            asynchronous: attempt.asynchronous,
            attempt: attempt.number,
            start_delay: started.saturating_duration_since(attempt.ready),
            duration: started.elapsed(),
            error: outcome.failure_kind().zip(outcome.error()),
        };
        // Nobody has to listen.
        let _ = self.finished.send(finished);
    }
}

fn check(function: &Function) -> Result<(), DeployError> {
    let name = function.name.clone();
    let named = FunctionName::parse(&name).filter(|named| named.name == name);
    if named.is_none() {
        return Err(DeployError::Name { name });
    }
    if function.events.maximum_retry_attempts > 2 {
        return Err(DeployError::Retries {
            function: name,
            given: function.events.maximum_retry_attempts,
        });
    }
    if function.timeout.is_zero() || function.timeout > Duration::from_secs(900) {
        return Err(DeployError::Timeout { function: name });
    }
    match &function.code {
        Code::Process(command) if command.program.trim().is_empty() => {
            Err(DeployError::Command { function: name })
        }
        _ => Ok(()),
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
