//! What happened in each minute. Its key is the series and the minute; DynamoDB deletes what is older than the
//! config says.

mod items;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use super::{Store, StoreError, engine::expression::placeholders};
use crate::{
    attributes::{Item, n, s},
    history::{Record, Series, StackRecord},
    time::Timestamp,
};

#[derive(Clone, Copy)]
pub struct HistoryTable<'a> {
    pub(super) store: &'a Store,
}

impl HistoryTable<'_> {
    /// Puts the record of a labourer or a resource. One of the same minute was made of the same numbers.
    pub async fn put(
        self,
        series: &Series,
        record: &Record,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.put_item(series, items::of(record), record.minute, expires_at).await
    }

    /// Puts the stack's record.
    pub async fn put_stack(
        self,
        record: &StackRecord,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.put_item(&Series::Stack, items::of_stack(record), record.minute, expires_at).await
    }

    async fn put_item(
        self,
        series: &Series,
        mut item: Item,
        minute: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        item.insert("series".into(), s(series.to_string()));
        item.insert("minute".into(), n(minute));
        item.insert("expires_at".into(), n(expires_at.ceil()));
        let table = &self.store.names.history;
        let request = self.store.client().put_item().table_name(table).set_item(Some(item));
        let answer = request.send().await;
        answer.map(drop).map_err(|e| StoreError::of("PutItem", table, e))
    }

    /// The latest records of a labourer or a resource before `end`, newest first, at most `limit`.
    pub async fn before(
        self,
        series: &Series,
        end: Timestamp,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        let query =
            self.query(series, "#minute < :end").expression_attribute_values(":end", n(end));
        let query = query.scan_index_forward(false).consistent_read(true);
        self.store.engine.pages_of(query, limit, |item| items::read(&item)).await
    }

    /// The latest record of the stack.
    pub async fn latest_of_stack(self) -> Result<Option<StackRecord>, StoreError> {
        let begin = n(0);
        let query = self.query(&Series::Stack, "#minute >= :begin");
        let query = query.expression_attribute_values(":begin", begin).scan_index_forward(false);
        let query = query.consistent_read(true);
        let mut latest = self.store.engine.pages_of(query, 1, |i| items::read_stack(&i)).await?;
        Ok(latest.pop())
    }

    /// The records of a labourer or a resource from `from` to `to`, both included, newest first, at most `limit`.
    pub async fn within(
        self,
        series: &Series,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        let query = self.query_within(series, from, to);
        self.store.engine.pages_of(query, limit, |item| items::read(&item)).await
    }

    /// The same of the stack.
    pub async fn stack_within(
        self,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<StackRecord>, StoreError> {
        let query = self.query_within(&Series::Stack, from, to);
        self.store.engine.pages_of(query, limit, |item| items::read_stack(&item)).await
    }

    fn query_within(self, series: &Series, from: Timestamp, to: Timestamp) -> QueryFluentBuilder {
        let query = self.query(series, "#minute BETWEEN :from AND :to").scan_index_forward(false);
        query
            .expression_attribute_values(":from", n(from))
            .expression_attribute_values(":to", n(to))
    }

    fn query(self, series: &Series, minutes: &str) -> QueryFluentBuilder {
        let condition = format!("#series = :series AND {minutes}");
        let names = placeholders(&[&condition], &Default::default());
        let query = self.store.client().query().table_name(&self.store.names.history);
        query
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .expression_attribute_values(":series", s(series.to_string()))
    }
}
