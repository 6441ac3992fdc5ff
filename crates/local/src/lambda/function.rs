//! The definition of a function: its code, its limits, and the handling of its events.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::{Value, value::RawValue};

use super::command::Command;
use super::event_config::{Destination, EventConfig};
use super::invocation::{FunctionError, InvocationContext};

/// An in-process function: payload and context in, answer or error out.
pub(crate) type Handler = Arc<
    dyn Fn(&RawValue, InvocationContext) -> BoxFuture<'static, Result<Value, FunctionError>>
        + Send
        + Sync,
>;

/// What runs when a function is invoked.
#[derive(Clone)]
pub(crate) enum Code {
    InProcess(Handler),
    Process(Command),
}

/// What Lambda does when a chain of requests comes back to a function for the seventeenth time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RecursiveLoop {
    #[default]
    Terminate,
    Allow,
}

/// A function to deploy. Defaults are Lambda's: 3 s, 128 MB, two retries; concurrency 10 instead of an
/// account's 1000, for each environment of a process function is a process of this machine.
#[derive(Clone)]
pub struct Function {
    pub(crate) name: String,
    pub(crate) code: Code,
    pub(crate) timeout: Duration,
    pub(crate) memory_mb: u32,
    pub(crate) concurrency: u32,
    pub(crate) handler_name: String,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) init_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) recursive_loop: RecursiveLoop,
    pub(crate) events: EventConfig,
}

impl Function {
    /// A function that is an async closure of this process. Dropped at its time-out, so it must not block.
    pub fn in_process<F, Fut>(name: impl Into<String>, handler: F) -> Self
    where
        F: Fn(Value, InvocationContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value, FunctionError>> + Send + 'static,
    {
        Self::receiving(name, handler)
    }

    /// The same for an event of another type: one that is not of it fails, as with Lambda's runtimes.
    pub fn receiving<T, F, Fut>(name: impl Into<String>, handler: F) -> Self
    where
        T: DeserializeOwned,
        F: Fn(T, InvocationContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value, FunctionError>> + Send + 'static,
    {
        let handler = move |event: &RawValue, context| match serde_json::from_str(event.get()) {
            Ok(event) => handler(event, context).boxed(),
            Err(error) => {
                let error = FunctionError::new("Runtime.UnmarshalError", error.to_string());
                future::ready(Err(error)).boxed()
            }
        };
        Self::new(name.into(), Code::InProcess(Arc::new(handler)))
    }

    /// A function whose environments are processes that speak the Lambda Runtime API.
    pub fn process(name: impl Into<String>, command: Command) -> Self {
        Self::new(name.into(), Code::Process(command))
    }

    fn new(name: String, code: Code) -> Self {
        Self {
            name,
            code,
            timeout: Duration::from_secs(3),
            memory_mb: 128,
            concurrency: 10,
            handler_name: "bootstrap".into(),
            environment: Vec::new(),
            init_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(300),
            recursive_loop: RecursiveLoop::Terminate,
            events: EventConfig::default(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// How long one invocation may take; then it is killed.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The memory size that the function reads from its environment; not enforced.
    #[must_use]
    pub fn memory_mb(mut self, memory_mb: u32) -> Self {
        self.memory_mb = memory_mb;
        self
    }

    /// Most invocations at once, hence most environments. With 0, calls are throttled and events go
    /// straight to the failure destination, as in Lambda.
    #[must_use]
    pub fn concurrency(mut self, concurrency: u32) -> Self {
        self.concurrency = concurrency;
        self
    }

    /// `_HANDLER`, for example `module.function`; `bootstrap` by default.
    #[must_use]
    pub fn handler_name(mut self, handler: impl Into<String>) -> Self {
        self.handler_name = handler.into();
        self
    }

    /// A variable of its processes; wins over those that the service sets.
    #[must_use]
    pub fn env(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((key.into(), value.into()));
        self
    }

    /// How long a new process may take until it asks for work (10 s).
    #[must_use]
    pub fn init_timeout(mut self, timeout: Duration) -> Self {
        self.init_timeout = timeout;
        self
    }

    /// How long an environment may be idle before its process is ended (5 min).
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Whether it may run in a loop of requests.
    #[must_use]
    pub fn recursive_loop(mut self, recursive_loop: RecursiveLoop) -> Self {
        self.recursive_loop = recursive_loop;
        self
    }

    /// Retries after a function error, 0 to 2 (2).
    #[must_use]
    pub fn retries(mut self, attempts: u32) -> Self {
        self.events.maximum_retry_attempts = attempts;
        self
    }

    /// Pauses before the retries (1 and 2 min); the last one repeats.
    #[must_use]
    pub fn retry_delays(mut self, delays: impl IntoIterator<Item = Duration>) -> Self {
        self.events.retry_delays = delays.into_iter().collect();
        self
    }

    /// Age beyond which an event is not run any more (6 h).
    #[must_use]
    pub fn maximum_event_age(mut self, age: Duration) -> Self {
        self.events.maximum_event_age = age;
        self
    }

    /// Where the record of a successful event goes: a function's name or ARN, or a topic's ARN.
    #[must_use]
    pub fn on_success(mut self, target: impl Into<Destination>) -> Self {
        self.events.on_success = Some(target.into());
        self
    }

    /// Where the record of a failed event goes: a function's name or ARN, or a topic's ARN.
    #[must_use]
    pub fn on_failure(mut self, target: impl Into<Destination>) -> Self {
        self.events.on_failure = Some(target.into());
        self
    }

    /// Topic that gets the bare event of a failure.
    #[must_use]
    pub fn dead_letter_topic(mut self, arn: impl Into<String>) -> Self {
        self.events.dead_letter_topic = Some(arn.into());
        self
    }
}
