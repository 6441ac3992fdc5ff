//! Units as items of the table.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use crate::{
    error::{MOST_DATA, TrackerError},
    unit::{Record, Status},
};
use labourer::Timestamp;

/// An item as DynamoDB has it.
pub type Item = HashMap<String, AttributeValue>;

/// A unit as the index has it, which lags behind the table by a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The unit's name.
    pub unit: String,
    /// Where it stood.
    pub status: Status,
    /// How often it was begun.
    pub attempts: u32,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Until when it is locked. In progress and past that, it can be begun.
    pub locked_until: Option<Timestamp>,
}

/// The key of a unit.
pub(super) fn key(scope: &str, unit: &str) -> Item {
    Item::from([("scope".to_owned(), text(scope)), ("unit".to_owned(), text(unit))])
}

/// The index's key of all units of a scope with this status.
pub(super) fn scope_status(scope: &str, status: Status) -> AttributeValue {
    text(format!("{scope}#{}", status.as_str()))
}

/// Every attribute but the key. What a record has no value for is removed from its item.
pub(super) fn attributes(
    record: &Record,
) -> Result<[(&'static str, Option<AttributeValue>); 12], TrackerError> {
    let data = record.data.to_string();
    if data.len() > MOST_DATA {
        let (unit, bytes) = (record.unit.clone(), data.len());
        return Err(TrackerError::DataTooLarge { unit, bytes });
    }
    let errors = serde_json::to_string(&record.errors).map_err(TrackerError::internal)?;
    Ok([
        ("scope_status", Some(scope_status(&record.scope, record.status))),
        ("status", Some(text(record.status.as_str()))),
        ("attempts", Some(number(record.attempts))),
        ("max_attempts", Some(number(record.max_attempts))),
        ("owner", record.owner.as_ref().map(text)),
        ("locked_until", record.locked_until.map(number)),
        ("data", Some(text(data))),
        ("errors", Some(text(errors))),
        ("created_at", Some(number(record.created_at))),
        ("updated_at", Some(number(record.updated_at))),
        // DynamoDB's time to live reads whole seconds.
        ("expires_at", record.expires_at.map(|at| number(at.seconds().ceil()))),
        ("change", Some(text(&record.change))),
    ])
}

/// The record an item holds.
pub(super) fn record(item: &Item) -> Result<Record, TrackerError> {
    let field = |name: &'static str| Field { item, name };
    Ok(Record {
        scope: field("scope").text()?,
        unit: field("unit").text()?,
        status: field("status").status()?,
        attempts: field("attempts").number()? as u32,
        max_attempts: field("max_attempts").number()? as u32,
        locked_until: field("locked_until").time().ok(),
        owner: field("owner").text().ok(),
        data: field("data").json()?,
        errors: field("errors").json()?,
        created_at: field("created_at").time()?,
        updated_at: field("updated_at").time()?,
        expires_at: field("expires_at").time().ok(),
        change: field("change").text()?,
    })
}

/// What the index says about a unit.
pub(super) fn listed(item: &Item, status: Status) -> Result<Listed, TrackerError> {
    let field = |name: &'static str| Field { item, name };
    Ok(Listed {
        unit: field("unit").text()?,
        status,
        attempts: field("attempts").number()? as u32,
        updated_at: field("updated_at").time()?,
        locked_until: field("locked_until").time().ok(),
    })
}

/// Status and attempts, for counting.
pub(super) fn standing(item: &Item) -> Result<(Status, u32), TrackerError> {
    let field = |name: &'static str| Field { item, name };
    Ok((field("status").status()?, field("attempts").number()? as u32))
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

struct Field<'a> {
    item: &'a Item,
    name: &'static str,
}

impl Field<'_> {
    fn text(&self) -> Result<String, TrackerError> {
        let value = self.item.get(self.name).and_then(|value| value.as_s().ok());
        value.cloned().ok_or(self.wrong())
    }

    fn number(&self) -> Result<f64, TrackerError> {
        let value = self.item.get(self.name).and_then(|value| value.as_n().ok());
        value.and_then(|value| value.parse().ok()).ok_or(self.wrong())
    }

    fn time(&self) -> Result<Timestamp, TrackerError> {
        self.number().map(Timestamp::from_seconds)
    }

    fn status(&self) -> Result<Status, TrackerError> {
        Status::named(&self.text()?).ok_or(self.wrong())
    }

    fn json<T: DeserializeOwned>(&self) -> Result<T, TrackerError> {
        serde_json::from_str(&self.text()?).map_err(|_| self.wrong())
    }

    fn wrong(&self) -> TrackerError {
        TrackerError::NotAUnit { attribute: self.name }
    }
}
