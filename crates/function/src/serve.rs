//! Serving Lambda: an event and the time it has, to the work; its answer or its error back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use task_manager::{describe, time::Timestamp};

use crate::export;

/// The part of a function's time that is kept for finishing what was begun.
const MARGIN: Duration = Duration::from_secs(10);

/// One event.
#[derive(Clone, Debug)]
pub struct Invocation<T> {
    /// What was sent.
    pub event: T,
    /// Until when new work may be begun.
    pub until: Timestamp,
    /// The id of the message; the same when Lambda delivers it again.
    pub request_id: String,
    /// Lambda's trace header, where there is one.
    pub trace_header: Option<String>,
}

impl<T> From<LambdaEvent<T>> for Invocation<T> {
    fn from(LambdaEvent { payload, context, .. }: LambdaEvent<T>) -> Self {
        Self {
            event: payload,
            until: begin_until(context.deadline()),
            request_id: context.request_id,
            trace_header: context.xray_trace_id,
        }
    }
}

/// Serves Lambda with `work` until it ends the process. After each event the numbers that were kept
/// meanwhile are written.
///
/// # Errors
/// When the Runtime API fails. What `work` fails with is Lambda's to handle.
pub async fn serve<T, A, W>(work: W) -> Result<(), lambda_runtime::Error>
where
    T: DeserializeOwned,
    A: Serialize,
    W: AsyncFn(Invocation<T>) -> Result<A, Diagnostic>,
{
    lambda_runtime::run(service_fn(async |event: LambdaEvent<T>| {
        // Boxed, or the types of all that the work awaits would nest too deep.
        let answer = Box::pin(work(event.into())).await;
        export::flush();
        answer
    }))
    .await
}

/// An error as Lambda gets it: under a stable name, with all its causes.
pub fn failed(name: &str, error: &(dyn std::error::Error + 'static)) -> Diagnostic {
    Diagnostic { error_type: name.to_owned(), error_message: describe(error) }
}

/// Until when a function may begin new work that Lambda stops at `deadline`.
fn begin_until(deadline: SystemTime) -> Timestamp {
    let epoch = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(epoch.as_secs_f64()) - MARGIN
}
