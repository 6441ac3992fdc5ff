//! How a report is delivered.

use std::{env, time::Duration};

use aws_config::{BehaviorVersion, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_lambda::{
    Client, error::SdkError, operation::invoke::InvokeError, primitives::Blob,
    types::InvocationType,
};
use protocol::{ids::TaskId, report::Report};
use thiserror::Error;

/// The worker-assistant's function where `SOSW_WORKER_ASSISTANT` does not name another.
pub const WORKER_ASSISTANT: &str = "sosw_worker_assistant";

/// How reports are delivered. Set up one way, not both: a report that arrives twice changes nothing,
/// but is paid for twice.
#[derive(Clone, Debug)]
pub enum Reports {
    /// The SDK invokes the worker-assistant. The default: it needs no destinations, it is how
    /// sosw 0.7's labourers report, and it carries the trace of a failure. The function's role must be
    /// allowed to invoke the assistant.
    ToAssistant(Assistant),
    /// The function's destinations carry what it returns: one invocation less to wait and to pay
    /// for, and crashes, time-outs and lack of memory are reported, too.
    ByDestinations,
}

/// `SOSW_REPORTS` has an unknown value.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("SOSW_REPORTS is {0:?}; it can be `assistant` (the default) or `destinations`")]
pub struct UnknownReports(String);

impl Reports {
    /// As `SOSW_REPORTS` says: `assistant` (the default) or `destinations`.
    pub async fn from_env() -> Result<Self, UnknownReports> {
        match env::var("SOSW_REPORTS").as_deref() {
            Ok("destinations") => Ok(Self::ByDestinations),
            Ok("assistant") | Err(_) => Ok(Self::ToAssistant(Assistant::from_env().await)),
            Ok(other) => Err(UnknownReports(other.to_owned())),
        }
    }

    pub(crate) async fn send(&self, report: &Report) -> Result<(), ReportFailed> {
        match self {
            Self::ToAssistant(assistant) => assistant.send(report).await,
            Self::ByDestinations => Ok(()),
        }
    }
}

/// A worker-assistant to report to.
#[derive(Clone, Debug)]
pub struct Assistant {
    lambda: Client,
    function: String,
}

/// A report was not delivered.
#[derive(Debug, Error)]
pub enum ReportFailed {
    /// It could not be written as JSON.
    #[error("the report of task {task_id} cannot be written as JSON")]
    Unwritable {
        /// The task it was about.
        task_id: TaskId,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
    /// Lambda did not take it.
    #[error(
        "the report of task {task_id} did not reach {function}; a destination reports how the \
         attempt ended, or it expires with its lease"
    )]
    NotSent {
        /// The task it was about.
        task_id: TaskId,
        /// The function that should have been invoked.
        function: String,
        /// Why.
        #[source]
        cause: Box<SdkError<InvokeError>>,
    },
}

impl Assistant {
    /// A worker-assistant with a client of your own.
    pub fn new(lambda: Client, function: impl Into<String>) -> Self {
        Self { lambda, function: function.into() }
    }

    /// The one `SOSW_WORKER_ASSISTANT` names, with the standard AWS environment.
    pub async fn from_env() -> Self {
        let function =
            env::var("SOSW_WORKER_ASSISTANT").unwrap_or_else(|_| WORKER_ASSISTANT.into());
        // A throttled report should not cause finished work to be done again, hence several attempts.
        // But the function is paid for while it waits, and the lease is the fallback.
        let config = aws_config::defaults(BehaviorVersion::latest())
            .retry_config(RetryConfig::standard().with_max_attempts(6))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(2))
                    .operation_attempt_timeout(Duration::from_secs(5))
                    .operation_timeout(Duration::from_secs(25))
                    .build(),
            )
            .load()
            .await;
        Self::new(Client::new(&config), function)
    }

    async fn send(&self, report: &Report) -> Result<(), ReportFailed> {
        let task_id = || report.task_id.clone();
        let message = serde_json::to_vec(report)
            .map_err(|cause| ReportFailed::Unwritable { task_id: task_id(), cause })?;
        self.lambda
            .invoke()
            .function_name(&self.function)
            .invocation_type(InvocationType::Event)
            .payload(Blob::new(message))
            .send()
            .await
            .map(drop)
            .map_err(|cause| ReportFailed::NotSent {
                task_id: task_id(),
                function: self.function.clone(),
                cause: Box::new(cause),
            })
    }
}
