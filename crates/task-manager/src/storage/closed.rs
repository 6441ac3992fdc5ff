//! The table of closed tasks. Its key is the task's id; its index has those of a labourer that ended
//! the same way, in order of the time.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use super::{
    Store, StoreError,
    attributes::{bind, n, placeholders, s},
    engine::statement::{Built, Target},
};
use crate::{
    ids::{LabourerId, TaskId},
    task::{Status, Task},
    time::Timestamp,
};

impl Store {
    fn closed_item(&self, id: &TaskId) -> Target<'_> {
        self.task_item(&self.names.closed, self.task_key(id))
    }

    pub(super) fn close(&self, task: &Task) -> Built {
        self.put_task(&self.names.closed, task)
    }

    pub(super) fn not_closed(&self, id: &TaskId) -> Built {
        self.no_task(&self.names.closed, self.task_key(id))
    }

    pub(super) fn reopen(&self, id: &TaskId, key: &str) -> Built {
        let values = bind([("key", s(key))]);
        self.closed_item(id).delete("#labourer_id_task_status = :key", values)
    }

    pub(super) fn replace_payload(&self, id: &TaskId, read: &str, payload: &str) -> Built {
        let values = bind([("payload", s(payload)), ("read", s(read))]);
        self.closed_item(id).update("SET #payload = :payload", "#payload = :read", values)
    }
}

impl Store {
    /// A closed task.
    pub async fn closed(&self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        self.get_task(&self.names.closed, self.task_key(id)).await
    }

    /// Closed tasks, in no order.
    pub async fn all_closed<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a TaskId>,
    ) -> Result<Vec<Task>, StoreError> {
        let keys = ids.into_iter().map(|id| self.task_key(id)).collect();
        self.get_tasks(&self.names.closed, keys).await
    }

    /// The ids of the latest closed tasks of a labourer, newest first.
    pub async fn latest_closed(
        &self,
        labourer: &LabourerId,
        status: Status,
        limit: u32,
    ) -> Result<Vec<TaskId>, StoreError> {
        let query = self.query_closed(labourer, status).scan_index_forward(false);
        let items = self.engine.pages(query, limit).await?;
        Ok(self.ids_of(&items).collect())
    }

    /// How many closed tasks a labourer has.
    pub async fn count_closed(
        &self,
        labourer: &LabourerId,
        status: Status,
    ) -> Result<u64, StoreError> {
        self.engine.count_pages(self.query_closed(labourer, status)).await
    }

    /// How many tasks of a labourer were closed from `from` to `to`, both included.
    pub async fn count_closed_in(
        &self,
        labourer: &LabourerId,
        status: Status,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<u64, StoreError> {
        self.engine.count_pages(self.query_closed_in(labourer, status, from, to)).await
    }

    /// The tasks of a labourer that were closed from `from` to `to`, both included: the oldest, at
    /// most `limit`.
    pub async fn closed_in(
        &self,
        labourer: &LabourerId,
        status: Status,
        (from, to): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let items =
            self.engine.pages(self.query_closed_in(labourer, status, from, to), limit).await?;
        let ids: Vec<_> = self.ids_of(&items).collect();
        self.all_closed(&ids).await
    }

    fn query_closed_in(
        &self,
        labourer: &LabourerId,
        status: Status,
        from: Timestamp,
        to: Timestamp,
    ) -> QueryFluentBuilder {
        let condition = "#labourer_id_task_status = :key AND #closed_at BETWEEN :from AND :to";
        let mut query = self.query_closed(labourer, status).key_condition_expression(condition);
        for (placeholder, name) in placeholders(&[condition], &self.names.fields) {
            query = query.expression_attribute_names(placeholder, name);
        }
        let query = query.expression_attribute_values(":from", n(from));
        query.expression_attribute_values(":to", n(to))
    }

    fn query_closed(&self, labourer: &LabourerId, status: Status) -> QueryFluentBuilder {
        let condition = "#labourer_id_task_status = :key";
        self.client()
            .query()
            .table_name(&self.names.closed)
            .index_name(&self.names.closed_status)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(&[condition], &self.names.fields)))
            .expression_attribute_values(":key", s(status.key(labourer)))
    }
}
