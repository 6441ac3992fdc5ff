//! The ledger of permits, in one item beside the labourers' rows.

use super::LabourersTable;
use crate::{
    attributes::{Item, n, number, s, text},
    resource::ledger::Ledger,
    storage::{
        StoreError,
        engine::{
            expression::{bind, placeholders},
            statement::{Built, Target, Values},
        },
    },
    time::Timestamp,
};

/// No labourer has this key: names have no white space.
const KEY: &str = "all permits";

pub(super) fn key() -> Item {
    Item::from([("labourer_id".to_owned(), s(KEY))])
}

/// The ledger, and what stands beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LedgerRead {
    pub ledger: Ledger,
    /// Until when somebody is passing permits on.
    pub passing_until: Option<Timestamp>,
}

impl<'a> LabourersTable<'a> {
    /// The ledger as it is now: empty, if there is none.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the item cannot be read: who took that for an empty one would forget who holds
    /// what.
    pub async fn ledger(self) -> Result<LedgerRead, StoreError> {
        let table = &self.store.names.labourers;
        let request = self.store.client().get_item().table_name(table).set_key(Some(key()));
        let answer = request.consistent_read(true).send().await;
        let item = answer.map_err(|e| StoreError::of("GetItem", table, e))?.item;
        Ok(item.map(|item| self.ledger_of(&item)).transpose()?.unwrap_or_default())
    }

    pub(super) fn ledger_of(self, item: &Item) -> Result<LedgerRead, StoreError> {
        read(item).map_err(|error| {
            let why = format!("{error}; another version may have written who holds permits");
            StoreError::Unreadable { resource: self.store.names.labourers.clone(), why }
        })
    }

    /// Begins to pass permits on, unless somebody else does. Answers whether it may.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn begin_to_pass(self, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let update = "SET #passing_until = :until";
        let condition = "attribute_not_exists(#passing_until) OR #passing_until <= :now";
        let values = bind([("until", n(until)), ("now", n(now))]);
        self.update_passing(update, condition, values).await
    }

    /// Ends what was begun with this `until`, if nobody has begun since. Answers whether it did.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn end_to_pass(self, until: Timestamp) -> Result<bool, StoreError> {
        let values = bind([("until", n(until))]);
        self.update_passing("REMOVE #passing_until", "#passing_until = :until", values).await
    }

    async fn update_passing(
        self,
        update: &str,
        condition: &str,
        values: Values,
    ) -> Result<bool, StoreError> {
        let names = placeholders(&[update, condition], &Default::default());
        let request = self
            .store
            .client()
            .update_item()
            .table_name(&self.store.names.labourers)
            .set_key(Some(key()))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values));
        self.conditional("UpdateItem", || request.clone().send()).await
    }

    /// Replaces the ledger that was read. Whoever passed permits on is done.
    pub(in crate::storage) fn settle(self, read: u64, ledger: &Ledger) -> Built {
        let target = Target { table: &self.store.names.labourers, key: key(), fields: None };
        let update = "SET #ledger = :ledger, #revision = :next REMOVE #passing_until";
        let text = serde_json::to_string(ledger).unwrap_or_default();
        let mut values = bind([("ledger", s(text)), ("next", n(read + 1))]);
        let condition = match read {
            0 => "attribute_not_exists(#revision)",
            _ => {
                values.insert(":read".to_owned(), n(read));
                "#revision = :read"
            }
        };
        target.update(update, condition, values)
    }
}

fn read(item: &Item) -> Result<LedgerRead, serde_json::Error> {
    let ledger = item.get("ledger").and_then(text).map(serde_json::from_str).transpose()?;
    let number = |field: &str| item.get(field).and_then(number);
    let revision = number("revision").unwrap_or_default() as u64;
    Ok(LedgerRead {
        ledger: Ledger { revision, ..ledger.unwrap_or_default() },
        passing_until: number("passing_until").map(Timestamp::from_seconds),
    })
}
