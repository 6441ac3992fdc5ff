//! What a message of a dead-letter queue says.
//!
//! Lambda writes a record of an event that its function failed on or never took, with the event in it.
//! EventBridge puts the event itself into the queue, and says why in the message's attributes.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use task_manager::{
    arn::FunctionName,
    ids::{JobId, TaskId},
    json::Json,
    report::{self, ReportError},
    time::Timestamp,
};
use thiserror::Error;

use super::queue::QueueKind;

#[derive(Clone, Debug, Serialize)]
pub struct DeadLetter {
    pub queue: QueueKind,
    pub message_id: String,
    /// When it came into the queue.
    pub sent_at: Option<Timestamp>,
    #[serde(flatten)]
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Content {
    Event(DeadEvent),
    /// It is not sent again, as its function would refuse it.
    Unreadable {
        #[serde(serialize_with = "text", rename = "unreadable")]
        why: Unreadable,
    },
}

/// An event that was not taken, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeadEvent {
    /// The function that it was for.
    pub function: Option<String>,
    /// Why it was given up: `RetriesExhausted` or `EventAgeExceeded`.
    pub condition: Option<String>,
    /// What the function, or whoever invokes it, said last.
    pub error: Option<String>,
    pub subject: Subject,
    /// The event itself. It may contain payloads, so it is shown only on request.
    #[serde(skip)]
    pub event: Json,
}

/// What an event is about.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    #[default]
    Tick,
    /// Reports about these tasks.
    Tasks(Vec<TaskId>),
    /// A job that is to be continued.
    Job(JobId),
    /// A new job for this labourer.
    NewJob { labourer: String },
}

/// Why a message is of no use.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Unreadable {
    #[error("it is empty")]
    Empty,
    #[error("it is not JSON: {0}")]
    NotJson(String),
    #[error("it contains no event")]
    NoEvent,
    #[error("{0}")]
    NoReport(String),
    #[error("it names neither a job nor a labourer")]
    NoJob,
}

fn text<S: serde::Serializer>(why: &Unreadable, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(why)
}

impl Content {
    /// What the text and the attributes of a message say.
    pub fn read(kind: QueueKind, body: &str, attributes: &BTreeMap<String, String>) -> Self {
        match event(kind, body, attributes) {
            Ok(event) => Self::Event(event),
            Err(why) => Self::Unreadable { why },
        }
    }
}

fn event(
    kind: QueueKind,
    body: &str,
    attributes: &BTreeMap<String, String>,
) -> Result<DeadEvent, Unreadable> {
    if body.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    let raw: Box<RawValue> =
        serde_json::from_str(body).map_err(|error| Unreadable::NotJson(error.to_string()))?;
    let message = Json::parse(body).map_err(|error| Unreadable::NotJson(error.to_string()))?;
    let dead = match message.get("requestContext") {
        Some(context) => of_record(&message, context),
        None => of_event(message, attributes),
    };
    if is_empty(&dead.event) {
        return Err(Unreadable::NoEvent);
    }
    let subject = match kind {
        QueueKind::Ticks => Subject::Tick,
        QueueKind::Reports => tasks(&raw)?,
        QueueKind::Jobs => job(&dead.event).ok_or(Unreadable::NoJob)?,
    };
    Ok(DeadEvent { subject, ..dead })
}

fn of_record(record: &Json, context: &Json) -> DeadEvent {
    let text = |of: &Json, field| of.get(field).and_then(Json::as_str).map(str::to_owned);
    let response = record.get("responsePayload");
    let error = |field| response.and_then(|response| text(response, field));
    DeadEvent {
        function: text(context, "functionArn").map(|arn| name(&arn)),
        condition: text(context, "condition"),
        error: joined(error("errorType"), error("errorMessage")),
        subject: Subject::default(),
        event: record.get("requestPayload").cloned().unwrap_or_default(),
    }
}

fn of_event(event: Json, attributes: &BTreeMap<String, String>) -> DeadEvent {
    let attribute = |name: &str| attributes.get(name).cloned();
    DeadEvent {
        function: attribute("TARGET_ARN").map(|arn| name(&arn)),
        condition: attribute("EXHAUSTED_RETRY_CONDITION"),
        error: joined(attribute("ERROR_CODE"), attribute("ERROR_MESSAGE")),
        subject: Subject::default(),
        event,
    }
}

fn name(arn: &str) -> String {
    FunctionName::parse(arn).map_or(arn, |function| function.name).to_owned()
}

fn joined(kind: Option<String>, message: Option<String>) -> Option<String> {
    match (kind, message) {
        (Some(kind), Some(message)) => Some(format!("{kind}: {message}")),
        (kind, message) => kind.or(message),
    }
}

/// Is it what an invocation without a payload sends?
fn is_empty(event: &Json) -> bool {
    match event {
        Json::Null => true,
        Json::String(text) => text.trim().is_empty(),
        Json::Array(elements) => elements.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// The tasks of the reports that the worker assistant would read in the message.
fn tasks(message: &RawValue) -> Result<Subject, Unreadable> {
    let (mut tasks, mut refused) = (Vec::new(), None);
    for report in report::read(message) {
        match report {
            Ok(report) => tasks.push(report.task_id),
            Err(error) => refused = Some(error),
        }
    }
    match (tasks.is_empty(), refused) {
        (false, _) => Ok(Subject::Tasks(tasks)),
        (true, refused) => {
            Err(Unreadable::NoReport(refused.unwrap_or(ReportError::Unrecognised).to_string()))
        }
    }
}

/// The job in an event, or in the record of an event that was sent again.
fn job(event: &Json) -> Option<Subject> {
    if event.get("requestContext").is_some() {
        return job(event.get("requestPayload")?);
    }
    if let Json::String(text) = event {
        return job(&Json::parse(text).ok().filter(|parsed| parsed.as_object().is_some())?);
    }
    if let Some(inner) = event.get("job") {
        return job(inner);
    }
    match event.get("lambda_name").and_then(Json::as_str) {
        Some(labourer) => Some(Subject::NewJob { labourer: labourer.to_owned() }),
        None => {
            let id = event.get("job_id")?.as_str()?;
            JobId::new(id).ok().map(Subject::Job)
        }
    }
}
