//! Talking to the table: conditional writes, alone or together, and reads of every page.

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::{
        query::builders::QueryFluentBuilder,
        transact_write_items::TransactWriteItemsError as TransactError,
        update_item::UpdateItemError,
    },
    types::{CancellationReason, TransactWriteItem},
};

use crate::{
    error::TrackerError,
    item::{self, Item},
    table::{self, ExpectedRecord},
    unit::Record,
};

/// Tries of a request that met another transaction on the same item.
const ROUNDS: u32 = 8;

/// The outcome of a conditional write.
#[expect(clippy::large_enum_variant, reason = "taken apart where it is returned, never kept")]
pub(super) enum Written {
    /// The record is now as written.
    Applied,
    /// The record was not as expected: this one was found, or none.
    Otherwise(Option<Record>),
}

/// The outcome of a transaction.
pub(super) enum Transacted {
    Applied,
    /// Nothing was written. For each item whether its condition was the reason.
    Refused(Vec<bool>),
}

/// A table and the client to talk to it.
#[derive(Clone, Debug)]
pub(super) struct Records {
    pub client: Client,
    pub table: Arc<str>,
}

impl Records {
    pub async fn get(&self, scope: &str, unit: &str) -> Result<Option<Record>, TrackerError> {
        let got = self
            .client
            .get_item()
            .table_name(self.table.as_ref())
            .set_key(Some(item::key(scope, unit)))
            .consistent_read(true)
            .send()
            .await
            .map_err(TrackerError::dynamo_db("read a unit"))?;
        // A key that only others have put attributes under is no unit.
        let ours = got.item.filter(|item| item.contains_key("change"));
        ours.as_ref().map(item::record).transpose()
    }

    pub async fn write_if(
        &self,
        record: &Record,
        expected: ExpectedRecord<'_>,
    ) -> Result<Written, TrackerError> {
        let update = table::write(&self.table, record, expected)?;
        let mut round = 0;
        let refusal = loop {
            match table::alone(&self.client, update.clone()).send().await {
                Ok(_) => return Ok(Written::Applied),
                Err(error) if conflicts(&error) && round < ROUNDS => pause(round).await,
                Err(error) => break error,
            }
            round += 1;
        };
        let found = match refusal.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => refused.item(),
            _ => return Err(TrackerError::dynamo_db("write a unit")(refusal)),
        };
        let found = match found.filter(|item| item.contains_key("change")) {
            Some(item) => Some(item::record(item)?),
            None => self.get(&record.scope, &record.unit).await?,
        };
        // The first answer to this very write may have been lost, and the SDK sent it again.
        match found {
            Some(found) if found.change == record.change => Ok(Written::Applied),
            found => Ok(Written::Otherwise(found)),
        }
    }

    /// All or nothing. The token stays the same over the tries, so that none is applied twice.
    pub async fn transact(
        &self,
        items: Vec<TransactWriteItem>,
        token: &str,
    ) -> Result<Transacted, TrackerError> {
        let mut round = 0;
        loop {
            let sent = self
                .client
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                .client_request_token(token)
                .send()
                .await;
            let Err(error) = sent else { return Ok(Transacted::Applied) };
            match error.as_service_error() {
                Some(TransactError::TransactionCanceledException(cancelled))
                    if cancelled.cancellation_reasons().iter().any(by_condition) =>
                {
                    let reasons = cancelled.cancellation_reasons();
                    return Ok(Transacted::Refused(reasons.iter().map(by_condition).collect()));
                }
                Some(TransactError::TransactionCanceledException(cancelled))
                    if round < ROUNDS && passing(cancelled.cancellation_reasons()) => {}
                Some(TransactError::TransactionInProgressException(_)) if round < ROUNDS => {}
                _ => return Err(TrackerError::dynamo_db("write units together")(error)),
            }
            pause(round).await;
            round += 1;
        }
    }

    pub fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(self.table.as_ref())
    }

    /// The items a query finds, page by page, up to `limit`.
    pub async fn all(
        &self,
        query: QueryFluentBuilder,
        limit: Option<usize>,
    ) -> Result<Vec<Item>, TrackerError> {
        let mut items = Vec::new();
        let mut pages = query.into_paginator().items().send();
        while limit.is_none_or(|limit| items.len() < limit) {
            let Some(item) = pages.next().await else { break };
            items.push(item.map_err(TrackerError::dynamo_db("list units"))?);
        }
        Ok(items)
    }
}

fn conflicts(error: &SdkError<UpdateItemError>) -> bool {
    matches!(error.as_service_error(), Some(UpdateItemError::TransactionConflictException(_)))
}

fn by_condition(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

/// Whether the same transaction can succeed a moment later.
fn passing(reasons: &[CancellationReason]) -> bool {
    reasons.iter().filter_map(CancellationReason::code).all(|code| {
        matches!(
            code,
            "None" | "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"
        )
    })
}

/// Jittered, so that those who met do not meet again.
async fn pause(round: u32) {
    let most = 25u64 << round.min(6);
    tokio::time::sleep(Duration::from_millis(rand::random_range(1..=most))).await;
}
