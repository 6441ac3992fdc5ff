//! Applying the writes of a transition: once, all or nothing, whatever the network does.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError as Error,
    types::TransactWriteItem,
};
use uuid::Uuid;

use super::{
    Store, StoreError,
    error::{Contention, is_throttling},
};
use crate::{metrics, transition::Write};

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is applied.
    Applied,
    /// Nothing is applied: these writes (by their places in the list) found something else than
    /// was expected_state. Decide again from a fresh read.
    Refused(Vec<usize>),
}

/// How often a transaction is sent before it is given up. A caller that gives up leaves nothing
/// half done: leases, cursors and parked tasks are still there for the next tick.
pub(super) const MAX_TRIES: u32 = 12;
/// The same for a caller that has an alternative.
const FEW_TRIES: u32 = 2;
/// Bounds of the jittered waits between them.
const FIRST_WAIT: Duration = Duration::from_millis(8);
const LONGEST_WAIT: Duration = Duration::from_millis(400);

/// Why one attempt was not the last.
enum Trouble {
    /// Others were in the way; nothing is applied.
    Contended(Contention),
    /// Nobody knows whether it is applied; the token makes the repetition safe.
    Ambiguous(Box<SdkError<Error>>),
}

impl Store {
    /// Applies `writes` as one transaction.
    ///
    /// # Errors
    /// When DynamoDB refuses the request as such, or stays out of reach, throttled or in conflict.
    pub async fn apply(&self, writes: &[Write]) -> Result<Outcome, StoreError> {
        self.apply_within(writes, MAX_TRIES).await
    }

    /// The same, giving up soon when others are in the way: [`StoreError::Contended`].
    pub async fn apply_or_yield(&self, writes: &[Write]) -> Result<Outcome, StoreError> {
        self.apply_within(writes, FEW_TRIES).await
    }

    async fn apply_within(&self, writes: &[Write], attempts: u32) -> Result<Outcome, StoreError> {
        let items: Result<Vec<_>, _> = writes.iter().map(|write| self.compile(write)).collect();
        self.repeat(items.map_err(|e| self.failed(e.into()))?, attempts).await
    }

    /// Applies items of a transaction that are not those of a task's transition.
    pub(super) async fn apply_items(
        &self,
        items: Vec<TransactWriteItem>,
    ) -> Result<Outcome, StoreError> {
        self.repeat(items, MAX_TRIES).await
    }

    async fn repeat(
        &self,
        items: Vec<TransactWriteItem>,
        attempts: u32,
    ) -> Result<Outcome, StoreError> {
        if items.is_empty() {
            return Ok(Outcome::Applied);
        }
        let resource = tables_of(&items);
        // The token stands for this decision: every repetition carries it.
        let token = Uuid::new_v4().to_string();
        let mut trouble = Trouble::Contended(Contention::Conflict);
        for attempt in 0..attempts.max(1) {
            if attempt > 0 {
                self.sleep(wait(attempt, rand::random())).await;
            }
            match self.send(&items, &token, &resource).await? {
                Ok(outcome) => return Ok(outcome),
                Err(reason) => {
                    if matches!(reason, Trouble::Contended(_)) {
                        metrics::conflicted();
                    }
                    trouble = reason;
                }
            }
        }
        let operation = "TransactWriteItems";
        Err(match trouble {
            Trouble::Ambiguous(error) => StoreError::of(operation, &resource, *error),
            Trouble::Contended(contention) => {
                StoreError::Contended { operation, resource, attempts, contention }
            }
        })
    }

    async fn send(
        &self,
        items: &[TransactWriteItem],
        token: &str,
        resource: &str,
    ) -> Result<Result<Outcome, Trouble>, StoreError> {
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items.to_vec()))
            .client_request_token(token);
        let error = match request.send().await {
            Ok(_) => return Ok(Ok(Outcome::Applied)),
            Err(error) => error,
        };
        if let Some(Error::TransactionCanceledException(cancelled)) = error.as_service_error() {
            let codes = cancelled.cancellation_reasons().iter().map(|r| r.code().unwrap_or("None"));
            let read = verdict(&codes.collect::<Vec<_>>());
            return read.ok_or_else(|| StoreError::of("TransactWriteItems", resource, error));
        }
        match is_transient(&error) {
            true => Ok(Err(Trouble::Ambiguous(Box::new(error)))),
            false => Err(StoreError::of("TransactWriteItems", resource, error)),
        }
    }

    pub(super) fn failed(&self, source: aws_sdk_dynamodb::error::BoxError) -> StoreError {
        let resource = self.names.tasks.clone();
        StoreError::Failed { operation: "TransactWriteItems", resource, code: None, source }
    }
}

/// The tables that a transaction is about, each once. DynamoDB does not tell which of them is
/// missing.
fn tables_of(items: &[TransactWriteItem]) -> String {
    let mut tables = Vec::new();
    for item in items {
        let put = item.put.as_ref().map(|put| put.table_name());
        let delete = item.delete.as_ref().map(|delete| delete.table_name());
        let update = item.update.as_ref().map(|update| update.table_name());
        tables.extend(put.or(delete).or(update).filter(|table| !tables.contains(table)));
    }
    tables.join(" or ")
}

/// Reads the reasons of a cancelled transaction, one for each write; nothing if no repetition and
/// no fresh read would help.
fn verdict(codes: &[&str]) -> Option<Result<Outcome, Trouble>> {
    let refused = codes.iter().enumerate().filter(|(_, code)| **code == "ConditionalCheckFailed");
    let refused: Vec<_> = refused.map(|(place, _)| place).collect();
    if !refused.is_empty() {
        Some(Ok(Outcome::Refused(refused)))
    } else if codes.iter().any(|code| is_throttling(code)) {
        Some(Err(Trouble::Contended(Contention::Throttling)))
    } else if codes.contains(&"TransactionConflict") {
        Some(Err(Trouble::Contended(Contention::Conflict)))
    } else {
        None
    }
}

/// May the same request, sent again, succeed?
fn is_transient(error: &SdkError<Error>) -> bool {
    let codes = ["TransactionInProgressException", "InternalServerError"];
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            true
        }
        SdkError::ServiceError(e) => {
            e.raw().status().as_u16() >= 500
                || e.err().code().is_some_and(|code| codes.contains(&code) || is_throttling(code))
        }
        _ => false,
    }
}

/// A wait before attempt `attempt`, drawn by `jitter` from a range that doubles.
pub(crate) fn wait(attempt: u32, jitter: f64) -> Duration {
    let most = FIRST_WAIT.saturating_mul(1 << attempt.min(16)).min(LONGEST_WAIT);
    most.mul_f64(jitter.clamp(0.05, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: &str = "ConditionalCheckFailed";
    const CONFLICT: &str = "TransactionConflict";

    #[test]
    fn a_refusal_is_told_before_a_conflict() {
        let read = |codes: &[&str]| verdict(codes).and_then(Result::ok);
        assert_eq!(read(&["None", FAILED, "None"]), Some(Outcome::Refused(vec![1])));
        assert_eq!(read(&[FAILED, CONFLICT, FAILED]), Some(Outcome::Refused(vec![0, 2])));
    }

    #[test]
    fn what_passes_is_repeated_and_what_does_not_is_an_error() {
        use Contention::{Conflict, Throttling};
        let passing = [
            (CONFLICT, Conflict),
            ("ThrottlingError", Throttling),
            ("ProvisionedThroughputExceeded", Throttling),
        ];
        for (code, expected) in passing {
            let Some(Err(Trouble::Contended(told))) = verdict(&["None", code]) else {
                panic!("{code} passes");
            };
            assert_eq!(told, expected, "{code}");
        }
        for code in ["ValidationError", "ItemCollectionSizeLimitExceeded", "None"] {
            assert!(verdict(&[code]).is_none(), "{code}");
        }
    }

    #[test]
    fn waits_grow_to_their_bound_and_are_never_nothing() {
        for attempt in 1..40 {
            assert!(wait(attempt, 1.0) <= LONGEST_WAIT && wait(attempt, 0.0) > Duration::ZERO);
        }
        assert_eq!(wait(40, 1.0), LONGEST_WAIT);
    }
}
