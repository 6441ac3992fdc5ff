//! The retry table: parked tasks. Its key is the labourer and the task's id; its local index has them
//! in order of the time that they are due.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use protocol::members::Members;

use super::{
    Store, StoreError,
    engine::expression::{bind, placeholders},
    engine::statement::Built,
    item,
    listing::{Listed, Position, Sorted},
    task_tables::{and_members, claimed},
};
use crate::{
    attributes::{Item, n, number, s, text},
    ids::{ClaimToken, JobId, LabourerId, TaskId},
    task::Task,
    time::Timestamp,
};

/// A parked task as the index shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct DueTask {
    pub id: TaskId,
    pub at: Timestamp,
}

/// Parked tasks that were found, and whether there may be more.
#[derive(Debug)]
pub struct ParkedTasks {
    pub tasks: Vec<Task>,
    pub is_all: bool,
}

#[derive(Clone, Copy)]
pub struct RetryTable<'a> {
    pub(super) store: &'a Store,
}

impl RetryTable<'_> {
    pub(super) fn key(self, labourer: &LabourerId, id: &TaskId) -> Item {
        let mut key = self.store.task_key(id);
        key.insert(self.store.names.fields.get("labourer_id").to_owned(), s(labourer.as_str()));
        key
    }

    pub(super) fn park(self, task: &Task) -> Built {
        let absent_or_older = "attribute_not_exists(#task_id) \
            OR attribute_not_exists(#attempts) OR #attempts < :attempts";
        let values = bind([("attempts", n(task.attempts))]);
        self.store.put_task_over(&self.store.names.retry, task, absent_or_older, values)
    }

    pub(super) fn not_parked(self, labourer: &LabourerId, id: &TaskId) -> Built {
        self.store.no_task(&self.store.names.retry, self.key(labourer, id))
    }

    /// A task that sosw parked may have no `attempts`, and then it had none.
    pub(super) fn unpark(
        self,
        labourer: &LabourerId,
        id: &TaskId,
        (attempts, claim, members): (u32, Option<&ClaimToken>, Option<&Members>),
    ) -> Built {
        let mut values = bind([("was", n(attempts))]);
        let attempts = match attempts {
            0 => "(attribute_not_exists(#attempts) OR #attempts = :was)",
            _ => "#attempts = :was",
        };
        let claim = claimed(claim, &mut values);
        let members = and_members(members, &mut values);
        let condition = format!("attribute_exists(#task_id) AND {attempts} AND {claim}{members}");
        self.store
            .task_item(&self.store.names.retry, self.key(labourer, id))
            .delete(&condition, values)
    }
}

impl RetryTable<'_> {
    pub async fn get(self, labourer: &LabourerId, id: &TaskId) -> Result<Option<Task>, StoreError> {
        self.store.get_task(&self.store.names.retry, self.key(labourer, id)).await
    }

    /// The parked tasks of a labourer among these, in no order.
    pub async fn get_all<'a>(
        self,
        labourer: &LabourerId,
        ids: impl IntoIterator<Item = &'a TaskId>,
    ) -> Result<Vec<Task>, StoreError> {
        let keys = ids.into_iter().map(|id| self.key(labourer, id)).collect();
        self.store.get_tasks(&self.store.names.retry, keys).await
    }

    /// Parked tasks that are due, those that are due longest, at most `limit`.
    pub async fn due(
        self,
        labourer: &LabourerId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let due = self.due_by(labourer, now, limit).await?;
        self.get_all(labourer, due.iter().map(|due| &due.id)).await
    }

    /// Parked tasks that are or will be due at `by`, in this order, at most `limit`.
    pub async fn due_by(
        self,
        labourer: &LabourerId,
        by: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueTask>, StoreError> {
        let fields = &self.store.names.fields;
        let (id, at) = (fields.get("task_id"), fields.get("desired_launch_time"));
        let due = |item: Item| {
            let id = TaskId::new(text(item.get(id)?)?).ok()?;
            Some(DueTask { id, at: Timestamp::from_seconds(number(item.get(at)?)?) })
        };
        self.store.engine.pages_of(self.query_retry(labourer, Some(by)), limit, due).await
    }

    /// How many parked tasks are due.
    pub async fn count_due(self, labourer: &LabourerId, now: Timestamp) -> Result<u64, StoreError> {
        self.store.engine.count_pages(self.query_retry(labourer, Some(now))).await
    }

    /// How many tasks are parked.
    pub async fn count(self, labourer: &LabourerId) -> Result<u64, StoreError> {
        self.store.engine.count_pages(self.query_retry(labourer, None)).await
    }

    fn query_retry(self, labourer: &LabourerId, due: Option<Timestamp>) -> QueryFluentBuilder {
        let condition = match due {
            Some(_) => "#labourer_id = :l AND #desired_launch_time <= :now",
            None => "#labourer_id = :l",
        };
        let query = self
            .store
            .client()
            .query()
            .table_name(&self.store.names.retry)
            .index_name(&self.store.names.retry_due)
            // A local index: it can show what has just been moved.
            .consistent_read(true)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(
                &[condition],
                &self.store.names.fields,
            )))
            .expression_attribute_values(":l", s(labourer.as_str()));
        match due {
            Some(now) => query.expression_attribute_values(":now", n(now)),
            None => query,
        }
    }

    /// The parked tasks that are due last, at most `limit`.
    pub async fn latest(self, labourer: &LabourerId, limit: u32) -> Result<Vec<Task>, StoreError> {
        let query = self.query_retry(labourer, None).scan_index_forward(false);
        let ids = self.store.ids_of(query, limit).await?;
        let keys = ids.iter().map(|id| self.key(labourer, id)).collect();
        self.store.get_tasks(&self.store.names.retry, keys).await
    }

    /// The parked tasks of a labourer as they are due: one page of them, behind `after`.
    pub async fn page(
        self,
        labourer: &LabourerId,
        after: Option<&Position>,
        limit: u32,
    ) -> Result<Listed, StoreError> {
        let fields = &self.store.names.fields;
        let partition = (fields.get("labourer_id"), labourer.to_string());
        let sorted = Sorted { partition, by: fields.get("desired_launch_time") };
        self.store.listed(self.query_retry(labourer, None), sorted, after, limit).await
    }

    /// The parked tasks of a job that the first `pages` of its labourer's parked tasks show.
    pub async fn of_job(
        self,
        labourer: &LabourerId,
        job: &JobId,
        pages: u32,
    ) -> Result<ParkedTasks, StoreError> {
        let (condition, filter) = ("#labourer_id = :l", "#job_id = :job");
        let names = placeholders(&[condition, filter], &self.store.names.fields);
        let query = self
            .store
            .client()
            .query()
            .table_name(&self.store.names.retry)
            .consistent_read(true)
            .key_condition_expression(condition)
            .filter_expression(filter)
            .set_expression_attribute_names(Some(names))
            .expression_attribute_values(":l", s(labourer.as_str()))
            .expression_attribute_values(":job", s(job.as_str()));
        let (mut tasks, mut start) = (Vec::new(), None);
        for _ in 0..pages {
            let page = query.clone().set_exclusive_start_key(start).send().await;
            let page = page.map_err(|e| StoreError::of("Query", &self.store.names.retry, e))?;
            for found in page.items.unwrap_or_default() {
                tasks.push(item::to(found, &self.store.names.retry, &self.store.names.fields)?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(ParkedTasks { tasks, is_all: true });
            }
        }
        Ok(ParkedTasks { tasks, is_all: false })
    }
}
