//! Serving Lambda: hands an event and its deadline to the work, and returns the answer or the error.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use task_manager::{TaskManager, describe, time::Timestamp};

use crate::{export, follow::Follower};

/// Time reserved before the function's time-out to finish what was begun.
const MARGIN: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub struct Invocation<T> {
    pub event: T,
    /// New work may be begun until then.
    pub until: Timestamp,
    /// Stays the same when Lambda delivers the event again.
    pub request_id: String,
    /// The X-Ray trace header, if Lambda sent one.
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

/// Serves Lambda with `work` until Lambda ends the process: each event with the manager as it is by then. Flushes the metrics after each event.
///
/// # Errors
/// When the Runtime API fails. Errors of `work` are returned to Lambda.
pub async fn serve<T, A, W>(follower: Follower, work: W) -> Result<(), Error>
where
    T: DeserializeOwned,
    A: Serialize,
    W: AsyncFn(TaskManager, Invocation<T>) -> Result<A, Diagnostic>,
{
    lambda_runtime::run(service_fn(async |event: LambdaEvent<T>| {
        // Boxed, or the types of all that the work awaits would nest too deep.
        let answer = Box::pin(work(follower.manager().await, event.into())).await;
        export::flush();
        answer
    }))
    .await
}

/// An error as Lambda receives it: under a stable name, with all its causes.
pub fn failed(name: &str, error: &(dyn std::error::Error + 'static)) -> Diagnostic {
    Diagnostic { error_type: name.to_owned(), error_message: describe(error) }
}

fn begin_until(deadline: SystemTime) -> Timestamp {
    let epoch = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(epoch.as_secs_f64()) - MARGIN
}
