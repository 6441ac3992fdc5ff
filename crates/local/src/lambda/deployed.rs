//! A deployed function: its concurrency, its environments, and one attempt at an invocation.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use futures::FutureExt as _;
use serde_json::value::RawValue;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::command::Command;
use super::environment::{Blueprint, Environment, Ran, Unstarted};
use super::function::{Code, Function, Handler};
use super::invocation::{
    FailureKind, FunctionError, Invocation, InvocationContext, InvocationOutcome, millis,
    unix_millis,
};
use super::open::OpenEvents;
use super::trace::function_hash;
use crate::sync::lock;

/// A runtime asks for work again right after its answer. Waiting for that before the answer is passed on
/// keeps a caller that invokes again at once from being throttled by its own previous call. A machine that works on much
/// else may take a while; only one that never asks again takes it all.
const SETTLE: Duration = Duration::from_secs(1);

pub(crate) struct Deployed {
    pub(crate) plan: Blueprint,
    pub(crate) hash: String,
    pub(crate) permits: Arc<Semaphore>,
    /// Its accepted events that have not come to their ends.
    pub(crate) accepted: OpenEvents,
    idle: Mutex<Vec<Environment>>,
}

impl Deployed {
    pub(crate) fn new(plan: Blueprint) -> Self {
        let permits = Arc::new(Semaphore::new(
            usize::try_from(plan.function.concurrency).unwrap_or(Semaphore::MAX_PERMITS),
        ));
        let hash = function_hash(&plan.arn);
        Self { hash, permits, accepted: OpenEvents::default(), idle: Mutex::default(), plan }
    }

    pub(crate) fn function(&self) -> &Function {
        &self.plan.function
    }

    /// One attempt. The permit is held until its environment can take the next. An error is this
    /// machine's, not the function's.
    pub(crate) async fn attempt(
        self: &Arc<Self>,
        invocation: &Arc<Invocation>,
        permit: OwnedSemaphorePermit,
    ) -> Result<InvocationOutcome, String> {
        match &self.function().code {
            Code::InProcess(handler) => Ok(self.in_process(handler, invocation).await),
            Code::Process(command) => self.in_environment(command, invocation, permit).await,
        }
    }

    /// Ends the environments that were idle for too long, and forgets those that ended by themselves.
    pub(crate) fn reap(&self) {
        let allowed = self.function().idle_timeout;
        lock(&self.idle).retain(|environment| {
            !environment.has_ended() && environment.idle_since.elapsed() < allowed
        });
    }

    async fn in_process(&self, handler: &Handler, invocation: &Invocation) -> InvocationOutcome {
        let timeout = self.function().timeout;
        // It was found to be JSON when it was admitted.
        let payload: &RawValue =
            serde_json::from_slice(&invocation.payload).unwrap_or(RawValue::NULL);
        let context = InvocationContext {
            request_id: invocation.request_id.clone(),
            function_name: self.function().name.clone(),
            invoked_function_arn: invocation.invoked_arn.clone(),
            deadline_ms: unix_millis().saturating_add(millis(timeout)),
            trace_id: invocation.trace.to_string(),
        };
        let running = AssertUnwindSafe(async { handler(payload, context).await }).catch_unwind();
        match tokio::time::timeout(timeout, running).await {
            Ok(Ok(Ok(answer))) => InvocationOutcome::Success(Bytes::from(answer.to_string())),
            Ok(Ok(Err(error))) => InvocationOutcome::failure(FailureKind::Function, &error),
            Ok(Err(panic)) => InvocationOutcome::failure(
                FailureKind::Crashed,
                &FunctionError::new("Panic", panic_message(panic.as_ref())),
            ),
            Err(_) => InvocationOutcome::timed_out(&invocation.request_id, timeout),
        }
    }

    async fn in_environment(
        self: &Arc<Self>,
        command: &Command,
        invocation: &Arc<Invocation>,
        permit: OwnedSemaphorePermit,
    ) -> Result<InvocationOutcome, String> {
        while let Some(mut environment) = self.take_idle() {
            // An idle process may have ended unseen; then the work goes to another.
            if let Ran::Done(outcome) = environment.run(invocation, self.function().timeout).await {
                self.release(environment, permit).await;
                return Ok(outcome);
            }
        }
        let mut environment = match Environment::start(&self.plan, command, invocation).await {
            Ok(environment) => environment,
            Err(Unstarted::Function(outcome)) => return Ok(outcome),
            Err(Unstarted::Service(reason)) => return Err(reason),
        };
        let ran = environment.run(invocation, self.function().timeout).await;
        self.release(environment, permit).await;
        Ok(match ran {
            Ran::Done(outcome) => outcome,
            Ran::NeverFetched => gone_at_once(&invocation.request_id, &self.function().name),
        })
    }

    /// The most recently used one, as in Lambda, so that the others can grow old.
    fn take_idle(&self) -> Option<Environment> {
        lock(&self.idle).pop()
    }

    fn put_idle(&self, mut environment: Environment) {
        environment.idle_since = Instant::now();
        lock(&self.idle).push(environment);
    }

    /// Takes an environment back once it asks for work again. One that does not keeps its place in the
    /// function's concurrency for as long as an invocation may take, then it is killed.
    async fn release(self: &Arc<Self>, mut environment: Environment, permit: OwnedSemaphorePermit) {
        if environment.settles(SETTLE).await {
            self.put_idle(environment);
        } else if !environment.has_ended() {
            let deployed = Arc::clone(self);
            tokio::spawn(async move {
                if environment.settles(deployed.function().timeout).await {
                    deployed.put_idle(environment);
                } else {
                    environment.kill().await;
                }
                drop(permit);
            });
        }
    }
}

fn gone_at_once(request_id: &str, function: &str) -> InvocationOutcome {
    let message = format!(
        "RequestId: {request_id} Error: Runtime exited without providing a reason; function {function} asked for work and ended before it fetched any"
    );
    InvocationOutcome::failure(
        FailureKind::Crashed,
        &FunctionError::new("Runtime.ExitError", message),
    )
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "the function panicked".to_owned())
}
