//! What is read of the tasks table. Nothing relies on what its index projects beyond keys and
//! `completed_at`.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{KeysAndAttributes, Select},
};

use crate::{
    attempt::dispatch::Candidate,
    attributes::{Item, n, number, s, text},
    greenfield::{Greenfield, KeyRange},
    ids::{LabourerId, TaskId},
    labourer,
    storage::{
        StoreError,
        engine::expression::placeholders,
        item,
        labourers::{self, row_key},
        listing::{Listed, Position, Sorted},
        tasks::TasksTable,
    },
    task::Task,
};

impl TasksTable<'_> {
    /// A task of the tasks table, as it is now.
    pub async fn get(self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        self.store.get_task(&self.store.names.tasks, self.store.task_key(id)).await
    }

    /// The tasks of the tasks table that are still there, in no order.
    pub async fn get_all<'a>(
        self,
        ids: impl IntoIterator<Item = &'a TaskId>,
    ) -> Result<Vec<Task>, StoreError> {
        let keys = ids.into_iter().map(|id| self.store.task_key(id)).collect();
        self.store.get_tasks(&self.store.names.tasks, keys).await
    }

    /// A task of the tasks table and its labourer's row, without the counters beside it, in one call.
    pub async fn get_with_row(
        self,
        id: &TaskId,
        labourer: &LabourerId,
    ) -> Result<(Option<Task>, Option<labourer::State>), StoreError> {
        const OPERATION: &str = "BatchGetItem";
        let (tasks, rows) = (&self.store.names.tasks, &self.store.names.labourers);
        let mut asked = HashMap::new();
        for (table, key) in [(tasks, self.store.task_key(id)), (rows, row_key(labourer))] {
            let keys = KeysAndAttributes::builder().keys(key).consistent_read(true).build();
            let keys = keys.map_err(|e| StoreError::unbuilt(OPERATION, table, e))?;
            asked.insert(table.clone(), keys);
        }
        let request = self.store.client().batch_get_item().set_request_items(Some(asked));
        let answer = request.send().await.map_err(|e| StoreError::of(OPERATION, tasks, e))?;
        if answer.unprocessed_keys.is_some_and(|left| !left.is_empty()) {
            // Throttled: one by one, each with the SDK's retries.
            return Ok((self.get(id).await?, self.store.labourers().row_alone(labourer).await?));
        }
        let mut found = answer.responses.unwrap_or_default();
        let mut first = |table| found.remove(table).unwrap_or_default().into_iter().next();
        let task = first(tasks.as_str());
        let task = task.map(|item| item::to(item, tasks, &self.store.names.fields)).transpose()?;
        Ok((task, first(rows.as_str()).map(|item| labourers::read(labourer.clone(), &item))))
    }

    fn query_range(self, labourer: &LabourerId, range: KeyRange) -> QueryFluentBuilder {
        let (condition, bounds) = match range {
            KeyRange::Below(to) => ("#labourer_id = :l AND #greenfield < :a", vec![to]),
            KeyRange::From(from) => ("#labourer_id = :l AND #greenfield >= :a", vec![from]),
            KeyRange::Between(from, to) => {
                ("#labourer_id = :l AND #greenfield BETWEEN :a AND :b", vec![from, to])
            }
        };
        let mut values = HashMap::from([(":l".to_owned(), s(labourer.as_str()))]);
        values.extend([":a", ":b"].into_iter().zip(bounds).map(|(l, b)| (l.to_owned(), n(b))));
        self.store
            .client()
            .query()
            .table_name(&self.store.names.tasks)
            .index_name(&self.store.names.tasks_greenfield)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(
                &[condition],
                &self.store.names.fields,
            )))
            .set_expression_attribute_values(Some(values))
    }

    /// The first `limit` of a range, in order of greenfield; the last ones if `backwards`.
    pub async fn candidates(
        self,
        labourer: &LabourerId,
        range: KeyRange,
        limit: u32,
        backwards: bool,
    ) -> Result<Vec<Candidate>, StoreError> {
        let query = self.query_range(labourer, range).scan_index_forward(!backwards);
        self.store.engine.pages_of(query, limit, |item| self.candidate(&item)).await
    }

    /// The tasks of a range in order of greenfield: one page of them, behind `after`, or from the first on if the
    /// range does not reach there any more.
    pub async fn page(
        self,
        labourer: &LabourerId,
        range: KeyRange,
        after: Option<&Position>,
        limit: u32,
    ) -> Result<Listed, StoreError> {
        let after = after.filter(|after| range.contains(Greenfield(after.number())));
        let fields = &self.store.names.fields;
        let partition = (fields.get("labourer_id"), labourer.to_string());
        let sorted = Sorted { partition, by: fields.get("greenfield") };
        self.store.listed(self.query_range(labourer, range), sorted, after, limit).await
    }

    /// Those of a range that a Python worker assistant marked as completed, at most `limit`.
    pub async fn completed(
        self,
        labourer: &LabourerId,
        range: KeyRange,
        limit: u32,
    ) -> Result<Vec<Candidate>, StoreError> {
        let filter = "attribute_exists(#completed_at)";
        let mut query = self.query_range(labourer, range).filter_expression(filter);
        for (placeholder, name) in placeholders(&[filter], &self.store.names.fields) {
            query = query.expression_attribute_names(placeholder, name);
        }
        self.store.engine.pages_of(query, limit, |item| self.candidate(&item)).await
    }

    /// How many tasks a range has.
    pub async fn count(self, labourer: &LabourerId, range: KeyRange) -> Result<u64, StoreError> {
        self.store.engine.count_pages(self.query_range(labourer, range)).await
    }

    /// How many tasks a range has, as far as one page of the index shows: some thousands, for a
    /// price that does not grow with the queue.
    pub async fn count_at_least(
        self,
        labourer: &LabourerId,
        range: KeyRange,
    ) -> Result<u64, StoreError> {
        Ok(self.count_first(labourer, range).await?.0)
    }

    /// The same, and whether these are all.
    pub async fn count_first(
        self,
        labourer: &LabourerId,
        range: KeyRange,
    ) -> Result<(u64, bool), StoreError> {
        let query = self.query_range(labourer, range).select(Select::Count);
        let page =
            query.send().await.map_err(|e| StoreError::of("Query", &self.store.names.tasks, e))?;
        Ok((page.count.unsigned_abs().into(), page.last_evaluated_key.is_none()))
    }

    fn candidate(self, item: &Item) -> Option<Candidate> {
        let id = text(item.get(self.store.names.fields.get("task_id"))?)?;
        let greenfield = number(item.get(self.store.names.fields.get("greenfield"))?)?;
        Some(Candidate { id: TaskId::new(id).ok()?, greenfield: Greenfield(greenfield) })
    }
}
