//! The time that the work has: the function's own, less a moment to report.

use std::time::Duration;

use lambda_runtime::Context;
use protocol::time::Timestamp;
use tokio::time::{Instant, timeout_at};

use crate::{outcome::Failure, panics};

/// When the work of an invocation must be done.
#[derive(Clone, Copy)]
pub(crate) struct TimeLimit(Option<Deadline>);

#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    /// The time from the beginning of the invocation on.
    after: Duration,
}

impl TimeLimit {
    /// The function's deadline, less a tenth of the time until then (2 s at most) for the report. A
    /// context made in a test has no deadline.
    pub fn new(context: &Context, now: Timestamp) -> Self {
        let after = (context.deadline > 0).then(|| {
            let left = Timestamp::from_millis(context.deadline).since(now);
            left - (left / 10).min(Duration::from_secs(2))
        });
        Self(after.map(|after| Deadline { at: Instant::now() + after, after }))
    }

    /// Cancels the work when the time is up, so that the failure is reported and the slot is free at
    /// once instead of when the lease passes. Work whose turn comes later does not begin: it would have
    /// effects before it is cancelled. A panic is a failure, too.
    pub async fn within<T>(
        self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let work = panics::caught(work);
        let Some(Deadline { at, after }) = self.0 else { return work.await.flatten() };
        let out_of_time = |what: &str| Err(Failure::new("OutOfTime", what));
        let seconds = after.as_secs_f64();
        if Instant::now() >= at {
            return out_of_time(&format!(
                "the function's time was up before its turn, {seconds:.1} s"
            ));
        }
        match timeout_at(at, work).await {
            Ok(outcome) => outcome.flatten(),
            Err(_) => out_of_time(&format!("the function's time is up after {seconds:.1} s")),
        }
    }
}
