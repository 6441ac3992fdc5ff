//! The event log (sosw's meta table): what happened to each task, and when.

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};

use super::{Store, StoreError};
use crate::{
    attributes::{Item, n, s},
    ids::{LabourerId, TaskId},
    time::Timestamp,
};

/// The most events that one request takes.
const EVENTS_MOST: usize = 25;

/// Something that happened to a task.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry<'a> {
    pub task_id: &'a TaskId,
    pub labourer_id: &'a LabourerId,
    /// What, in sosw's words.
    pub action: &'a str,
    pub author: &'a str,
    pub at: Timestamp,
}

impl Store {
    /// Logs events, once, as far as DynamoDB takes them: what it leaves out is lost. Answers each
    /// failure with the number of its events.
    pub(crate) async fn log(&self, events: &[LogEntry<'_>]) -> Vec<(StoreError, usize)> {
        let mut failures = Vec::new();
        for batch in events.chunks(EVENTS_MOST) {
            let puts = batch.iter().filter_map(|event| {
                let put = PutRequest::builder().set_item(Some(row(event))).build().ok()?;
                Some(WriteRequest::builder().put_request(put).build())
            });
            let request = self.client().batch_write_item();
            let request = request.request_items(&self.names.meta, puts.collect());
            if let Err(error) = request.send().await {
                let error = StoreError::of("BatchWriteItem", &self.names.meta, error);
                failures.push((error, batch.len()));
            }
        }
        failures
    }
}

fn row(event: &LogEntry<'_>) -> Item {
    Item::from([
        ("task_id".to_owned(), s(event.task_id.as_str())),
        ("created_at".to_owned(), n(event.at)),
        ("action".to_owned(), s(event.action)),
        ("labourer_id".to_owned(), s(event.labourer_id.as_str())),
        ("author".to_owned(), s(event.author)),
    ])
}
