//! What a labourer gets.

use std::time::Duration;

use protocol::{
    event::{self, Event, Format, Member},
    members::Members,
};

use crate::{
    ids::{ClaimToken, TaskId},
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
    /// Its work must begin until then, or tokens of a rate that were taken for it are out of date.
    pub start_by: Option<Timestamp>,
}

impl Attempt {
    pub fn expires_at(&self) -> Timestamp {
        self.claimed_at + self.lease
    }

    /// The event for a labourer that takes events of this format. `texts`: of a block, the payload of each
    /// of its members, in order.
    pub fn event(&self, format: Format, texts: Vec<String>) -> Event {
        let task = &self.task;
        let job = task.job_id.as_ref();
        let numbers = task.members().into_iter().flat_map(Members::iter);
        let members = numbers.zip(texts).filter_map(|(number, text)| {
            let task_id = TaskId::of_job(job?, number);
            Some(Member { task_id, payload: event::payload(&text) })
        });
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
                start_by: self.start_by,
                job_id: task.job_id.clone(),
                members: task.members().cloned(),
            }),
            tasks: members.collect(),
            format,
            payload: event::payload(task.payload_text()),
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
