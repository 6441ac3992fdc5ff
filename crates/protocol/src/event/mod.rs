//! The event that a labourer is invoked with: a task's payload, and beside it what sosw says about
//! the task and about this attempt.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::to_raw_value;

use crate::{
    ids::{ClaimToken, JobId, LabourerId, TaskId},
    raw::Object,
    time::Timestamp,
};

/// The fields that are not the payload's. A payload cannot have them: they would not arrive.
pub const OWN_FIELDS: [&str; 6] =
    ["task_id", "labourer_id", "created_at", "greenfield", "attempts", "sosw"];

/// One attempt at one task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    /// The task, the same in every attempt.
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
    /// The job that the task is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
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
            payload: Object,
            #[serde(flatten)]
            own: &'a Event,
        }
        let payload = without_own_fields(self.payload.clone());
        serde_json::to_string(&Whole { payload, own: self })
    }

    /// Reads an event.
    ///
    /// # Errors
    /// When it is no object, or a field that is not the payload's is missing or of another type.
    pub fn read(json: &str) -> serde_json::Result<Self> {
        let event: Self = serde_json::from_str(json)?;
        let fields = serde_json::from_str(json)?;
        Ok(Self { payload: without_own_fields(fields), ..event })
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
    fields.retain(|name, _| !OWN_FIELDS.contains(&name.as_str()));
    fields
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

fn whole<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    f64::deserialize(deserializer).map(|number| number as u32)
}

#[cfg(test)]
mod tests;
