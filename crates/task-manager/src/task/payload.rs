//! What a task carries: made from whatever the caller gives, within limits.

use protocol::event::OWN_FIELDS;
use thiserror::Error;

use crate::{
    ids::{LabourerId, TaskId},
    json::{Json, Object},
    limits::MAX_PAYLOAD,
};

/// Why a payload is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PayloadError {
    /// More than [`MAX_PAYLOAD`] bytes.
    #[error(
        "the payload of task {task} for {labourer} has {bytes} bytes, the most is {MAX_PAYLOAD}: \
         put the data into S3 or a table and pass its key"
    )]
    TooLarge {
        task: TaskId,
        labourer: LabourerId,
        /// Its size as JSON text.
        bytes: usize,
    },
    /// It carries a field that sosw generates.
    #[error(
        "the payload for {labourer} carries `{field}`, which is generated for every task: \
         rename it, or create the task without strict mode"
    )]
    Generated { labourer: LabourerId, field: String },
}

/// The payload object for a task: `payload` with `extra` merged over it. Text is parsed; what is
/// no JSON, or no object, is kept under `payload`.
#[doc(alias = "construct_payload_for_task")]
pub fn construct(payload: Json, extra: Object) -> Object {
    let mut object = flatten(payload);
    object.extend(extra);
    object
}

/// The object that a payload is, or one that holds it under `payload`.
pub fn flatten(payload: Json) -> Object {
    match payload {
        Json::Object(object) => object,
        Json::Null => Object::new(),
        Json::String(text) => match Json::parse(&text) {
            Ok(Json::Object(object)) => object,
            _ => under_payload(Json::String(text)),
        },
        other => under_payload(other),
    }
}

fn under_payload(value: Json) -> Object {
    Object::from_iter([("payload".to_owned(), value)])
}

/// Refuses generated fields in a payload; `labourer_id` may stand there if it is the task's own.
pub fn refuse_generated(payload: &Object, labourer: &LabourerId) -> Result<(), PayloadError> {
    let own = |field: &str, value: &Json| {
        field == "labourer_id" && value.as_str() == Some(labourer.as_str())
    };
    match payload.iter().find(|(k, v)| OWN_FIELDS.contains(&k.as_str()) && !own(k, v)) {
        None => Ok(()),
        Some((field, _)) => {
            Err(PayloadError::Generated { labourer: labourer.clone(), field: field.clone() })
        }
    }
}

/// The JSON text of a payload, refused when it is too large.
pub fn to_text(
    payload: Object,
    task: &TaskId,
    labourer: &LabourerId,
) -> Result<String, PayloadError> {
    let text = Json::Object(payload).to_string();
    if text.len() > MAX_PAYLOAD {
        let (task, labourer) = (task.clone(), labourer.clone());
        return Err(PayloadError::TooLarge { task, labourer, bytes: text.len() });
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
