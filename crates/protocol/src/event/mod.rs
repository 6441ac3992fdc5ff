//! The event that a labourer is invoked with: a task's payload, and beside it what sosw says about
//! the task and about this attempt.
//!
//! A block is one task of the queue that stands for several tasks of a job, its members. Its event has
//! no payload of its own, but those of its members:
//!
//! - [`block`]: one member, and what makes an event that of a block
//! - [`sqs`]: tasks as messages of SQS
//! - [`format`](mod@format): which of the two a labourer gets, and how large it becomes

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    ids::{ClaimToken, JobId, LabourerId, TaskId},
    members::Members,
    raw::{self, Object},
    time::Timestamp,
};

pub mod block;
pub mod sqs;
pub mod format;

pub use block::Member;
pub use format::Format;

/// The fields that are not the payload's. A payload cannot have them: they would not arrive.
pub const OWN_FIELDS: [&str; 6] =
    ["task_id", "labourer_id", "created_at", "greenfield", "attempts", "sosw"];

/// One attempt at one task, or at a block.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    /// The task or block, the same in every attempt.
    pub task_id: TaskId,
    /// Whose task it is.
    pub labourer_id: LabourerId,
    /// When the task was created; items of sosw 0.7 may lack it.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "time")]
    pub created_at: Option<Timestamp>,
    /// Its place in the queue before it was claimed.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "place")]
    pub greenfield: Option<f64>,
    /// Attempts before this one, while the task's item counts this one, too. sosw 0.7 may send whole
    /// numbers with a fraction.
    #[serde(default, deserialize_with = "whole")]
    pub attempts: u32,
    /// This attempt. sosw 0.7's orchestrator sends nothing about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sosw: Option<AttemptInfo>,
    /// What the task asks for: its fields stand beside the others. A field of the same name as one
    /// of those does not arrive.
    #[serde(skip)]
    pub payload: Object,
    /// The tasks of a block, which has no payload itself. A single task has none.
    #[serde(skip)]
    pub tasks: Vec<Member>,
    /// How the tasks are written.
    #[serde(skip)]
    pub format: Format,
}

/// What is said about an attempt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AttemptInfo {
    /// Its secret, which its report must carry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimToken>,
    /// Which one it is; the first is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// When its lease ends and another may start.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "time")]
    pub expires_at: Option<Timestamp>,
    /// When its work must have begun, because tokens of a rate were taken for it: events that waited in Lambda
    /// would start together.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "time")]
    pub start_by: Option<Timestamp>,
    /// The job that the task is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// The numbers of a block's tasks within their job, which its report should repeat. When an event
    /// is read, what cannot be understood is none: the tasks are in the event all the same.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable_members")]
    pub members: Option<Members>,
}

impl Event {
    /// The event as Lambda gets it.
    ///
    /// # Errors
    /// Never: each part can be written as JSON.
    pub fn to_json(&self) -> serde_json::Result<String> {
        #[derive(Serialize)]
        struct Whole<'a> {
            #[serde(flatten)]
            tasks: Object,
            #[serde(flatten)]
            own: &'a Event,
        }
        let only = |name: &str, value| Object::from_iter([(name.to_owned(), value)]);
        let tasks = match self.format {
            Format::Sqs => only("Records", sqs::records(self)?),
            Format::Sosw if self.tasks.is_empty() => without_own_fields(self.payload.clone()),
            Format::Sosw => only("tasks", to_raw_value(&self.tasks)?),
        };
        serde_json::to_string(&Whole { tasks, own: self })
    }

    /// Reads an event of either format.
    ///
    /// # Errors
    /// When it is no object, a field that is not the payload's is missing or of another type, or it is
    /// the event of a block without tasks.
    pub fn read(json: &str) -> serde_json::Result<Self> {
        let event: Self = serde_json::from_str(json)?;
        event.with_tasks(serde_json::from_str(json)?)
    }

    /// The event with the payload or the tasks that are in its `fields`.
    fn with_tasks(self, fields: Object) -> serde_json::Result<Self> {
        let is_block = block::names_members(&fields);
        if let Some(records) = raw::field(&fields, "Records")
            && sqs::message_ids(&fields).is_some()
        {
            return self.with_messages(sqs::read(records)?, is_block);
        }
        match raw::field(&fields, "tasks").filter(|_| is_block) {
            Some(tasks) => self.with_members(serde_json::from_str(tasks)?),
            None if self.sosw.as_ref().is_some_and(|sosw| sosw.members.is_some()) => {
                self.with_members(Vec::new())
            }
            None => Ok(Self { payload: without_own_fields(fields), ..self }),
        }
    }

    fn with_messages(self, mut messages: Vec<Member>, is_block: bool) -> serde_json::Result<Self> {
        let event = Self { format: Format::Sqs, ..self };
        if is_block {
            return event.with_members(messages);
        }
        let payload = messages.pop().map(|task| task.payload).unwrap_or_default();
        Ok(Self { payload, ..event })
    }

    fn with_members(self, tasks: Vec<Member>) -> serde_json::Result<Self> {
        match tasks.is_empty() {
            true => Err(serde_json::Error::custom("the event names members, but has no tasks")),
            false => Ok(Self { tasks, ..self }),
        }
    }

    /// Is it the event of a block, be it of one task?
    pub fn is_block(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// All tasks; a single task is its own only one.
    pub fn members(&self) -> Cow<'_, [Member]> {
        if self.is_block() {
            return Cow::Borrowed(&self.tasks);
        }
        Cow::Owned(vec![Member { task_id: self.task_id.clone(), payload: self.payload.clone() }])
    }

    /// Which attempt it is; the first is 1. sosw 0.7's orchestrator says only how many were before.
    pub fn attempt(&self) -> u32 {
        let stated = self.sosw.as_ref().and_then(|sosw| sosw.attempt);
        stated.unwrap_or(self.attempts.saturating_add(1))
    }
}

/// The fields of a payload as it is stored: JSON text of an object. Any other text (sosw 0.7's closed
/// payloads are no JSON) is the only field, `payload`.
pub fn payload(text: &str) -> Object {
    if text.is_empty() {
        return Object::new();
    }
    serde_json::from_str(text).unwrap_or_else(|_| {
        let text = to_raw_value(text).ok();
        text.map(|text| ("payload".to_owned(), text)).into_iter().collect()
    })
}

fn without_own_fields(mut fields: Object) -> Object {
    fields.retain(|name, _| !is_own_field(name));
    fields
}

fn is_own_field(name: &str) -> bool {
    OWN_FIELDS.contains(&name)
}

fn time<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    place(&time.map(Timestamp::seconds), serializer)
}

/// Whole numbers without a fraction, as sosw sends them.
fn place<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            serializer.serialize_i64(*number as i64)
        }
        number => number.serialize(serializer),
    }
}

fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    f64::deserialize(deserializer).map(|number| number as u32)
}

fn readable_members<'de, D: Deserializer<'de>>(json: D) -> Result<Option<Members>, D::Error> {
    let json = Box::<RawValue>::deserialize(json)?;
    Ok(raw::text(json.get()).and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests;
