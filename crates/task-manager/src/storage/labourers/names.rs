//! The names of all labourers that may have left something behind, in one item beside their rows: it is
//! read with them, so that a labourer which left the config is found without a scan.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;

use super::LabourersTable;
use crate::{
    attributes::{Item, s},
    ids::LabourerId,
    storage::{StoreError, engine::expression::placeholders},
};

/// No labourer has this key: names have no white space.
const KEY: &str = "all names";
const NAMES: &str = "names";

pub(super) fn key() -> Item {
    Item::from([("labourer_id".to_owned(), s(KEY))])
}

/// The names in this item; nothing if it is another one.
pub(super) fn read(item: &Item) -> Option<BTreeSet<LabourerId>> {
    let key = item.get("labourer_id")?.as_s().ok()?;
    let names = item.get(NAMES).and_then(|names| names.as_ss().ok());
    let names = names.into_iter().flatten().filter_map(|name| LabourerId::new(name).ok());
    (key == KEY).then(|| names.collect())
}

impl LabourersTable<'_> {
    /// Adds names to those that there are.
    pub(crate) async fn remember(self, names: &[LabourerId]) -> Result<(), StoreError> {
        self.change_names("ADD #names :names", names).await
    }

    /// Takes a name out: its labourer has left nothing behind.
    pub(crate) async fn forget(self, name: &LabourerId) -> Result<(), StoreError> {
        self.change_names("DELETE #names :names", std::slice::from_ref(name)).await
    }

    async fn change_names(self, update: &str, names: &[LabourerId]) -> Result<(), StoreError> {
        let names = names.iter().map(ToString::to_string).collect();
        let request = self
            .store
            .client()
            .update_item()
            .table_name(&self.store.names.labourers)
            .set_key(Some(key()))
            .update_expression(update)
            .set_expression_attribute_names(Some(placeholders(&[update], &Default::default())))
            .expression_attribute_values(":names", AttributeValue::Ss(names));
        let answer = request.send().await;
        answer.map(drop).map_err(|e| StoreError::of("UpdateItem", &self.store.names.labourers, e))
    }
}
