//! What the three tables of tasks share: their keys, how a task is put, and how one is read.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use protocol::members::Members;

use super::{
    Store, StoreError,
    engine::statement::{self, Built, Target, Values},
    item,
};
use crate::{
    attributes::{Item, list, s, text},
    ids::{ClaimToken, TaskId},
    task::Task,
};

/// The condition that an item has this claim, or none. A claim is bound as `:claim`.
pub(super) fn claimed(claim: Option<&ClaimToken>, values: &mut Values) -> &'static str {
    let Some(claim) = claim else { return "attribute_not_exists(#claim)" };
    values.insert(":claim".into(), s(claim.as_str()));
    "#claim = :claim"
}

/// The further condition that an item has these members, bound as `:members`; nothing more of a task that is
/// no block.
pub(super) fn and_members(members: Option<&Members>, values: &mut Values) -> &'static str {
    let Some(members) = members else { return "" };
    values.insert(":members".into(), s(members.to_string()));
    " AND #members = :members"
}

/// The condition that an item has this history, or none. A history is bound as `:history`.
pub(super) fn same_history(history: &[String], values: &mut Values) -> &'static str {
    if history.is_empty() {
        return "attribute_not_exists(#history)";
    }
    values.insert(":history".into(), list(history));
    "#history = :history"
}

impl Store {
    /// The key of a task in the tasks table and in that of closed tasks; the retry table has the
    /// labourer before it.
    pub(super) fn task_key(&self, id: &TaskId) -> Item {
        Item::from([(self.names.fields.get("task_id").to_owned(), s(id.as_str()))])
    }

    pub(super) fn task_item<'a>(&'a self, table: &'a str, key: Item) -> Target<'a> {
        Target { table, key, fields: Some(&self.names.fields) }
    }

    pub(super) fn put_task(&self, table: &str, task: &Task) -> Built {
        let (item, condition) =
            (item::of(task, &self.names.fields), "attribute_not_exists(#task_id)");
        statement::put(table, item, condition, Some(&self.names.fields))
    }

    /// Puts a task in the place of its item for which the condition holds.
    pub(super) fn put_task_over(
        &self,
        table: &str,
        task: &Task,
        condition: &str,
        values: Values,
    ) -> Built {
        let fields = &self.names.fields;
        statement::put_over(table, item::of(task, fields), condition, values, Some(fields))
    }

    pub(super) fn no_task(&self, table: &str, key: Item) -> Built {
        self.task_item(table, key).check("attribute_not_exists(#task_id)", Values::new())
    }

    pub(super) async fn get_task(
        &self,
        table: &str,
        key: Item,
    ) -> Result<Option<Task>, StoreError> {
        let request = self.client().get_item().table_name(table).set_key(Some(key));
        let answer = request.consistent_read(true).send().await;
        let answer = answer.map_err(|e| StoreError::of("GetItem", table, e))?;
        answer.item.map(|found| item::to(found, table, &self.names.fields)).transpose()
    }

    pub(super) async fn get_tasks(
        &self,
        table: &str,
        keys: Vec<Item>,
    ) -> Result<Vec<Task>, StoreError> {
        let items = self.engine.batch_get(table, &keys).await?;
        items.into_iter().map(|found| item::to(found, table, &self.names.fields)).collect()
    }

    /// The first `limit` tasks that a query of an index finds.
    pub(super) async fn ids_of(
        &self,
        query: QueryFluentBuilder,
        limit: u32,
    ) -> Result<Vec<TaskId>, StoreError> {
        let key = self.names.fields.get("task_id");
        let id = |item: Item| TaskId::new(text(item.get(key)?)?).ok();
        self.engine.pages_of(query, limit, id).await
    }
}
