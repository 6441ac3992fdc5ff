//! The event log (`write_meta_to_ddb`): best effort; a failure stops nothing.

use tracing::warn;

use super::TaskManager;
use crate::{describe, storage::event_log::LogEntry, task::Task};

impl TaskManager {
    /// Records what happened to tasks, if the config asks for it.
    pub(super) async fn log_meta<'a>(&self, events: impl IntoIterator<Item = (&'a Task, &'a str)>) {
        if !self.config.write_meta {
            return;
        }
        let event = |(task, action): (&'a Task, &'a str)| LogEntry {
            task_id: &task.id,
            labourer_id: &task.labourer_id,
            action,
            author: &self.author,
            at: self.now(),
        };
        let events: Vec<_> = events.into_iter().map(event).collect();
        for (error, events) in self.store.log(&events).await {
            warn!(error = describe(&error), events, "events were not written to the event log");
        }
    }
}
