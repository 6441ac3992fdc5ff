//! Items as they lie in the tables, below everything that reads and writes tasks.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use task_manager::{
    attributes::{Item, from_json, n, s, to_json},
    ids::TaskId,
};

use crate::world::World;

/// An item of these fields. `"N:…"` is a number with exactly these digits.
pub fn item(fields: Value) -> Item {
    let fields = fields.as_object().unwrap().clone().into_iter();
    fields.map(|(name, value)| (name, exact(&value))).collect()
}

fn exact(value: &Value) -> AttributeValue {
    match value.as_str().and_then(|text| text.strip_prefix("N:")) {
        Some(digits) => n(digits),
        None => from_json(value),
    }
}

/// A queued task of `worker` as sosw 0.7 wrote it.
pub fn queued_by_sosw(id: &str, greenfield: Value) -> Value {
    json!({
        "task_id": id,
        "labourer_id": "worker",
        "arn": "arn:aws:lambda:us-west-2:000000000000:function:worker",
        "created_at": "N:1799990000.1234567",
        "greenfield": greenfield,
        "attempts": 0,
        "payload": "{\"n\": 0}",
    })
}

/// The same, claimed by sosw 0.7's orchestrator that many seconds ago.
pub fn invoked_by_sosw(world: &World, id: &str, ago: f64) -> Value {
    let greenfield = world.now().seconds() - ago + world.manager.config().scale.delta;
    crate::world::with(queued_by_sosw(id, json!(greenfield)), json!({ "attempts": 1 }))
}

/// A table of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum In {
    Tasks,
    Retry,
    Closed,
}

impl World {
    pub fn table(&self, table: In) -> String {
        let names = &self.manager.config().names;
        match table {
            In::Tasks => names.tasks.clone(),
            In::Retry => names.retry.clone(),
            In::Closed => names.closed.clone(),
        }
    }

    pub async fn put(&self, table: In, fields: Value) {
        let put = self.clients.dynamodb.put_item().table_name(self.table(table));
        put.set_item(Some(item(fields))).send().await.unwrap();
    }

    /// Deletes a labourer's row, as somebody who tidies up would.
    pub async fn forget_row(&self, labourer: &str) {
        let table = &self.manager.config().names.labourers;
        let delete = self.clients.dynamodb.delete_item().table_name(table);
        delete.key("labourer_id", s(labourer)).send().await.unwrap();
    }

    /// Adds attributes to a task of the tasks table, as somebody else's code would.
    pub async fn add(&self, id: &TaskId, fields: Value) {
        let mut whole = self.item(In::Tasks, id).await.unwrap();
        whole.extend(item(fields));
        let put = self.clients.dynamodb.put_item().table_name(self.table(In::Tasks));
        put.set_item(Some(whole)).send().await.unwrap();
    }

    /// The item of a task of `worker`, wherever sosw's field names lead.
    pub async fn item(&self, table: In, id: &TaskId) -> Option<Item> {
        let fields = &self.manager.config().names.fields;
        let get = self.clients.dynamodb.get_item().table_name(self.table(table));
        let get = get.key(fields.get("task_id"), s(id.as_str())).consistent_read(true);
        let get = match table {
            In::Retry => get.key(fields.get("labourer_id"), s("worker")),
            In::Tasks | In::Closed => get,
        };
        get.send().await.unwrap().item
    }

    /// The same as JSON.
    pub async fn json(&self, table: In, id: &TaskId) -> Value {
        let item = self.item(table, id).await.unwrap_or_else(|| panic!("{id} not in {table:?}"));
        to_json(&AttributeValue::M(item))
    }

    /// The tables that have an item of this task.
    pub async fn places(&self, id: &TaskId) -> Vec<In> {
        let mut places = Vec::new();
        for table in [In::Tasks, In::Retry, In::Closed] {
            places.extend(self.item(table, id).await.map(|_| table));
        }
        places
    }
}
