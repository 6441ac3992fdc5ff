//! What a caller says about a function: its code, its limits, and what becomes of its events.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;

use super::invocation::{FunctionError, InvocationContext};

/// An in-process function: payload and context in, answer or error out.
pub(crate) type Handler = Arc<
    dyn Fn(Value, InvocationContext) -> BoxFuture<'static, Result<Value, FunctionError>>
        + Send
        + Sync,
>;

/// What runs when a function is invoked.
#[derive(Clone)]
pub(crate) enum Code {
    InProcess(Handler),
    Process(Command),
}

/// The command of a function that is a process of its own and speaks the Lambda Runtime API.
///
/// It inherits the environment of this process without its `AWS_*` variables, so that nobody's real
/// credentials or profile reach it, and gets those that Lambda sets, the service's, and its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// A path, or a name looked up in `PATH`.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Where it runs; also `LAMBDA_TASK_ROOT`. The current directory when `None`.
    pub directory: Option<PathBuf>,
}

impl Command {
    /// A program without arguments.
    pub fn new(program: impl Into<String>) -> Self {
        Self { program: program.into(), args: Vec::new(), directory: None }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Runs it there.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }
}

impl std::fmt::Display for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.program)?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}

/// What Lambda does when a chain of requests comes back to a function for the seventeenth time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RecursiveLoop {
    /// Refuse the invocation.
    #[default]
    Terminate,
    /// Go on.
    Allow,
}

/// Where the record of a finished asynchronous invocation goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A function, by name or ARN; invoked asynchronously.
    Function(String),
    /// A topic of the local SNS, by ARN.
    Topic(String),
}

impl From<&str> for Destination {
    /// An ARN of SNS is a topic, anything else names a function.
    fn from(target: &str) -> Self {
        let mut parts = target.split(':');
        match (parts.next(), parts.nth(1)) {
            (Some("arn"), Some("sns")) => Self::Topic(target.to_owned()),
            _ => Self::Function(target.to_owned()),
        }
    }
}

impl From<String> for Destination {
    fn from(target: String) -> Self {
        target.as_str().into()
    }
}

/// What becomes of a function's asynchronous events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventConfig {
    /// Retries after a function error, 0 to 2.
    pub maximum_retry_attempts: u32,
    /// Pause before each retry; the last one repeats.
    pub retry_delays: Vec<Duration>,
    /// Events older than this are not run any more.
    pub maximum_event_age: Duration,
    /// Where the record of a success goes.
    pub on_success: Option<Destination>,
    /// Where the record of a failure goes.
    pub on_failure: Option<Destination>,
    /// Topic that gets the bare event of a failure.
    pub dead_letter_topic: Option<String>,
}

impl Default for EventConfig {
    fn default() -> Self {
        Self {
            maximum_retry_attempts: 2,
            retry_delays: vec![Duration::from_secs(60), Duration::from_secs(120)],
            maximum_event_age: Duration::from_secs(6 * 3600),
            on_success: None,
            on_failure: None,
            dead_letter_topic: None,
        }
    }
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
        Self::new(
            name.into(),
            Code::InProcess(Arc::new(move |payload, context| handler(payload, context).boxed())),
        )
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

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How long one invocation may take; then it is killed.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What the function is told it has; not enforced.
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
