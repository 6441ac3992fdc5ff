//! The `config` table: rows of JSON text by environment and name.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::{BoxError, SdkError},
    operation::{
        batch_get_item::{BatchGetItemError, BatchGetItemOutput},
        put_item::PutItemError,
    },
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        KeysAndAttributes, ScalarAttributeType,
    },
};
use serde_json::Value;
use thiserror::Error;

use super::{Mistakes, read::parse};
use crate::task::Item;

/// Between requests for rows that DynamoDB left out of its answer.
const RESTS: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(800)];

/// The rows of one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigTable {
    /// Name of the table.
    pub name: String,
    /// The environment, which is the hash key.
    pub env: String,
}

/// Why the table does not answer.
#[derive(Debug, Error)]
pub enum TableError {
    /// There is no such table.
    #[error(
        "table {table} does not exist: create it, name another in SOSW_CONFIG_TABLE, or put the \
         config into SOSW_CONFIG"
    )]
    NoTable {
        /// Its name.
        table: String,
    },
    /// A row holds something else than text.
    #[error("row {row} of table {table} has no text in config_value")]
    NoText {
        /// Name of the table.
        table: String,
        /// Name of the row.
        row: String,
    },
    /// A row holds something else than JSON.
    #[error(transparent)]
    NoJson(#[from] Mistakes),
    /// Rows could not be read.
    #[error("{rows} of table {table} cannot be read")]
    Read {
        /// Name of the table.
        table: String,
        /// Names of the rows.
        rows: String,
        /// Why.
        #[source]
        error: BoxError,
    },
    /// DynamoDB left out some of the rows, again and again.
    #[error("{rows} of table {table} cannot be read: the table is throttled; try again")]
    Throttled {
        /// Name of the table.
        table: String,
        /// Names of the rows.
        rows: String,
    },
    /// The row could not be written.
    #[error("row {row} of table {table} cannot be written")]
    Write {
        /// Name of the table.
        table: String,
        /// Name of the row.
        row: String,
        /// Why.
        #[source]
        error: Box<SdkError<PutItemError>>,
    },
    /// The table could not be created.
    #[error("table {table} cannot be created")]
    Create {
        /// Name of the table.
        table: String,
        /// Why.
        #[source]
        error: BoxError,
    },
}

impl ConfigTable {
    /// The table's name when nothing else is said.
    pub const NAME: &str = "config";
    /// The environment when nothing else is said.
    pub const PRODUCTION: &str = "production";

    /// Creates the table if it is not there: for the local mode. On AWS the stack makes it.
    pub async fn create(&self, client: &Client) -> Result<(), TableError> {
        let failed = |error: BoxError| TableError::Create { table: self.name.clone(), error };
        let mut request =
            client.create_table().table_name(&self.name).billing_mode(BillingMode::PayPerRequest);
        for (field, kind) in [("env", KeyType::Hash), ("config_name", KeyType::Range)] {
            let key = KeySchemaElement::builder().attribute_name(field).key_type(kind).build();
            let text = AttributeDefinition::builder()
                .attribute_name(field)
                .attribute_type(ScalarAttributeType::S)
                .build();
            request = request
                .key_schema(key.map_err(|error| failed(error.into()))?)
                .attribute_definitions(text.map_err(|error| failed(error.into()))?);
        }
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(failed(error.into())),
        }
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
        let mut found = HashMap::new();
        let mut left: Vec<_> = rows.iter().map(|row| self.key(row)).collect();
        for rest in RESTS {
            let mut answer = self.ask(client, left, rows).await?;
            let items = answer.responses.as_mut().and_then(|all| all.remove(&self.name));
            for item in items.unwrap_or_default() {
                let (row, config) = self.config_of(&item)?;
                found.insert(row, config);
            }
            let missed = answer.unprocessed_keys.and_then(|mut all| all.remove(&self.name));
            left = missed.map(|missed| missed.keys).unwrap_or_default();
            if left.is_empty() {
                return Ok(found);
            }
            tokio::time::sleep(rest).await;
        }
        Err(TableError::Throttled { table: self.name.clone(), rows: rows.join(", ") })
    }

    async fn ask(
        &self,
        client: &Client,
        keys: Vec<Item>,
        rows: &[&str],
    ) -> Result<BatchGetItemOutput, TableError> {
        let failed = |error: BoxError| {
            let (table, rows) = (self.name.clone(), rows.join(", "));
            TableError::Read { table, rows, error }
        };
        let asked = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true);
        let asked = asked.build().map_err(|error| failed(error.into()))?;
        let answer = client.batch_get_item().request_items(&self.name, asked).send().await;
        answer.map_err(|error| match no_table(&error) {
            true => self.missing(),
            false => failed(error.into()),
        })
    }

    fn key(&self, row: &str) -> Item {
        let field = |name: &str, value: &str| (name.into(), AttributeValue::S(value.into()));
        Item::from([field("env", &self.env), field("config_name", row)])
    }

    /// The name of a row, and the config in it.
    fn config_of(&self, item: &Item) -> Result<(String, Value), TableError> {
        let text = |field: &str| item.get(field).and_then(|value| value.as_s().ok());
        let row = text("config_name").cloned().unwrap_or_default();
        let Some(config) = text("config_value") else {
            return Err(TableError::NoText { table: self.name.clone(), row });
        };
        let config = parse(config, &format!("{}/{}/{row}", self.name, self.env))?;
        Ok((row, config))
    }

    /// Puts `config` into a row, whatever was there.
    pub async fn write(
        &self,
        client: &Client,
        row: &str,
        config: &Value,
    ) -> Result<(), TableError> {
        let text = |value: &str| AttributeValue::S(value.into());
        let answer = client
            .put_item()
            .table_name(&self.name)
            .item("env", text(&self.env))
            .item("config_name", text(row))
            .item("config_value", text(&config.to_string()))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_resource_not_found_exception()) =>
            {
                Err(self.missing())
            }
            Err(error) => {
                let (table, row) = (self.name.clone(), row.into());
                Err(TableError::Write { table, row, error: Box::new(error) })
            }
        }
    }

    fn missing(&self) -> TableError {
        TableError::NoTable { table: self.name.clone() }
    }
}

fn no_table(error: &SdkError<BatchGetItemError>) -> bool {
    error.as_service_error().is_some_and(BatchGetItemError::is_resource_not_found_exception)
}
