//! Queries of any length.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::Select};

use super::{Engine, error::StoreError};
use crate::attributes::Item;

/// The most items that a page is asked for.
const PAGE: u32 = 1000;

impl Engine {
    /// Pages of a query until `limit` items are there.
    pub(in crate::storage) async fn pages(
        &self,
        query: QueryFluentBuilder,
        limit: u32,
    ) -> Result<Vec<Item>, StoreError> {
        self.pages_of(query, limit, Some).await
    }

    /// Pages of a query until `limit` items are there that `read` accepts: others must not take
    /// their places, or a few at the head would hide all that is behind them.
    pub(in crate::storage) async fn pages_of<T>(
        &self,
        query: QueryFluentBuilder,
        limit: u32,
        read: impl Fn(Item) -> Option<T>,
    ) -> Result<Vec<T>, StoreError> {
        let table = query.get_table_name().clone().unwrap_or_default();
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let left = limit.saturating_sub(items.len() as u32);
            let page = query.clone().limit(left.clamp(1, PAGE) as i32);
            let page = page.set_exclusive_start_key(start).send().await;
            let page = page.map_err(|e| StoreError::of("Query", &table, e))?;
            items.extend(page.items.unwrap_or_default().into_iter().filter_map(&read));
            start = page.last_evaluated_key;
            if start.is_none() || items.len() >= limit as usize {
                return Ok(items);
            }
        }
    }

    /// One page of a query, of at most so many items, behind the key at which the one before it ended; and the key
    /// at which it ends, if there may be more.
    pub(in crate::storage) async fn page(
        &self,
        query: QueryFluentBuilder,
        start: Option<Item>,
        limit: u32,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let table = query.get_table_name().clone().unwrap_or_default();
        let query = query.limit(limit.clamp(1, PAGE) as i32).set_exclusive_start_key(start);
        let page = query.send().await.map_err(|e| StoreError::of("Query", &table, e))?;
        Ok((page.items.unwrap_or_default(), page.last_evaluated_key))
    }

    /// How many items a query has, whatever that costs.
    pub(in crate::storage) async fn count_pages(
        &self,
        query: QueryFluentBuilder,
    ) -> Result<u64, StoreError> {
        let table = query.get_table_name().clone().unwrap_or_default();
        let (mut count, mut start) = (0, None);
        loop {
            let page = query.clone().select(Select::Count).set_exclusive_start_key(start);
            let page = page.send().await.map_err(|e| StoreError::of("Query", &table, e))?;
            count += u64::from(page.count.unsigned_abs());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(count);
            }
        }
    }
}
