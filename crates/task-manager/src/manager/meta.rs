//! The event log (`write_meta_to_ddb`): best effort, never in anyone's way.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use tracing::warn;

use super::TaskManager;
use crate::{
    storage::attributes::{n, s},
    task::{Item, Task},
};

impl TaskManager {
    /// Logs what happened to tasks, if the config wants it. A failure is told and forgotten.
    pub(super) async fn log_meta<'a>(&self, events: impl IntoIterator<Item = (&'a Task, &str)>) {
        if !self.config.write_meta {
            return;
        }
        let rows: Vec<_> =
            events.into_iter().map(|(task, action)| self.meta(task, action)).collect();
        for batch in rows.chunks(25) {
            let puts = batch.iter().cloned().filter_map(|row| {
                let put = PutRequest::builder().set_item(Some(row)).build().ok()?;
                Some(WriteRequest::builder().put_request(put).build())
            });
            let request = self.store.client().batch_write_item();
            let request = request.request_items(&self.config.names.meta, puts.collect());
            if let Err(error) = request.send().await {
                warn!(error = %aws_sdk_dynamodb::error::DisplayErrorContext(&error), events = batch.len(), "the event log was not written");
            }
        }
    }

    fn meta(&self, task: &Task, action: &str) -> Item {
        HashMap::from([
            ("task_id".to_owned(), s(task.id.as_str())),
            ("created_at".to_owned(), n(self.now())),
            ("action".to_owned(), s(action)),
            ("labourer_id".to_owned(), s(task.labourer_id.as_str())),
            ("author".to_owned(), s(&*self.author)),
        ])
    }
}
