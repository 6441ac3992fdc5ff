//! The `config` table: rows of JSON text by environment and name. It is read before the names of the
//! other tables are known, so it stands beside the [`Store`](super::Store), on the same engine.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client, error::BoxError, operation::put_item::PutItemError,
    types::ReturnValuesOnConditionCheckFailure,
};
use serde_json::Value;
use thiserror::Error;

use super::{
    StoreError,
    engine::Engine,
    schema::{Key, Table},
};
use crate::{
    attributes::{Item, n, number, s, text},
    mistakes::{Mistakes, json},
    time::Timestamp,
};

/// The rows of one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigTable {
    pub name: String,
    /// The environment, which is the hash key.
    pub env: String,
}

/// What a row holds.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigRow {
    pub config: Value,
    /// When it was pushed, in milliseconds since the epoch; 0 if it was written by something that does not say.
    pub pushed_at: u64,
}

/// Why the table does not answer.
#[derive(Debug, Error)]
pub enum TableError {
    #[error(
        "table {table} does not exist: create it, name another in SOSW_CONFIG_TABLE, or put the \
         config into SOSW_CONFIG"
    )]
    NoTable { table: String },
    /// A row holds something else than text.
    #[error("row {row} of table {table} has no text in config_value")]
    NoText { table: String, row: String },
    /// A row holds something else than JSON.
    #[error(transparent)]
    NoJson(#[from] Mistakes),
    #[error("{rows} of table {table} cannot be read")]
    Read {
        table: String,
        rows: String,
        #[source]
        error: BoxError,
    },
    /// Others write to it all the time.
    #[error("row {row} of table {table} is written by others at the same time: try again")]
    Contended { table: String, row: String },
    /// DynamoDB left out some of the rows, again and again.
    #[error("{rows} of table {table} cannot be read: the table is throttled; try again")]
    Throttled { table: String, rows: String },
    #[error("row {row} of table {table} cannot be written")]
    Write {
        table: String,
        row: String,
        #[source]
        error: BoxError,
    },
    #[error("table {table} cannot be created")]
    Create {
        table: String,
        #[source]
        error: BoxError,
    },
}

/// How often a config is put, each time as pushed later than what was there.
const TRIES: u32 = 5;

impl ConfigTable {
    /// The table's name by default.
    pub const NAME: &str = "config";
    /// The environment by default.
    pub const PRODUCTION: &str = "production";

    /// Creates the table if it is not there: for the local mode. On AWS the stack makes it.
    pub async fn create(&self, client: &Client) -> Result<(), TableError> {
        let key = ["env", "config_name"].map(|field| Key { field, is_number: false });
        let table = Table { name: &self.name, key: key.into(), index: None };
        let created = engine(client).create(&table).await;
        created
            .map_err(|error| TableError::Create { table: self.name.clone(), error: cause(error) })
    }

    /// The config in a row, if there is such a row.
    pub async fn read(&self, client: &Client, row: &str) -> Result<Option<Value>, TableError> {
        Ok(self.read_all(client, &[row]).await?.remove(row).map(|row| row.config))
    }

    /// What is in those of these rows that there are, by their names. They are asked for at
    /// once: a function that starts has one connection to open.
    pub async fn read_all(
        &self,
        client: &Client,
        rows: &[&str],
    ) -> Result<HashMap<String, ConfigRow>, TableError> {
        let keys: Vec<_> = rows.iter().map(|row| self.key(row)).collect();
        let items = engine(client).batch_get(&self.name, &keys).await.map_err(|error| {
            let (table, rows) = (self.name.clone(), rows.join(", "));
            match error {
                StoreError::Missing { .. } => TableError::NoTable { table },
                StoreError::Contended { .. } => TableError::Throttled { table, rows },
                error => TableError::Read { table, rows, error: cause(error) },
            }
        })?;
        items.iter().map(|item| self.row_of(item)).collect()
    }

    /// The name of a row, and what it holds.
    fn row_of(&self, item: &Item) -> Result<(String, ConfigRow), TableError> {
        let field = |name: &str| item.get(name).and_then(text);
        let row = field("config_name").unwrap_or_default().to_owned();
        let Some(text) = field("config_value") else {
            return Err(TableError::NoText { table: self.name.clone(), row });
        };
        let config = json::parse(text, &format!("{}/{}/{row}", self.name, self.env))?;
        let pushed_at = pushed_at(item).unwrap_or(0);
        Ok((row, ConfigRow { config, pushed_at }))
    }

    /// Puts `config` into a row, whatever was there, as pushed at that time, or right after what was there if that is
    /// later: so it is known which of two configs is the newer one, whoever's clock is ahead.
    ///
    /// # Errors
    /// When the table does not answer, or others write to the row all the time.
    pub async fn write(
        &self,
        client: &Client,
        row: &str,
        config: &Value,
        at: Timestamp,
    ) -> Result<(), TableError> {
        let mut at = (at.seconds() * 1000.0) as u64;
        for _ in 0..TRIES {
            match self.put_after(client, row, config, at).await? {
                None => return Ok(()),
                Some(other) => at = at.max(other.saturating_add(1)),
            }
        }
        Err(TableError::Contended { table: self.name.clone(), row: row.to_owned() })
    }

    /// Puts it, unless what is there was pushed at that time or later: then answers when.
    async fn put_after(
        &self,
        client: &Client,
        row: &str,
        config: &Value,
        at: u64,
    ) -> Result<Option<u64>, TableError> {
        let request = client.put_item().table_name(&self.name).set_item(Some(self.key(row)));
        let request = request
            .item("config_value", s(config.to_string()))
            .item("pushed_at", n(at))
            .condition_expression("attribute_not_exists(pushed_at) OR NOT pushed_at >= :at")
            .expression_attribute_values(":at", n(at))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.send().await else { return Ok(None) };
        if let Some(PutItemError::ConditionalCheckFailedException(failed)) =
            error.as_service_error()
        {
            return Ok(Some(failed.item().and_then(pushed_at).unwrap_or(at)));
        }
        let (table, row) = (self.name.clone(), row.to_owned());
        Err(match StoreError::of("PutItem", &self.name, error) {
            StoreError::Missing { .. } => TableError::NoTable { table },
            error => TableError::Write { table, row, error: cause(error) },
        })
    }

    fn key(&self, row: &str) -> Item {
        Item::from([("env".to_owned(), s(&self.env)), ("config_name".to_owned(), s(row))])
    }
}

/// When the config in a row was pushed, in milliseconds since the epoch.
fn pushed_at(item: &Item) -> Option<u64> {
    item.get("pushed_at").and_then(number).map(|millis| millis as u64)
}

fn engine(client: &Client) -> Engine {
    Engine::new(client.clone())
}

/// The SDK's error, where there is one: [`TableError`] names the table itself.
fn cause(error: StoreError) -> BoxError {
    match error {
        StoreError::Failed { source, .. } => source,
        error => error.into(),
    }
}
