//! Reading single items and pages of the queue's index. Nothing relies on what an index projects beyond
//! keys and `completed_at`.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::BoxError,
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, KeysAndAttributes, Select},
};

use super::{
    Store, StoreError,
    attributes::{n, number, placeholders, s, text},
    item,
    rows::{self, row_key},
};
use crate::{
    attempt::dispatch::Candidate,
    greenfield::{Greenfield, KeyRange},
    ids::{LabourerId, TaskId},
    labourer,
    task::{Item, Task},
};

impl Store {
    /// A task of the tasks table, as it is now.
    pub async fn task(&self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        self.get(&self.names.tasks, self.task_key(id)).await
    }

    /// A closed task.
    pub async fn closed(&self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        self.get(&self.names.closed, self.task_key(id)).await
    }

    /// A parked task.
    pub async fn parked(
        &self,
        labourer: &LabourerId,
        id: &TaskId,
    ) -> Result<Option<Task>, StoreError> {
        self.get(&self.names.retry, self.retry_key(labourer, id)).await
    }

    /// The parked tasks of a labourer among these, in no order.
    pub async fn all_parked<'a>(
        &self,
        labourer: &LabourerId,
        ids: impl IntoIterator<Item = &'a TaskId>,
    ) -> Result<Vec<Task>, StoreError> {
        let keys = ids.into_iter().map(|id| self.retry_key(labourer, id)).collect();
        self.get_all(&self.names.retry, keys).await
    }

    /// The tasks of the tasks table that are still there, in no order.
    pub async fn tasks<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a TaskId>,
    ) -> Result<Vec<Task>, StoreError> {
        let keys = ids.into_iter().map(|id| self.task_key(id)).collect();
        self.get_all(&self.names.tasks, keys).await
    }

    /// Closed tasks, in no order.
    pub async fn all_closed<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a TaskId>,
    ) -> Result<Vec<Task>, StoreError> {
        let keys = ids.into_iter().map(|id| self.task_key(id)).collect();
        self.get_all(&self.names.closed, keys).await
    }

    /// A task of the tasks table and its labourer's row, in one call.
    pub async fn task_and_row(
        &self,
        id: &TaskId,
        labourer: &LabourerId,
    ) -> Result<(Option<Task>, Option<labourer::State>), StoreError> {
        let (tasks, rows) = (&self.names.tasks, &self.names.labourers);
        let mut asked = HashMap::new();
        for (table, key) in [(tasks, self.task_key(id)), (rows, row_key(labourer))] {
            let keys = KeysAndAttributes::builder().keys(key).consistent_read(true).build();
            asked.insert(table.clone(), keys.map_err(|e| failed(table, e.into()))?);
        }
        let request = self.client.batch_get_item().set_request_items(Some(asked));
        let answer = request.send().await.map_err(|e| StoreError::of("BatchGetItem", tasks, e))?;
        if answer.unprocessed_keys.is_some_and(|left| !left.is_empty()) {
            // Throttled: one by one, each with the SDK's patience.
            return Ok((self.task(id).await?, self.row(labourer).await?));
        }
        let mut found = answer.responses.unwrap_or_default();
        let mut first = |table| found.remove(table).unwrap_or_default().into_iter().next();
        let task = first(tasks.as_str());
        let task = task.map(|item| item::to(item, tasks, &self.names.fields)).transpose()?;
        Ok((task, first(rows.as_str()).map(|item| rows::read(labourer.clone(), &item))))
    }

    async fn get(&self, table: &str, key: Item) -> Result<Option<Task>, StoreError> {
        let request = self.client.get_item().table_name(table).set_key(Some(key));
        let answer = request.consistent_read(true).send().await;
        let answer = answer.map_err(|e| StoreError::of("GetItem", table, e))?;
        answer.item.map(|found| item::to(found, table, &self.names.fields)).transpose()
    }

    pub(super) async fn get_all(
        &self,
        table: &str,
        keys: Vec<Item>,
    ) -> Result<Vec<Task>, StoreError> {
        let items = self.batch_get(table, &keys).await?;
        items.into_iter().map(|found| item::to(found, table, &self.names.fields)).collect()
    }

    fn query_range(&self, labourer: &LabourerId, range: KeyRange) -> QueryFluentBuilder {
        let (condition, bounds) = match range {
            KeyRange::Below(to) => ("#labourer_id = :l AND #greenfield < :a", vec![to]),
            KeyRange::From(from) => ("#labourer_id = :l AND #greenfield >= :a", vec![from]),
            KeyRange::Between(from, to) => {
                ("#labourer_id = :l AND #greenfield BETWEEN :a AND :b", vec![from, to])
            }
        };
        let mut values = HashMap::from([(":l".to_owned(), s(labourer.as_str()))]);
        values.extend([":a", ":b"].into_iter().zip(bounds).map(|(l, b)| (l.to_owned(), n(b))));
        self.client
            .query()
            .table_name(&self.names.tasks)
            .index_name(&self.names.tasks_greenfield)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(&[condition], &self.names.fields)))
            .set_expression_attribute_values(Some(values))
    }

    /// The first `limit` of a range, in order of greenfield; the last ones if `backwards`.
    pub async fn candidates(
        &self,
        labourer: &LabourerId,
        range: KeyRange,
        limit: u32,
        backwards: bool,
    ) -> Result<Vec<Candidate>, StoreError> {
        let query = self.query_range(labourer, range).scan_index_forward(!backwards);
        let items = self.pages(query, limit).await?;
        Ok(items.iter().filter_map(|item| self.candidate(item)).collect())
    }

    /// Those of a range that a Python worker assistant marked as completed, at most `limit`.
    pub async fn completed(
        &self,
        labourer: &LabourerId,
        range: KeyRange,
        limit: u32,
    ) -> Result<Vec<Candidate>, StoreError> {
        let filter = "attribute_exists(#completed_at)";
        let mut query = self.query_range(labourer, range).filter_expression(filter);
        for (placeholder, name) in placeholders(&[filter], &self.names.fields) {
            query = query.expression_attribute_names(placeholder, name);
        }
        let items = self.pages(query, limit).await?;
        Ok(items.iter().filter_map(|item| self.candidate(item)).collect())
    }

    /// How many tasks a range has.
    pub async fn count(&self, labourer: &LabourerId, range: KeyRange) -> Result<u64, StoreError> {
        self.count_pages(self.query_range(labourer, range)).await
    }

    /// How many tasks a range has, as far as one page of the index tells: some thousands, for a
    /// price that does not grow with the queue.
    pub async fn count_some(
        &self,
        labourer: &LabourerId,
        range: KeyRange,
    ) -> Result<u64, StoreError> {
        let query = self.query_range(labourer, range).select(Select::Count);
        let page = query.send().await.map_err(|e| StoreError::of("Query", &self.names.tasks, e))?;
        Ok(page.count.unsigned_abs().into())
    }

    /// The tasks that items of an index are about.
    pub(super) fn ids_of<'a>(&'a self, items: &'a [Item]) -> impl Iterator<Item = TaskId> + 'a {
        let key = self.names.fields.get("task_id");
        items.iter().filter_map(move |item| TaskId::new(text(item.get(key)?)?).ok())
    }

    fn candidate(&self, item: &Item) -> Option<Candidate> {
        let id = text(item.get(self.names.fields.get("task_id"))?)?;
        let greenfield = number(item.get(self.names.fields.get("greenfield"))?)?;
        Some(Candidate { id: TaskId::new(id).ok()?, greenfield: Greenfield(greenfield) })
    }

    /// Pages of a query until `limit` items are there.
    pub(super) async fn pages(
        &self,
        query: QueryFluentBuilder,
        limit: u32,
    ) -> Result<Vec<Item>, StoreError> {
        let table = query.get_table_name().clone().unwrap_or_default();
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let left = limit.saturating_sub(items.len() as u32);
            let page = query.clone().limit(left.clamp(1, 1000) as i32);
            let page = page.set_exclusive_start_key(start).send().await;
            let page = page.map_err(|e| StoreError::of("Query", &table, e))?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() || items.len() >= limit as usize {
                return Ok(items);
            }
        }
    }

    pub(super) async fn count_pages(&self, query: QueryFluentBuilder) -> Result<u64, StoreError> {
        let table = query.get_table_name().clone().unwrap_or_default();
        let (mut count, mut start): (u64, Option<HashMap<String, AttributeValue>>) = (0, None);
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

fn failed(table: &str, source: BoxError) -> StoreError {
    let resource = table.to_owned();
    StoreError::Failed { operation: "BatchGetItem", resource, code: None, source }
}
