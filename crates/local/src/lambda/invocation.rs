//! One invocation: what a function is given, and what came of it.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use serde_json::{json, value::RawValue};

use super::trace::TraceHeader;

/// An accepted request, over all its attempts.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    pub(crate) payload: Bytes,
    /// As the function receives it, its own round included.
    pub(crate) trace: TraceHeader,
    /// The ARN it was called by, with a qualifier if the caller gave one.
    pub(crate) invoked_arn: String,
    pub(crate) accepted: Instant,
}

/// What an in-process function receives besides its payload.
#[derive(Debug, Clone)]
pub struct InvocationContext {
    /// The same over the retries of one event.
    pub request_id: String,
    pub function_name: String,
    /// The ARN it was called by.
    pub invoked_function_arn: String,
    /// When it will be ended, in milliseconds since the Unix epoch.
    pub deadline_ms: u64,
    /// The trace header. A process function's SDK copies it into what it sends; a function that shares its
    /// process with others must set `X-Amzn-Trace-Id` itself to take part in a chain of requests.
    pub trace_id: String,
}

impl InvocationContext {
    /// Time left until the function is ended.
    pub fn remaining(&self) -> Duration {
        Duration::from_millis(self.deadline_ms.saturating_sub(unix_millis()))
    }
}

/// Milliseconds since the Unix epoch.
pub(crate) fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    millis(since)
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Now, as AWS writes it: `2026-01-02T03:04:05.678Z`.
pub(crate) fn timestamp() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The error of a function, as Lambda passes it on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct FunctionError {
    /// `errorType`, for example `ValueError`.
    pub kind: String,
    pub message: String,
    /// `stackTrace`, one frame a line; left out when empty.
    pub trace: Vec<String>,
}

impl FunctionError {
    /// An error without a stack trace.
    pub fn new(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into(), trace: Vec::new() }
    }

    pub(crate) fn body(&self) -> Bytes {
        let mut body = json!({ "errorMessage": self.message, "errorType": self.kind });
        if let (false, Some(fields)) = (self.trace.is_empty(), body.as_object_mut()) {
            fields.insert("stackTrace".into(), json!(self.trace));
        }
        Bytes::from(body.to_string())
    }
}

/// How a failed attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The function reported an error.
    Function,
    /// It was ended at its time-out.
    TimedOut,
    /// Its process ended, or its closure panicked.
    Crashed,
    /// It never came to ask for work.
    Init,
}

/// What came of one attempt. Bodies are JSON as the caller of Lambda gets them.
#[derive(Debug, Clone)]
pub(crate) enum InvocationOutcome {
    Success(Bytes),
    Failure { kind: FailureKind, body: Bytes },
}

impl InvocationOutcome {
    pub(crate) fn failure(kind: FailureKind, error: &FunctionError) -> Self {
        Self::Failure { kind, body: error.body() }
    }

    pub(crate) fn timed_out(request_id: &str, timeout: Duration) -> Self {
        let seconds = timeout.as_secs_f64();
        let message =
            format!("{} {request_id} Task timed out after {seconds:.2} seconds", timestamp());
        Self::failure(FailureKind::TimedOut, &FunctionError::new("Sandbox.Timedout", message))
    }

    pub(crate) fn body(&self) -> &Bytes {
        match self {
            Self::Success(body) | Self::Failure { body, .. } => body,
        }
    }

    pub(crate) fn failure_kind(&self) -> Option<FailureKind> {
        match self {
            Self::Success(_) => None,
            Self::Failure { kind, .. } => Some(*kind),
        }
    }

    /// `errorType` and `errorMessage` of a failure, as far as its body has them.
    pub(crate) fn error(&self) -> Option<FunctionError> {
        let Self::Failure { body, .. } = self else { return None };
        let body: HashMap<String, &RawValue> = serde_json::from_slice(body).unwrap_or_default();
        let text = |key: &str| body.get(key).map(|json| text(json)).unwrap_or_default();
        Some(FunctionError::new(text("errorType"), text("errorMessage")))
    }
}

/// A string; anything else, and a string with half a character in it, as it is written.
fn text(json: &RawValue) -> String {
    serde_json::from_str(json.get()).unwrap_or_else(|_| json.get().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_type_though_its_message_has_half_a_character() {
        let body = r#"{"errorType": "KeyError", "errorMessage": "\ud83d", "stackTrace": [1e999]}"#;
        let kind = FailureKind::Function;
        let outcome = InvocationOutcome::Failure { kind, body: Bytes::from(body) };
        assert_eq!(outcome.error(), Some(FunctionError::new("KeyError", r#""\ud83d""#)));
    }
}
