//! The event a labourer receives: its tasks, each with the payload it was created with.

use protocol::{
    event::{Event, Member},
    ids::{ClaimToken, JobId, LabourerId, TaskId},
    raw::Object,
    time::Timestamp,
};
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::outcome::Failure;

/// One attempt at one task. The tasks of a block are attempted together: all but id and payload they have
/// in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Task<T> {
    /// The task's name, the same in every attempt.
    pub id: TaskId,
    /// The labourer it belongs to, usually the name of this function.
    pub labourer_id: LabourerId,
    /// What it asks for: the payload it was created with.
    pub payload: T,
    /// Which attempt this is; the first is 1.
    pub attempt: u32,
    /// The secret of this attempt, which its report must carry. An orchestrator of sosw 0.7 sends none.
    pub claim: Option<ClaimToken>,
    /// When the lease of this attempt ends and another may start.
    pub expires_at: Option<Timestamp>,
    /// The job it was cut from.
    pub job_id: Option<JobId>,
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
         manual call must, too"
    )]
    Field(#[source] serde_json::Error),
}

/// Parses the JSON text of an event.
pub fn read_event(event: &str) -> Result<Event, NotATask> {
    if !event.trim_start().starts_with('{') {
        return Err(NotATask::NotAnObject(type_of(event)));
    }
    Event::read(event).map_err(NotATask::Field)
}

impl Task<Object> {
    /// The tasks of an event: those of a block, else the only one. Their payloads are without the
    /// task's own fields, each field exactly as it was written.
    pub fn all_of(event: &Event) -> Vec<Self> {
        let members = event.members().into_owned();
        members.into_iter().map(|member| Self::of_member(event, member)).collect()
    }

    fn of_member(event: &Event, member: Member) -> Self {
        let sosw = event.sosw.clone().unwrap_or_default();
        Self {
            id: member.task_id,
            labourer_id: event.labourer_id.clone(),
            payload: member.payload,
            attempt: event.attempt(),
            claim: sosw.claim,
            expires_at: sosw.expires_at,
            job_id: sosw.job_id,
            created_at: event.created_at,
            greenfield: event.greenfield,
        }
    }

    /// Reads the payload as a `T`.
    ///
    /// A payload that is not a `T` is an ordinary failure of kind `InvalidPayload`, retried like
    /// any other until the attempts are spent: the usual fix is a new version of the function, the delays
    /// between attempts leave time to deploy it, and an attempt costs milliseconds.
    pub fn typed<T: DeserializeOwned>(self) -> Result<Task<T>, Failure> {
        let payload = typed_payload(&self.payload)?;
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
fn typed_payload<T: DeserializeOwned>(payload: &Object) -> Result<T, Failure> {
    let wrapped = payload.get("payload").filter(|_| payload.len() == 1).map(|json| json.get());
    if let Some(inner) = wrapped.filter(|json| !json.starts_with('{'))
        && let Ok(inner) = serde_json::from_str(inner)
    {
        return Ok(inner);
    }
    let text = serde_json::to_string(payload)?;
    let json = &mut serde_json::Deserializer::from_str(&text);
    serde_path_to_error::deserialize(json).map_err(|error| {
        let path = match error.path().to_string().as_str() {
            "." => "payload".to_owned(),
            path => format!("payload.{path}"),
        };
        let why = without_value(&error.inner().to_string());
        Failure::new("InvalidPayload", format!("{path}: {why}"))
    })
}

/// The log names the expected type but not the value, which may be confidential; its line and column
/// refer to a text that is not shown.
fn without_value(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
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

/// The type of JSON text that is not an object.
fn type_of(json: &str) -> &'static str {
    match json.trim_start().bytes().next() {
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        Some(b'"') => "a text",
        Some(b'[') => "a list",
        _ => "a number",
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Payload {
        words: Vec<String>,
    }

    fn read(event: &str) -> Result<Task<Object>, NotATask> {
        read_event(event).map(|event| Task::all_of(&event).remove(0))
    }

    fn event(payload: Value) -> String {
        let mut event = json!({
            "task_id": "t1", "labourer_id": "words", "created_at": 1.5, "greenfield": 2000,
            "attempts": 1,
            "sosw": {"claim": "c1", "attempt": 2, "expires_at": 100, "job_id": "j1"},
        });
        for (name, value) in payload.as_object().unwrap() {
            event[name] = value.clone();
        }
        event.to_string()
    }

    #[test]
    fn a_task_keeps_its_own_fields_apart_from_its_payload() {
        let task = read(&event(json!({"words": ["a"]}))).unwrap();
        assert_eq!(task.payload.keys().collect::<Vec<_>>(), ["words"]);
        let task = task.typed::<Payload>().unwrap();
        assert_eq!((task.id.as_str(), task.attempt), ("t1", 2));
        assert_eq!(task.payload.words, ["a"]);
    }

    #[test]
    fn an_event_of_a_python_orchestrator_is_a_task() {
        let event = json!({
            "task_id": "t1", "labourer_id": "words", "created_at": 1, "greenfield": 1, "attempts": 2
        });
        let task = read(&event.to_string()).unwrap();
        assert_eq!((task.attempt, task.claim), (3, None));
    }

    #[test]
    fn a_payload_arrives_with_every_digit() {
        #[derive(Deserialize)]
        struct Account {
            number: Box<serde_json::value::RawValue>,
        }
        let digits = "123456789012345678901234567890";
        let event =
            event(json!({"number": 1})).replace(r#""number":1"#, &format!(r#""number":{digits}"#));
        let task = read(&event).unwrap().typed::<Account>().unwrap();
        assert_eq!(task.payload.number.get(), digits);
    }

    #[test]
    fn a_payload_that_is_no_object_arrives_as_it_was_created() {
        let task = read(&event(json!({"payload": ["a", "b"]}))).unwrap();
        assert_eq!(task.typed::<Vec<String>>().unwrap().payload, ["a", "b"]);
    }

    #[test]
    fn a_payload_with_a_field_called_payload_is_still_an_object() {
        #[derive(Deserialize)]
        struct Own {
            payload: u32,
        }
        let task = read(&event(json!({"payload": 7}))).unwrap();
        assert_eq!(task.typed::<Own>().unwrap().payload.payload, 7);
    }

    #[test]
    fn a_wrong_payload_is_reported_with_its_path_and_without_its_value() {
        let task = read(&event(json!({"words": ["a", {"b": 1}]}))).unwrap();
        let failure = task.typed::<Payload>().unwrap_err();
        assert_eq!(failure.kind(), "InvalidPayload");
        assert_eq!(failure.message(), "payload.words[1]: invalid type: map, expected a string");

        let task = read(&event(json!({"words": "se\"cret, expected x"}))).unwrap();
        let failure = task.typed::<Payload>().unwrap_err();
        assert_eq!(failure.message(), "payload.words: invalid type: string, expected a sequence");
    }

    #[test]
    fn an_event_that_is_no_task_is_refused_with_a_remedy() {
        let error = read(r#"{"words": []}"#).unwrap_err().to_string();
        assert!(error.contains("missing field `task_id`"), "{error}");
        let error = read("[1]").unwrap_err().to_string();
        assert!(error.contains("a list"), "{error}");
    }
}
