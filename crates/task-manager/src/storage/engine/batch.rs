//! BatchGetItem of any number of keys.

use aws_sdk_dynamodb::types::KeysAndAttributes;

use super::{
    Engine,
    error::{Contention, StoreError},
    retries::RetryPolicy,
};
use crate::attributes::Item;

/// The most keys that one request takes.
const KEYS_MOST: usize = 100;
const OPERATION: &str = "BatchGetItem";

impl Engine {
    /// The items of `table` that there are, as they are now, in no order. What DynamoDB left out
    /// (the answer was too large, or it throttles) is asked for again.
    ///
    /// # Errors
    /// When DynamoDB refuses the request, or answers again and again without any item.
    pub(in crate::storage) async fn batch_get(
        &self,
        table: &str,
        keys: &[Item],
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::with_capacity(keys.len());
        for keys in keys.chunks(KEYS_MOST) {
            let (mut left, mut retries) = (keys.to_vec(), self.retries(RetryPolicy::PATIENT));
            loop {
                // Boxed, or the types of all that waits for this would nest too deep.
                let (found, missed) = Box::pin(self.batch_get_once(table, left)).await?;
                if missed.is_empty() {
                    items.extend(found);
                    break;
                }
                // An answer that has some of the items is progress: only the others are asked for again.
                if !found.is_empty() {
                    retries.reset();
                }
                items.extend(found);
                left = missed;
                if !retries.again().await {
                    return Err(StoreError::Contended {
                        operation: OPERATION,
                        resource: table.to_owned(),
                        attempts: retries.failed_tries(),
                        contention: Contention::Throttling,
                    });
                }
            }
        }
        Ok(items)
    }

    /// What DynamoDB gives, and the keys that it left out.
    async fn batch_get_once(
        &self,
        table: &str,
        keys: Vec<Item>,
    ) -> Result<(Vec<Item>, Vec<Item>), StoreError> {
        let asked = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true);
        let asked = asked.build().map_err(|e| StoreError::unbuilt(OPERATION, table, e))?;
        let answer = self.client.batch_get_item().request_items(table, asked).send().await;
        let mut answer = answer.map_err(|e| StoreError::of(OPERATION, table, e))?;
        let found = answer.responses.as_mut().and_then(|all| all.remove(table));
        let left = answer.unprocessed_keys.and_then(|mut all| all.remove(table));
        Ok((found.unwrap_or_default(), left.map(|left| left.keys).unwrap_or_default()))
    }
}
