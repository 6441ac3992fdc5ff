//! A labourer as a Lambda function.

use std::{fmt, sync::Arc};

use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use protocol::{
    report::{Report, destination::FunctionError},
    time::Timestamp,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, value::RawValue};
use tracing_subscriber::EnvFilter;

use crate::{
    Error,
    attempt::{CONCURRENCY, Refused, attempt_block, attempt_each},
    outcome::{BlockOutcome, Failure, Outcome},
    reports::Reports,
    task::Task,
};

/// Runs `work` for every task this function is invoked with, configured by the environment.
///
/// See [`Reports`] for `SOSW_REPORTS` and `SOSW_WORKER_ASSISTANT`; `RUST_LOG` filters the log,
/// which is JSON. Work gets the time until the function's own time-out, less a moment to report. The
/// tasks of a block are worked on at the same time ([`Labourer::concurrency`]), and each succeeds or
/// fails by itself.
pub async fn run<T, W, F>(work: W) -> Result<(), Error>
where
    T: DeserializeOwned,
    W: Fn(Task<T>, Context) -> F,
    F: Future<Output = Outcome>,
{
    Labourer::new(Reports::from_env().await?).run(work).await
}

/// The same with work that gets all tasks of a block at once, for what is cheaper to do together: one
/// statement, one request. A single task comes as a block of one.
pub async fn run_block<T, W, F>(work: W) -> Result<(), Error>
where
    T: DeserializeOwned,
    W: Fn(Vec<Task<T>>, Context) -> F,
    F: Future<Output = BlockOutcome>,
{
    Labourer::new(Reports::from_env().await?).run_block(work).await
}

/// A labourer and how it reports.
#[derive(Clone, Debug)]
pub struct Labourer {
    reports: Reports,
    concurrency: usize,
}

impl Labourer {
    /// A labourer that delivers its reports this way.
    pub fn new(reports: Reports) -> Self {
        Self { reports, concurrency: CONCURRENCY }
    }

    /// Works on so many tasks of a block at the same time, at least one; [`CONCURRENCY`] by default. All
    /// share the function's memory and its processor: more help work that waits for others.
    pub fn concurrency(self, tasks: usize) -> Self {
        Self { concurrency: tasks.max(1), ..self }
    }

    /// Serves Lambda's invocations until the environment is shut down.
    pub async fn run<T, W, F>(self, work: W) -> Result<(), Error>
    where
        T: DeserializeOwned,
        W: Fn(Task<T>, Context) -> F,
        F: Future<Output = Outcome>,
    {
        let shared = Arc::new((self, work));
        serve(move |event, context, now| {
            let shared = Arc::clone(&shared);
            async move { shared.0.handle(event, context, now, &shared.1).await }
        })
        .await
    }

    /// The same with work that gets all tasks of a block at once ([`run_block()`]).
    pub async fn run_block<T, W, F>(self, work: W) -> Result<(), Error>
    where
        T: DeserializeOwned,
        W: Fn(Vec<Task<T>>, Context) -> F,
        F: Future<Output = BlockOutcome>,
    {
        let shared = Arc::new((self, work));
        serve(move |event, context, now| {
            let shared = Arc::clone(&shared);
            async move { shared.0.handle_block(event, context, now, &shared.1).await }
        })
        .await
    }

    /// One invocation: the attempt, its report, and what the function returns.
    ///
    /// The function fails whenever the task did not succeed, but not with single tasks of a block: what it
    /// returns names them. For a refused event an error is the only safe answer, since a destination
    /// treats any other as a success.
    pub async fn handle<T, W, F>(
        &self,
        event: Box<RawValue>,
        context: Context,
        now: Timestamp,
        work: &W,
    ) -> Result<Value, FunctionError>
    where
        T: DeserializeOwned,
        W: Fn(Task<T>, Context) -> F,
        F: Future<Output = Outcome>,
    {
        self.deliver(attempt_each(event, context, now, self.concurrency, work).await).await
    }

    /// The same with work that gets all tasks of a block at once.
    pub async fn handle_block<T, W, F>(
        &self,
        event: Box<RawValue>,
        context: Context,
        now: Timestamp,
        work: &W,
    ) -> Result<Value, FunctionError>
    where
        T: DeserializeOwned,
        W: Fn(Vec<Task<T>>, Context) -> F,
        F: Future<Output = BlockOutcome>,
    {
        self.deliver(attempt_block(event, context, now, work).await).await
    }

    async fn deliver(&self, report: Result<Report, Refused>) -> Result<Value, FunctionError> {
        let report = report.map_err(refused)?;
        match self.reports.send(&report).await {
            Ok(()) => report.returned(),
            Err(error) => {
                let failure = Failure::from(error);
                tracing::error!(task_id = %report.task_id, error = failure.message());
                Err(FunctionError {
                    error_type: failure.kind().to_owned(),
                    error_message: failure.message().to_owned(),
                })
            }
        }
    }
}

async fn serve<H, F>(handle: H) -> Result<(), Error>
where
    H: Fn(Box<RawValue>, Context, Timestamp) -> F,
    F: Future<Output = Result<Value, FunctionError>>,
{
    log_as_json();
    lambda_runtime::run(service_fn(|event: LambdaEvent<Box<RawValue>>| {
        // Boxed, as the compiler takes futures only so deeply nested.
        let answer = Box::pin(handle(event.payload, event.context, Timestamp::now()));
        async move { answer.await.map_err(Logged) }
    }))
    .await
}

/// An error whose message is already logged. The runtime logs what it receives, so it receives only the
/// type.
struct Logged(FunctionError);

impl From<Logged> for Diagnostic {
    fn from(Logged(error): Logged) -> Self {
        Self { error_type: error.error_type, error_message: error.error_message }
    }
}

impl fmt::Debug for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.error_type)
    }
}

fn refused(refused: Refused) -> FunctionError {
    tracing::warn!(reason = %refused, "refused");
    let kind = match refused {
        Refused::NotATask(_) => "NotATask",
        Refused::LeaseHasPassed { .. } => "LeaseHasPassed",
    };
    FunctionError { error_type: kind.to_owned(), error_message: refused.to_string() }
}

/// Lambda stamps every line with the time. A subscriber the author has set up stays.
fn log_as_json() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    _ = tracing_subscriber::fmt()
        .json()
        .without_time()
        .with_target(false)
        .with_env_filter(filter)
        .try_init();
}
