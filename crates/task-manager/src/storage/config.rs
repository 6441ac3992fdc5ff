//! The `config` table: rows of JSON text by environment and name. It is read before the names of the
//! other tables are known, so it stands beside the [`Store`](super::Store), on the same engine.

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, error::BoxError};
use serde_json::Value;
use thiserror::Error;

use super::{
    StoreError,
    engine::Engine,
    schema::{Key, Table},
};
use crate::{
    attributes::{Item, s, text},
    mistakes::{Mistakes, json},
};

/// The rows of one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigTable {
    pub name: String,
    /// The environment, which is the hash key.
    pub env: String,
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
        Ok(self.read_all(client, &[row]).await?.remove(row))
    }

    /// The configs in those of these rows that there are, by their names. They are asked for at
    /// once: a function that starts has one connection to open.
    pub async fn read_all(
        &self,
        client: &Client,
        rows: &[&str],
    ) -> Result<HashMap<String, Value>, TableError> {
        let keys: Vec<_> = rows.iter().map(|row| self.key(row)).collect();
        let items = engine(client).batch_get(&self.name, &keys).await.map_err(|error| {
            let (table, rows) = (self.name.clone(), rows.join(", "));
            match error {
                StoreError::Missing { .. } => TableError::NoTable { table },
                StoreError::Contended { .. } => TableError::Throttled { table, rows },
                error => TableError::Read { table, rows, error: cause(error) },
            }
        })?;
        items.iter().map(|item| self.config_of(item)).collect()
    }

    /// The name of a row, and the config in it.
    fn config_of(&self, item: &Item) -> Result<(String, Value), TableError> {
        let field = |name: &str| item.get(name).and_then(text);
        let row = field("config_name").unwrap_or_default().to_owned();
        let Some(text) = field("config_value") else {
            return Err(TableError::NoText { table: self.name.clone(), row });
        };
        let config = json::parse(text, &format!("{}/{}/{row}", self.name, self.env))?;
        Ok((row, config))
    }

    /// Puts `config` into a row, whatever was there.
    pub async fn write(
        &self,
        client: &Client,
        row: &str,
        config: &Value,
    ) -> Result<(), TableError> {
        let request = client.put_item().table_name(&self.name).set_item(Some(self.key(row)));
        let request = request.item("config_value", s(config.to_string()));
        let answer = request.send().await;
        answer.map(drop).map_err(|error| match StoreError::of("PutItem", &self.name, error) {
            StoreError::Missing { .. } => TableError::NoTable { table: self.name.clone() },
            error => {
                let (table, row) = (self.name.clone(), row.to_owned());
                TableError::Write { table, row, error: cause(error) }
            }
        })
    }

    fn key(&self, row: &str) -> Item {
        Item::from([("env".to_owned(), s(&self.env)), ("config_name".to_owned(), s(row))])
    }
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
