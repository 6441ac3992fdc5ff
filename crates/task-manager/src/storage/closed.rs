//! The table of closed tasks. Its key is the task's id; its index has those of a labourer that ended
//! the same way, in order of the time.

use std::time::Duration;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use protocol::members::Members;

use super::{
    Store, StoreError,
    engine::expression::{bind, placeholders},
    engine::statement::{Built, Target},
    item::closed_at,
    listing::{Listed, Position, Sorted},
    task_tables::{and_members, claimed, same_history},
};
use crate::{
    attributes::{Item, n, s},
    history::Success,
    ids::{ClaimToken, LabourerId, TaskId},
    task::{Status, Task},
    time::Timestamp,
    transition::Expected,
};

/// Times are kept to the microsecond.
pub(crate) const MICROSECOND: Duration = Duration::from_micros(1);
/// How far the index of closed tasks may lag behind its table. It is 10 ms to a second as a rule.
pub const LAG: Duration = Duration::from_secs(5);

#[derive(Clone, Copy)]
pub struct ClosedTable<'a> {
    pub(super) store: &'a Store,
}

impl<'a> ClosedTable<'a> {
    fn closed_item(self, id: &TaskId) -> Target<'a> {
        self.store.task_item(&self.store.names.closed, self.store.task_key(id))
    }

    pub(super) fn close(self, task: &Task) -> Built {
        if task.job_id.is_some() {
            return self.store.put_task(&self.store.names.closed, task);
        }
        let no_success = "attribute_not_exists(#task_id) OR #labourer_id_task_status <> :succeeded";
        let values = bind([("succeeded", s(Status::Succeeded.key(&task.labourer_id)))]);
        self.store.put_task_over(&self.store.names.closed, task, no_success, values)
    }

    pub(super) fn not_closed(self, id: &TaskId) -> Built {
        self.store.no_task(&self.store.names.closed, self.store.task_key(id))
    }

    /// As a put, because there may be hundreds of fields: all that may change beside must be as it was.
    pub(super) fn add_result(self, expected: &Expected, history: &[String], task: &Task) -> Built {
        let key = Status::Succeeded.key(&task.labourer_id);
        let mut values = bind([("key", s(key))]);
        let payload = match &task.payload {
            Some(payload) => {
                values.extend(bind([("payload", s(payload))]));
                "#payload = :payload"
            }
            None => "attribute_not_exists(#payload)",
        };
        let claim = claimed(expected.claim.as_ref(), &mut values);
        let history = same_history(history, &mut values);
        let condition =
            format!("#labourer_id_task_status = :key AND {payload} AND {claim} AND {history}");
        self.store.put_task_over(&self.store.names.closed, task, &condition, values)
    }

    pub(super) fn reopen(
        self,
        id: &TaskId,
        key: &str,
        (claim, members): (Option<&ClaimToken>, Option<&Members>),
    ) -> Built {
        let mut values = bind([("key", s(key))]);
        let claim = claimed(claim, &mut values);
        let members = and_members(members, &mut values);
        let condition = format!("#labourer_id_task_status = :key AND {claim}{members}");
        self.closed_item(id).delete(&condition, values)
    }

    pub(super) fn replace_payload(self, id: &TaskId, read: &str, payload: &str) -> Built {
        let values = bind([("payload", s(payload)), ("read", s(read))]);
        self.closed_item(id).update("SET #payload = :payload", "#payload = :read", values)
    }
}

impl<'a> ClosedTable<'a> {
    pub async fn get(self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        self.store.get_task(&self.store.names.closed, self.store.task_key(id)).await
    }

    /// Closed tasks, in no order.
    pub async fn get_all<'t>(
        self,
        ids: impl IntoIterator<Item = &'t TaskId>,
    ) -> Result<Vec<Task>, StoreError> {
        let keys = ids.into_iter().map(|id| self.store.task_key(id)).collect();
        self.store.get_tasks(&self.store.names.closed, keys).await
    }

    /// The ids of the latest closed tasks of a labourer, newest first.
    pub async fn latest(
        self,
        labourer: &LabourerId,
        status: Status,
        limit: u32,
    ) -> Result<Vec<TaskId>, StoreError> {
        let query = self.query_closed(labourer, status).scan_index_forward(false);
        self.store.ids_of(query, limit).await
    }

    /// When a task of a labourer was last closed.
    pub async fn last_closed(
        self,
        labourer: &LabourerId,
        status: Status,
    ) -> Result<Option<Timestamp>, StoreError> {
        let query = self.query_closed(labourer, status).scan_index_forward(false);
        let key = self.store.names.fields.get("closed_at");
        let at = |item: Item| closed_at::time(item.get(key)?);
        Ok(self.store.engine.pages_of(query, 1, at).await?.pop())
    }

    /// How many closed tasks a labourer has.
    pub async fn count(self, labourer: &LabourerId, status: Status) -> Result<u64, StoreError> {
        self.store.engine.count_pages(self.query_closed(labourer, status)).await
    }

    /// How many tasks of a labourer were closed from `from` to `to`, both included.
    pub async fn count_within(
        self,
        labourer: &LabourerId,
        status: Status,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<u64, StoreError> {
        self.store.engine.count_pages(self.query_closed_in(labourer, status, from, to)).await
    }

    /// The tasks of a labourer that were closed from `from` to `to`, both included: the oldest, at
    /// most `limit`.
    pub async fn within(
        self,
        labourer: &LabourerId,
        status: Status,
        (from, to): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let query = self.query_closed_in(labourer, status, from, to);
        self.get_all(&self.store.ids_of(query, limit).await?).await
    }

    /// Tasks of a labourer that were closed from `from` to `to`, both included, newest first: one page of them,
    /// behind `after`.
    pub async fn page(
        self,
        labourer: &LabourerId,
        status: Status,
        (from, to): (Timestamp, Timestamp),
        after: Option<&Position>,
        limit: u32,
    ) -> Result<Listed, StoreError> {
        // DynamoDB refuses to begin where the range does not reach, which its beginning may have passed by now.
        let is_past = |after: &Position| after.number() < from.seconds();
        if to < from || after.is_some_and(is_past) {
            return Ok(Listed { places: Vec::new(), is_all: true });
        }
        let fields = &self.store.names.fields;
        let partition = (fields.get("labourer_id_task_status"), status.key(labourer));
        let sorted = Sorted { partition, by: fields.get("closed_at") };
        let query = self.query_closed_in(labourer, status, from, to).scan_index_forward(false);
        self.store.listed(query, sorted, after, limit).await
    }

    /// What the index says of the successes of a labourer from `from` on, before `end`, oldest first; of at
    /// most so many pages of it, with the time before which these are all.
    pub async fn successes(
        self,
        labourer: &LabourerId,
        from: Timestamp,
        end: Timestamp,
        pages: u32,
    ) -> Result<(Vec<Success>, Timestamp), StoreError> {
        let last = end - MICROSECOND;
        if last < from {
            return Ok((Vec::new(), end));
        }
        let query = self.query_closed_in(labourer, Status::Succeeded, from, last);
        let query = query.projection_expression("#closed_at");
        let key = self.store.names.fields.get("closed_at");
        let (mut found, mut start) = (Vec::new(), None);
        for _ in 0..pages {
            let page = query.clone().set_exclusive_start_key(start).send().await;
            let page = page.map_err(|e| StoreError::of("Query", &self.store.names.closed, e))?;
            found.extend(page.items.unwrap_or_default().iter().filter_map(|item| {
                let value = item.get(key)?;
                let at = closed_at::time(value)?;
                Some((at, closed_at::success(value).unwrap_or_default()))
            }));
            start = page.last_evaluated_key;
            if start.is_none() {
                let all = found.into_iter().map(|(_, success)| success).collect();
                return Ok((all, end));
            }
        }
        // Others may have been closed at the time of the last.
        let cut = found.last().map_or(from, |(at, _)| *at);
        let before = found.into_iter().filter(|(at, _)| *at < cut);
        Ok((before.map(|(_, success)| success).collect(), cut))
    }

    fn query_closed_in(
        self,
        labourer: &LabourerId,
        status: Status,
        from: Timestamp,
        to: Timestamp,
    ) -> QueryFluentBuilder {
        let condition = "#labourer_id_task_status = :key AND #closed_at BETWEEN :from AND :to";
        let mut query = self.query_closed(labourer, status).key_condition_expression(condition);
        for (placeholder, name) in placeholders(&[condition], &self.store.names.fields) {
            query = query.expression_attribute_names(placeholder, name);
        }
        let query = query.expression_attribute_values(":from", n(from));
        query.expression_attribute_values(":to", closed_at::last_at(to))
    }

    fn query_closed(self, labourer: &LabourerId, status: Status) -> QueryFluentBuilder {
        let condition = "#labourer_id_task_status = :key";
        self.store
            .client()
            .query()
            .table_name(&self.store.names.closed)
            .index_name(&self.store.names.closed_status)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(
                &[condition],
                &self.store.names.fields,
            )))
            .expression_attribute_values(":key", s(status.key(labourer)))
    }
}
