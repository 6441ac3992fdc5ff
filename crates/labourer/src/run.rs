//! A labourer as a Lambda function.

use std::{fmt, sync::Arc};

use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use protocol::{report::destination::FunctionError, time::Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Value, value::RawValue};
use tracing_subscriber::EnvFilter;

use crate::{
    Error,
    attempt::{Refused, attempt},
    outcome::{Failure, Outcome},
    reports::Reports,
    task::Task,
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

/// A labourer and how it reports.
#[derive(Clone, Debug)]
pub struct Labourer {
    reports: Reports,
}

impl Labourer {
    /// A labourer that delivers its reports this way.
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
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| {
            let shared = Arc::clone(&shared);
            async move {
                let (labourer, work) = shared.as_ref();
                let now = Timestamp::now();
                labourer.handle(event.payload, event.context, now, work).await.map_err(Logged)
            }
        }))
        .await
    }

    /// One invocation: the attempt, its report, and what the function returns.
    ///
    /// The function fails whenever the task did not succeed. For a refused event this is the only safe
    /// answer, since a destination treats any other as a success.
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
        let report = attempt(event, context, now, work).await.map_err(refused)?;
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
