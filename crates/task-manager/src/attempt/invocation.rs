//! What a labourer gets.

use std::time::Duration;

use protocol::event::{self, Event};

use crate::{
    ids::ClaimToken,
    task::{Task, trace::Trace},
    time::Timestamp,
};

/// An attempt that was claimed and is to be invoked.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The task as it was before the claim.
    pub task: Task,
    /// The secret of the attempt.
    pub token: ClaimToken,
    /// When the claim was decided.
    pub claimed_at: Timestamp,
    /// How long it may be silent.
    pub lease: Duration,
}

impl Attempt {
    pub fn expires_at(&self) -> Timestamp {
        self.claimed_at + self.lease
    }

    pub fn event(&self) -> Event {
        let task = &self.task;
        Event {
            task_id: task.id.clone(),
            labourer_id: task.labourer_id.clone(),
            created_at: task.created_at,
            greenfield: Some(task.greenfield.0),
            attempts: task.attempts,
            sosw: Some(event::AttemptInfo {
                claim: Some(self.token.clone()),
                attempt: Some(task.attempts + 1),
                expires_at: Some(self.expires_at()),
                job_id: task.job_id.clone(),
                members: None,
            }),
            payload: event::payload(task.payload_text()),
            tasks: Vec::new(),
            format: event::Format::default(),
        }
    }

    /// The trace header of the invocation: the root of the task's trace, and no lineage.
    pub fn trace(&self) -> Trace {
        let task = &self.task;
        let own = || Trace::of_task(&task.id, task.created_at.unwrap_or(self.claimed_at));
        task.trace.clone().unwrap_or_else(own)
    }
}

#[cfg(test)]
mod tests;
