//! The event log (`write_meta_to_ddb`): best effort, never in anyone's way.

use tracing::warn;

use super::TaskManager;
use crate::{describe, storage::event_log::Event, task::Task};

impl TaskManager {
    /// Logs what happened to tasks, if the config wants it. A failure is logged and forgotten.
    pub(super) async fn log_meta<'a>(&self, events: impl IntoIterator<Item = (&'a Task, &'a str)>) {
        if !self.config.write_meta {
            return;
        }
        let event = |(task, action): (&'a Task, &'a str)| Event {
            task_id: &task.id,
            labourer_id: &task.labourer_id,
            action,
            author: &self.author,
            at: self.now(),
        };
        let events: Vec<_> = events.into_iter().map(event).collect();
        for (error, events) in self.store.log(&events).await {
            warn!(error = describe(&error), events, "the event log was not written");
        }
    }
}
