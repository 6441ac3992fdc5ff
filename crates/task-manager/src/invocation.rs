//! What a labourer gets.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{ids::ClaimToken, payload, task::Task, time::Timestamp, trace::Trace};

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
    /// When the lease passes.
    pub fn expires_at(&self) -> Timestamp {
        self.claimed_at + self.lease
    }

    /// The event for the labourer: the payload, the task's own fields over it, and `sosw`.
    pub fn event(&self) -> Value {
        let task = &self.task;
        let mut event = match task.payload.is_empty() {
            true => Map::new(),
            false => payload::flatten(Value::String(task.payload.clone())),
        };
        event.insert("task_id".into(), task.id.as_str().into());
        event.insert("labourer_id".into(), task.labourer_id.as_str().into());
        if let Some(created_at) = task.created_at {
            event.insert("created_at".into(), number(created_at.seconds()));
        }
        event.insert("greenfield".into(), number(task.greenfield.0));
        event.insert("attempts".into(), task.attempts.into());
        event.insert("sosw".into(), Value::Object(self.ours()));
        Value::Object(event)
    }

    fn ours(&self) -> Map<String, Value> {
        let mut ours = Map::new();
        ours.insert("claim".into(), self.token.as_str().into());
        ours.insert("attempt".into(), (self.task.attempts + 1).into());
        ours.insert("expires_at".into(), number(self.expires_at().seconds()));
        if let Some(job_id) = &self.task.job_id {
            ours.insert("job_id".into(), job_id.as_str().into());
        }
        ours
    }

    /// The trace header of the invocation: the root of the task's trace, and no lineage.
    pub fn trace(&self) -> Trace {
        let task = &self.task;
        let own = || Trace::of_task(&task.id, task.created_at.unwrap_or(self.claimed_at));
        task.trace.clone().unwrap_or_else(own)
    }
}

/// Whole numbers without a fraction, as sosw sends them.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}

#[cfg(test)]
mod tests;
