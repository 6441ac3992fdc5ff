//! The `config` table: rows of text by environment and name. It is read before the names of the
//! other tables are known, so it stands beside the [`Store`](super::Store), on the same engine.

use aws_sdk_dynamodb::Client;

use super::{
    StoreError,
    attributes::{s, text},
    engine::Engine,
    schema::{Key, Table},
};
use crate::task::Item;

/// The rows of one environment.
pub(crate) struct ConfigRows<'a> {
    engine: Engine,
    table: &'a str,
    env: &'a str,
}

/// A row as it is found: its name, and its text if it has one.
pub(crate) type ConfigRow = (String, Option<String>);

impl<'a> ConfigRows<'a> {
    pub fn new(client: &Client, table: &'a str, env: &'a str) -> Self {
        Self { engine: Engine::new(client.clone()), table, env }
    }

    /// Creates the table, if it is not there.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        let key = ["env", "config_name"].map(|field| Key { field, is_number: false });
        self.engine.create(&Table { name: self.table, key: key.into(), index: None }).await
    }

    /// Those of these rows that there are. They are asked for at once: a function that starts has
    /// one connection to open.
    pub async fn read(&self, rows: &[&str]) -> Result<Vec<ConfigRow>, StoreError> {
        let keys: Vec<_> = rows.iter().map(|row| self.key(row)).collect();
        let items = self.engine.batch_get(self.table, &keys).await?;
        let owned = |item: &Item, field: &str| item.get(field).and_then(text).map(str::to_owned);
        let name = |item| owned(item, "config_name").unwrap_or_default();
        Ok(items.iter().map(|item| (name(item), owned(item, "config_value"))).collect())
    }

    /// Puts a row, whatever was there.
    pub async fn put(&self, row: &str, text: &str) -> Result<(), StoreError> {
        let request = self.engine.client.put_item().table_name(self.table);
        let request = request.set_item(Some(self.key(row))).item("config_value", s(text));
        let answer = request.send().await;
        answer.map(drop).map_err(|e| StoreError::of("PutItem", self.table, e))
    }

    fn key(&self, row: &str) -> Item {
        Item::from([("env".to_owned(), s(self.env)), ("config_name".to_owned(), s(row))])
    }
}
