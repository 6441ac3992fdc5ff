//! A labourer as a Lambda function.

use std::sync::Arc;

use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing_subscriber::EnvFilter;

use crate::{
    Error,
    attempt::{Refused, attempt},
    outcome::{Failure, Outcome},
    report::FunctionError,
    reports::Reports,
    task::Task,
    time::Timestamp,
};

/// Runs `work` for every task this function is invoked with, configured by the environment.
///
/// See [`Reports`] for `SOSW_REPORTS` and `SOSW_WORKER_ASSISTANT`; `RUST_LOG` filters the log,
/// which is JSON. Work gets the time until the function's own time-out, less a moment to report.
pub async fn run<T, W, F>(work: W) -> Result<(), Error>
where
    T: DeserializeOwned,
    W: Fn(Task<T>, Context) -> F,
    F: Future<Output = Outcome>,
{
    Labourer::new(Reports::from_env().await?).run(work).await
}

/// A labourer with its way of reporting.
#[derive(Clone, Debug)]
pub struct Labourer {
    reports: Reports,
}

impl Labourer {
    /// A labourer that reports this way.
    pub fn new(reports: Reports) -> Self {
        Self { reports }
    }

    /// Serves Lambda's invocations until the environment is shut down.
    pub async fn run<T, W, F>(self, work: W) -> Result<(), Error>
    where
        T: DeserializeOwned,
        W: Fn(Task<T>, Context) -> F,
        F: Future<Output = Outcome>,
    {
        log_as_json();
        let shared = Arc::new((self, work));
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
            let shared = Arc::clone(&shared);
            async move {
                let (labourer, work) = shared.as_ref();
                labourer.handle(event.payload, event.context, Timestamp::now(), work).await
            }
        }))
        .await
    }

    /// One invocation: the attempt, its report, and what the function returns.
    ///
    /// The function fails whenever the task did not succeed. For an event that was refused that is
    /// the only safe answer, since a destination takes any other for a success.
    pub async fn handle<T, W, F>(
        &self,
        event: Value,
        context: Context,
        now: Timestamp,
        work: &W,
    ) -> Result<Value, FunctionError>
    where
        T: DeserializeOwned,
        W: Fn(Task<T>, Context) -> F,
        F: Future<Output = Outcome>,
    {
        let report = attempt(event, context, now, work).await.map_err(refused)?;
        match self.reports.send(&report).await {
            Ok(()) => report.returned(),
            Err(error) => {
                let failure = Failure::from(error);
                tracing::error!(task_id = report.task_id(), error = failure.message());
                Err(FunctionError {
                    kind: failure.kind().to_owned(),
                    message: failure.message().to_owned(),
                })
            }
        }
    }
}

fn refused(refused: Refused) -> FunctionError {
    tracing::warn!(reason = %refused, "refused");
    let kind = match refused {
        Refused::NotATask(_) => "NotATask",
        Refused::LeaseHasPassed { .. } => "LeaseHasPassed",
    };
    FunctionError { kind: kind.to_owned(), message: refused.to_string() }
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
