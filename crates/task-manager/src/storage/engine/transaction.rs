//! Applying statements together: once, all or nothing, whatever the network does.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError as Error,
    types::TransactWriteItem,
};

use super::{
    Engine, Throttles,
    error::{Contention, StoreError, is_throttling},
    retries::RetryPolicy,
};
use crate::metrics;

const OPERATION: &str = "TransactWriteItems";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionOutcome {
    Applied,
    /// Nothing is applied: these writes (by their places in the list) found something else than
    /// was expected. Decide again from a fresh read.
    Refused(Vec<usize>),
}

impl TransactionOutcome {
    pub fn is_applied(&self) -> bool {
        *self == Self::Applied
    }
}

/// Why one attempt was not the last.
enum Interruption {
    /// Others were in the way; nothing is applied.
    Contended(Contention),
    /// It is unknown whether it is applied; the token makes the repetition safe.
    Ambiguous(Box<SdkError<Error>>),
}

impl Interruption {
    fn is_throttling(&self) -> bool {
        match self {
            Self::Contended(contention) => *contention == Contention::Throttling,
            Self::Ambiguous(error) => error.code().is_some_and(is_throttling),
        }
    }
}

impl Engine {
    /// Applies statements, all or none.
    ///
    /// An answer can get lost after DynamoDB has applied the transaction. Sent again as a new one,
    /// it would find its own writes and be refused, and the caller would take a decision that was
    /// carried out for a lost race. The token stands for the decision: every repetition carries
    /// it, and DynamoDB answers a repetition (within ten minutes) as it answered the first.
    ///
    /// # Errors
    /// When DynamoDB refuses the request as such, or stays out of reach, throttled or in conflict.
    pub(in crate::storage) async fn transact(
        &self,
        items: Vec<TransactWriteItem>,
        policy: RetryPolicy,
    ) -> Result<TransactionOutcome, StoreError> {
        if items.is_empty() {
            return Ok(TransactionOutcome::Applied);
        }
        let resource = tables_of(&items);
        let token = self.token();
        let mut retries = self.retries(policy);
        loop {
            let interruption = match self.send(&items, &token, &resource).await? {
                Ok(outcome) => return Ok(outcome),
                Err(interruption) => interruption,
            };
            if matches!(interruption, Interruption::Contended(_)) {
                metrics::conflicted();
            }
            if interruption.is_throttling() {
                self.throttles.iter().for_each(Throttles::add);
            }
            if retries.again().await {
                continue;
            }
            return Err(match interruption {
                Interruption::Ambiguous(error) => StoreError::of(OPERATION, &resource, *error),
                Interruption::Contended(contention) => {
                    let attempts = retries.failed_tries();
                    StoreError::Contended { operation: OPERATION, resource, attempts, contention }
                }
            });
        }
    }

    /// A token that no other transaction of these minutes has.
    fn token(&self) -> String {
        uuid::Builder::from_random_bytes(self.random.id().to_be_bytes()).into_uuid().to_string()
    }

    async fn send(
        &self,
        items: &[TransactWriteItem],
        token: &str,
        resource: &str,
    ) -> Result<Result<TransactionOutcome, Interruption>, StoreError> {
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items.to_vec()))
            .client_request_token(token);
        let error = match request.send().await {
            Ok(_) => return Ok(Ok(TransactionOutcome::Applied)),
            Err(error) => error,
        };
        if let Some(Error::TransactionCanceledException(cancelled)) = error.as_service_error() {
            let codes = cancelled.cancellation_reasons().iter().map(|r| r.code().unwrap_or("None"));
            let read = verdict(&codes.collect::<Vec<_>>());
            return read.ok_or_else(|| StoreError::of(OPERATION, resource, error));
        }
        match is_transient(&error) {
            true => Ok(Err(Interruption::Ambiguous(Box::new(error)))),
            false => Err(StoreError::of(OPERATION, resource, error)),
        }
    }
}

/// The tables that a transaction is about, each once. DynamoDB does not name the one that is
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
fn verdict(codes: &[&str]) -> Option<Result<TransactionOutcome, Interruption>> {
    let refused = codes.iter().enumerate().filter(|(_, code)| **code == "ConditionalCheckFailed");
    let refused: Vec<_> = refused.map(|(place, _)| place).collect();
    if !refused.is_empty() {
        Some(Ok(TransactionOutcome::Refused(refused)))
    } else if codes.iter().any(|code| is_throttling(code)) {
        Some(Err(Interruption::Contended(Contention::Throttling)))
    } else if codes.contains(&"TransactionConflict") {
        Some(Err(Interruption::Contended(Contention::Conflict)))
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

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: &str = "ConditionalCheckFailed";
    const CONFLICT: &str = "TransactionConflict";

    #[test]
    fn a_refusal_is_reported_before_a_conflict() {
        let read = |codes: &[&str]| verdict(codes).and_then(Result::ok);
        assert_eq!(read(&["None", FAILED, "None"]), Some(TransactionOutcome::Refused(vec![1])));
        assert_eq!(
            read(&[FAILED, CONFLICT, FAILED]),
            Some(TransactionOutcome::Refused(vec![0, 2]))
        );
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
            let Some(Err(Interruption::Contended(contention))) = verdict(&["None", code]) else {
                panic!("{code} passes");
            };
            assert_eq!(contention, expected, "{code}");
        }
        for code in ["ValidationError", "ItemCollectionSizeLimitExceeded", "None"] {
            assert!(verdict(&[code]).is_none(), "{code}");
        }
    }
}
