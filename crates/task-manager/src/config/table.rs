//! The `config` table: rows of JSON text by environment and name.

use aws_sdk_dynamodb::{
    Client,
    error::{BoxError, SdkError},
    operation::{get_item::GetItemError, put_item::PutItemError},
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        ScalarAttributeType,
    },
};
use serde_json::Value;
use thiserror::Error;

use super::{Mistakes, read::parse};

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
    /// The row could not be read.
    #[error("row {row} of table {table} cannot be read")]
    Read {
        /// Name of the table.
        table: String,
        /// Name of the row.
        row: String,
        /// Why.
        #[source]
        error: Box<SdkError<GetItemError>>,
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
        let key = |value: &str| AttributeValue::S(value.into());
        let answer = client
            .get_item()
            .table_name(&self.name)
            .key("env", key(&self.env))
            .key("config_name", key(row))
            .consistent_read(true)
            .send()
            .await;
        let item = match answer {
            Ok(answer) => answer.item,
            Err(error) if no_table(&error) => return Err(self.missing()),
            Err(error) => {
                let (table, row) = (self.name.clone(), row.into());
                return Err(TableError::Read { table, row, error: Box::new(error) });
            }
        };
        let Some(item) = item else { return Ok(None) };
        let Some(Ok(text)) = item.get("config_value").map(AttributeValue::as_s) else {
            return Err(TableError::NoText { table: self.name.clone(), row: row.into() });
        };
        Ok(Some(parse(text, &format!("{}/{}/{row}", self.name, self.env))?))
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

fn no_table(error: &SdkError<GetItemError>) -> bool {
    error.as_service_error().is_some_and(GetItemError::is_resource_not_found_exception)
}
