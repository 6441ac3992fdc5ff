//! The event a labourer receives, taken apart: what the task is, and what it asks for.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{outcome::Failure, time::Timestamp};

/// One attempt at one task.
#[derive(Clone, Debug, PartialEq)]
pub struct Task<T> {
    /// The task's name, the same in every attempt.
    pub id: String,
    /// The labourer it belongs to, usually the name of this function.
    pub labourer_id: String,
    /// What it asks for: the payload it was created with.
    pub payload: T,
    /// Which attempt this is; the first is 1.
    pub attempt: u32,
    /// The secret of this attempt, which its report must carry. An orchestrator of sosw sends none.
    pub claim: Option<String>,
    /// When the lease of this attempt ends and another may start.
    pub expires_at: Option<Timestamp>,
    /// The job it was cut from.
    pub job_id: Option<String>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// Its place in the queue before it was claimed.
    pub greenfield: Option<f64>,
}

/// Why an event is not a task.
#[derive(Debug, Error)]
pub enum NotATask {
    /// It is not even an object.
    #[error("the event is {0}, and a task is a JSON object with task_id and labourer_id")]
    NotAnObject(&'static str),
    /// A field of the task is missing or of another type.
    #[error(
        "the event is not a task: {0}; an orchestrator sends task_id, labourer_id and `sosw`, and a \
         call by hand must, too"
    )]
    Field(#[source] serde_json::Error),
}

#[derive(Deserialize)]
struct Fields {
    task_id: String,
    labourer_id: String,
    created_at: Option<Timestamp>,
    greenfield: Option<f64>,
    #[serde(default)]
    attempts: f64,
    sosw: Option<Claim>,
}

#[derive(Deserialize)]
struct Claim {
    claim: Option<String>,
    attempt: Option<u32>,
    expires_at: Option<Timestamp>,
    job_id: Option<String>,
}

const OWN_FIELDS: [&str; 6] =
    ["task_id", "labourer_id", "created_at", "greenfield", "attempts", "sosw"];

impl Task<Value> {
    /// Takes an event apart. The payload is what remains without the task's own fields.
    pub fn from_event(event: Value) -> Result<Self, NotATask> {
        let Value::Object(mut event) = event else {
            return Err(NotATask::NotAnObject(type_of(&event)));
        };
        let own: Map<String, Value> =
            OWN_FIELDS.iter().filter_map(|name| event.remove_entry(*name)).collect();
        let fields = Fields::deserialize(Value::Object(own)).map_err(NotATask::Field)?;
        let sosw = fields.sosw.unwrap_or(Claim {
            claim: None,
            attempt: None,
            expires_at: None,
            job_id: None,
        });
        Ok(Self {
            id: fields.task_id,
            labourer_id: fields.labourer_id,
            payload: Value::Object(event),
            // `attempts` counts those before this one.
            attempt: sosw.attempt.unwrap_or(fields.attempts as u32 + 1),
            claim: sosw.claim,
            expires_at: sosw.expires_at,
            job_id: sosw.job_id,
            created_at: fields.created_at,
            greenfield: fields.greenfield,
        })
    }

    /// Reads the payload as a `T`.
    ///
    /// A payload that is not a `T` is an ordinary failure of kind `InvalidPayload`, retried like
    /// any other until the attempts are spent: what usually cures it is a new version of the
    /// function, which the delays between attempts give time to, and an attempt costs milliseconds.
    pub fn typed<T: DeserializeOwned>(mut self) -> Result<Task<T>, Failure> {
        let payload = typed_payload(self.payload.take())?;
        Ok(Task {
            payload,
            id: self.id,
            labourer_id: self.labourer_id,
            attempt: self.attempt,
            claim: self.claim,
            expires_at: self.expires_at,
            job_id: self.job_id,
            created_at: self.created_at,
            greenfield: self.greenfield,
        })
    }
}

impl<T> Task<T> {
    /// Whether another attempt may have started by now.
    pub fn lease_has_passed(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| now > expires_at)
    }
}

/// A payload that was no object travels as the only field, `payload`; a `T` with just such a field
/// of its own looks the same, so both are tried.
fn typed_payload<T: DeserializeOwned>(payload: Value) -> Result<T, Failure> {
    let wrapped = payload.as_object().filter(|fields| fields.len() == 1);
    if let Some(inner) = wrapped.and_then(|fields| fields.get("payload")).filter(|v| !v.is_object())
        && let Ok(inner) = T::deserialize(inner)
    {
        return Ok(inner);
    }
    serde_path_to_error::deserialize(payload).map_err(|error| {
        let path = match error.path().to_string().as_str() {
            "." => "payload".to_owned(),
            path => format!("payload.{path}"),
        };
        let why = without_value(&error.inner().to_string());
        Failure::new("InvalidPayload", format!("{path}: {why}"))
    })
}

/// What was expected is for the log; the value that was found may be nobody's business.
fn without_value(message: &str) -> String {
    let names_value = ["invalid type: ", "invalid value: ", "unknown variant "];
    let cut = names_value
        .iter()
        .any(|prefix| message.starts_with(prefix))
        .then(|| message.split_once(['"', '`']).zip(message.rsplit_once(", expected")))
        .flatten();
    match cut {
        Some(((head, _), (_, expected))) => format!("{}, expected{expected}", head.trim_end()),
        None => message.to_owned(),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Payload {
        words: Vec<String>,
    }

    fn event(payload: Value) -> Value {
        let mut event = json!({
            "task_id": "t1", "labourer_id": "words", "created_at": 1.5, "greenfield": 2000,
            "attempts": 1,
            "sosw": {"claim": "c1", "attempt": 2, "expires_at": 100, "job_id": "j1"},
        });
        for (name, value) in payload.as_object().unwrap() {
            event[name] = value.clone();
        }
        event
    }

    #[test]
    fn a_task_keeps_its_own_fields_apart_from_its_payload() {
        let task = Task::from_event(event(json!({"words": ["a"]}))).unwrap();
        assert_eq!(task.payload, json!({"words": ["a"]}));
        let task = task.typed::<Payload>().unwrap();
        assert_eq!((task.id.as_str(), task.attempt, task.claim.as_deref()), ("t1", 2, Some("c1")));
        assert_eq!(task.payload.words, ["a"]);
    }

    #[test]
    fn an_event_of_a_python_orchestrator_is_a_task() {
        let task = Task::from_event(json!({
            "task_id": "t1", "labourer_id": "words", "created_at": 1, "greenfield": 1, "attempts": 2
        }));
        let task = task.unwrap();
        assert_eq!((task.attempt, task.claim), (3, None));
    }

    #[test]
    fn a_payload_that_is_no_object_arrives_as_it_was_created() {
        let task = Task::from_event(event(json!({"payload": ["a", "b"]}))).unwrap();
        assert_eq!(task.typed::<Vec<String>>().unwrap().payload, ["a", "b"]);
    }

    #[test]
    fn a_payload_with_a_field_called_payload_is_still_an_object() {
        #[derive(Deserialize)]
        struct Own {
            payload: u32,
        }
        let task = Task::from_event(event(json!({"payload": 7}))).unwrap();
        assert_eq!(task.typed::<Own>().unwrap().payload.payload, 7);
    }

    #[test]
    fn a_wrong_payload_is_told_by_its_path_and_not_by_its_value() {
        let task = Task::from_event(event(json!({"words": ["a", {"b": 1}]}))).unwrap();
        let failure = task.typed::<Payload>().unwrap_err();
        assert_eq!(failure.kind(), "InvalidPayload");
        assert_eq!(failure.message(), "payload.words[1]: invalid type: map, expected a string");

        let task = Task::from_event(event(json!({"words": "se\"cret, expected x"}))).unwrap();
        let failure = task.typed::<Payload>().unwrap_err();
        assert_eq!(failure.message(), "payload.words: invalid type: string, expected a sequence");
    }

    #[test]
    fn what_is_no_task_is_told_with_the_way_out() {
        let told = Task::from_event(json!({"words": []})).unwrap_err().to_string();
        assert!(told.contains("missing field `task_id`"), "{told}");
        let told = Task::from_event(json!([1])).unwrap_err().to_string();
        assert!(told.contains("a list"), "{told}");
    }
}
