//! The tables as such: their shape, and every item there is. Only operators read these (`doctor`,
//! `adopt`); no function has the right to scan.

use aws_sdk_dynamodb::{
    error::ProvideErrorMetadata,
    types::{
        AttributeDefinition, AttributeValue, KeySchemaElement, Projection, ProjectionType,
        ProvisionedThroughputDescription, ScalarAttributeType,
    },
};
use serde_json::Value;

use super::{Store, StoreError};
use crate::{
    attributes::{Item, text, to_json},
    time::Timestamp,
};

/// A table as DynamoDB describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// The fields of its key, each with whether it is a number.
    pub key: Vec<(String, bool)>,
    pub indexes: Vec<DescribedIndex>,
    pub created_at: Option<Timestamp>,
    /// The write units a second that it is provisioned with; `None` on demand.
    pub write_units: Option<u64>,
    /// Is it protected from deletion?
    pub is_protected: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DescribedIndex {
    pub name: String,
    /// The fields of its key, as of a table.
    pub key: Vec<(String, bool)>,
    pub projects_all: bool,
    /// As of a table; a local index has none of its own.
    pub write_units: Option<u64>,
}

/// An item as a scan finds it: what it lacks may keep it from being a task.
#[derive(Clone, Debug)]
pub struct ScannedItem {
    /// Its `task_id`, which need not be an id that ours could have.
    pub id: String,
    pub labourer: Option<String>,
    pub has_greenfield: bool,
    pub payload: Option<String>,
    item: Item,
}

impl ScannedItem {
    /// All that it has.
    pub fn into_json(self) -> Value {
        to_json(&AttributeValue::M(self.item))
    }
}

impl Store {
    /// What a table is like; nothing if there is none of that name.
    pub async fn describe(&self, table: &str) -> Result<Option<Described>, StoreError> {
        let answer = match self.client().describe_table().table_name(table).send().await {
            Ok(answer) => answer,
            Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(None),
            Err(error) => return Err(StoreError::of("DescribeTable", table, error)),
        };
        let Some(described) = answer.table else { return Ok(None) };
        let definitions = described.attribute_definitions.unwrap_or_default();
        let key = |schema: Option<Vec<KeySchemaElement>>| {
            fields(&schema.unwrap_or_default(), &definitions)
        };
        let global = described.global_secondary_indexes.unwrap_or_default().into_iter();
        let global = global.map(|index| DescribedIndex {
            name: index.index_name.unwrap_or_default(),
            key: key(index.key_schema),
            projects_all: is_all(index.projection.as_ref()),
            write_units: write_units(index.provisioned_throughput.as_ref()),
        });
        let local = described.local_secondary_indexes.unwrap_or_default().into_iter();
        let local = local.map(|index| DescribedIndex {
            name: index.index_name.unwrap_or_default(),
            key: key(index.key_schema),
            projects_all: is_all(index.projection.as_ref()),
            write_units: None,
        });
        let created_at = described.creation_date_time;
        Ok(Some(Described {
            indexes: global.chain(local).collect(),
            key: key(described.key_schema),
            created_at: created_at.map(|at| Timestamp::from_seconds(at.as_secs_f64())),
            write_units: write_units(described.provisioned_throughput.as_ref()),
            is_protected: described.deletion_protection_enabled.unwrap_or_default(),
        }))
    }

    /// The names of all tables of the account, in its region.
    pub async fn table_names(&self) -> Result<Vec<String>, StoreError> {
        let pages = self.client().list_tables().into_paginator().items().send();
        let names: Result<Vec<_>, _> = pages.collect().await;
        names.map_err(|error| StoreError::of("ListTables", "", error))
    }

    /// Every item of the tasks table: as slow and as costly as the table is large.
    pub async fn scan_tasks(&self, each: impl FnMut(ScannedItem)) -> Result<(), StoreError> {
        self.scan(&self.names.tasks, each).await
    }

    /// Every item of the retry table, at the same cost.
    pub async fn scan_parked(&self, each: impl FnMut(ScannedItem)) -> Result<(), StoreError> {
        self.scan(&self.names.retry, each).await
    }

    /// Every item of the table of closed tasks, at the same cost.
    pub async fn scan_closed(&self, each: impl FnMut(ScannedItem)) -> Result<(), StoreError> {
        self.scan(&self.names.closed, each).await
    }

    async fn scan(&self, table: &str, mut each: impl FnMut(ScannedItem)) -> Result<(), StoreError> {
        let mut start = None;
        loop {
            let page = self.client().scan().table_name(table).set_exclusive_start_key(start);
            let page = page.consistent_read(true).send().await;
            let page = page.map_err(|e| StoreError::of("Scan", table, e))?;
            let items = page.items.unwrap_or_default().into_iter();
            items.filter_map(|item| self.scanned(item)).for_each(&mut each);
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    fn scanned(&self, item: Item) -> Option<ScannedItem> {
        let field = |name| item.get(self.names.fields.get(name));
        let owned = |name| field(name).and_then(text).map(str::to_owned);
        Some(ScannedItem {
            id: owned("task_id")?,
            labourer: owned("labourer_id"),
            has_greenfield: field("greenfield").is_some(),
            payload: owned("payload"),
            item,
        })
    }
}

fn is_all(projection: Option<&Projection>) -> bool {
    projection.and_then(|it| it.projection_type.as_ref()) == Some(&ProjectionType::All)
}

/// On demand, DynamoDB describes the throughput as 0 units.
fn write_units(throughput: Option<&ProvisionedThroughputDescription>) -> Option<u64> {
    let units = throughput.and_then(|throughput| throughput.write_capacity_units);
    units.and_then(|units| u64::try_from(units).ok()).filter(|units| *units > 0)
}

fn fields(schema: &[KeySchemaElement], definitions: &[AttributeDefinition]) -> Vec<(String, bool)> {
    let is_number = |name: &str| {
        let definition = definitions.iter().find(|known| known.attribute_name == name);
        definition.is_some_and(|known| known.attribute_type == ScalarAttributeType::N)
    };
    let names = schema.iter().map(|element| element.attribute_name.clone());
    names.map(|name| (name.clone(), is_number(&name))).collect()
}
