//! Counters of what did not go well with a labourer's attempts. They stand beside its row, not in
//! it: what many attempts count at once must not be in the way of those that take slots.

use super::LabourersTable;
use crate::{
    attributes::{Item, n, number, s},
    ecology::Trouble,
    ids::LabourerId,
    storage::{StoreError, engine::expression::placeholders},
};

impl LabourersTable<'_> {
    /// Adds to the counters of a labourer.
    pub async fn add_trouble(
        self,
        labourer: &LabourerId,
        trouble: Trouble,
    ) -> Result<(), StoreError> {
        let update = "ADD #failed :failed, #throttled :throttled, #deferred :deferred";
        let request = self
            .store
            .client()
            .update_item()
            .table_name(&self.store.names.labourers)
            .set_key(Some(key(labourer)))
            .update_expression(update)
            .set_expression_attribute_names(Some(placeholders(&[update], &Default::default())))
            .expression_attribute_values(":failed", n(trouble.failed))
            .expression_attribute_values(":throttled", n(trouble.throttled))
            .expression_attribute_values(":deferred", n(trouble.deferred));
        let answer = request.send().await;
        answer.map(drop).map_err(|e| StoreError::of("UpdateItem", &self.store.names.labourers, e))
    }

    /// The counters of a labourer.
    pub async fn trouble(self, labourer: &LabourerId) -> Result<Trouble, StoreError> {
        let request = self.store.client().get_item().table_name(&self.store.names.labourers);
        let answer = request.set_key(Some(key(labourer))).send().await;
        let answer =
            answer.map_err(|e| StoreError::of("GetItem", &self.store.names.labourers, e))?;
        let item = answer.item.unwrap_or_default();
        let count = |field: &str| item.get(field).and_then(number).unwrap_or_default() as u32;
        Ok(Trouble {
            failed: count("failed"),
            throttled: count("throttled"),
            deferred: count("deferred"),
        })
    }
}

/// No labourer has this key: names have no white space.
fn key(labourer: &LabourerId) -> Item {
    Item::from([("labourer_id".to_owned(), s(format!("{labourer} trouble")))])
}
