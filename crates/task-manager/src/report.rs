//! What labourers, and Lambda for them, tell the worker assistant.

use std::time::Duration;

use serde_json::{Map, Value};
use thiserror::Error;

use crate::{
    ids::{ClaimToken, InvalidId, LabourerId, TaskId},
    payload::MAX_RESULT,
};

mod destination;
mod undelivered;

/// The end of an attempt, as told.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Which task.
    pub task_id: TaskId,
    /// Whose task. sosw's labourers do not tell.
    pub labourer_id: Option<LabourerId>,
    /// Which attempt. sosw's labourers do not tell.
    pub claim: Option<ClaimToken>,
    /// How it ended.
    pub outcome: Outcome,
    /// `stats` of the labourer, to be kept as `stat_*`.
    pub stats: Map<String, Value>,
    /// `result` of the labourer, to be kept as `result_*`.
    pub result: Map<String, Value>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The work is done.
    Success,
    /// It is not done.
    Failure(Failure),
    /// Not now: come back after this time, without spending an attempt.
    Snooze(Duration),
}

/// Why the work is not done.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// A stable name.
    pub kind: String,
    /// In words.
    pub message: String,
    /// Where in the labourer's code.
    pub trace: Option<String>,
    /// When the labourer wants to be tried again.
    pub retry_after: Option<Duration>,
}

/// Why something is not a report. Nothing was written.
#[derive(Debug, PartialEq, Error)]
pub enum ReportError {
    /// Neither a report, nor a destination record, nor a list of them.
    #[error(
        "this is no report: it has neither `action` (mark_task_as_completed or \
         mark_task_as_failed) nor `requestContext` (a record of a Lambda destination)"
    )]
    Unrecognised,
    /// An action nobody knows.
    #[error("unknown action {0:?}: it must be mark_task_as_completed or mark_task_as_failed")]
    UnknownAction(String),
    /// A field is missing.
    #[error("the report has no `{0}`")]
    Missing(&'static str),
    /// A field is of the wrong kind.
    #[error("`{field}` of the report must be {wanted}")]
    WrongKind {
        /// The field.
        field: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
    /// A field is no identifier.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// More than [`MAX_RESULT`] bytes of stats and result.
    #[error(
        "stats and result of task {task} have {bytes} bytes, the most is {MAX_RESULT}: \
         store the data elsewhere and report its key"
    )]
    TooLarge {
        /// The task.
        task: TaskId,
        /// Their size as JSON text.
        bytes: usize,
    },
}

/// Reads one event of the worker assistant: a report, a destination record, or a list of either;
/// or what Lambda wrote of one that was not delivered. Each element is accepted or refused by itself.
pub fn parse_event(event: Value) -> Vec<Result<Report, ReportError>> {
    match undelivered::unwrapped(event) {
        Value::Array(events) => events.into_iter().map(undelivered::unwrapped).map(parse).collect(),
        event => vec![parse(event)],
    }
}

fn parse(event: Value) -> Result<Report, ReportError> {
    let Value::Object(event) = event else { return Err(ReportError::Unrecognised) };
    if event.contains_key("requestContext") {
        return destination::parse(event);
    }
    let outcome = match event.get("action") {
        Some(Value::String(action)) => outcome(action, &event)?,
        Some(_) => return Err(ReportError::WrongKind { field: "action", wanted: "text" }),
        None => return Err(ReportError::Unrecognised),
    };
    let report = Report {
        task_id: TaskId::new(text(&event, "task_id")?.ok_or(ReportError::Missing("task_id"))?)?,
        labourer_id: text(&event, "labourer_id")?.map(LabourerId::new).transpose()?,
        claim: text(&event, "claim")?.map(ClaimToken::new).transpose()?,
        outcome,
        stats: object(&event, "stats")?,
        result: object(&event, "result")?,
    };
    let bytes = report.bytes();
    if bytes > MAX_RESULT {
        return Err(ReportError::TooLarge { task: report.task_id, bytes });
    }
    Ok(report)
}

impl Report {
    fn bytes(&self) -> usize {
        let size = |object: &Map<String, Value>| match object.is_empty() {
            true => 0,
            false => serde_json::to_string(object).map_or(0, |text| text.len()),
        };
        size(&self.stats) + size(&self.result)
    }
}

fn outcome(action: &str, event: &Map<String, Value>) -> Result<Outcome, ReportError> {
    match action {
        "mark_task_as_completed" => Ok(Outcome::Success),
        "mark_task_as_failed" => match seconds(event, "snooze")? {
            Some(time) => Ok(Outcome::Snooze(time)),
            None => Ok(Outcome::Failure(failure(event)?)),
        },
        other => Err(ReportError::UnknownAction(other.to_owned())),
    }
}

fn failure(event: &Map<String, Value>) -> Result<Failure, ReportError> {
    let retry_after = seconds(event, "retry_after")?;
    let (kind, message, trace) = match event.get("error") {
        None | Some(Value::Null) => (None, None, None),
        Some(Value::String(message)) => (None, Some(message.clone()), None),
        Some(Value::Object(error)) => {
            (text(error, "kind")?, text(error, "message")?, text(error, "trace")?)
        }
        Some(_) => return Err(ReportError::WrongKind { field: "error", wanted: "an object" }),
    };
    Ok(Failure {
        kind: kind.unwrap_or_else(|| "failed".to_owned()),
        message: message.unwrap_or_else(|| "the labourer reported a failure".to_owned()),
        trace,
        retry_after,
    })
}

fn text(event: &Map<String, Value>, field: &'static str) -> Result<Option<String>, ReportError> {
    match event.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ReportError::WrongKind { field, wanted: "text" }),
    }
}

/// The longest that a labourer may ask to be left alone.
const LONGEST_WAIT: f64 = 366.0 * 86_400.0;

fn seconds(
    event: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<Duration>, ReportError> {
    let wanted = "a number of seconds, from 0 to a year";
    match event.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            Some(s) if (0.0..=LONGEST_WAIT).contains(&s) => Ok(Some(Duration::from_secs_f64(s))),
            _ => Err(ReportError::WrongKind { field, wanted }),
        },
    }
}

/// An object, or JSON text of one, as sosw's labourers send.
fn object(
    event: &Map<String, Value>,
    field: &'static str,
) -> Result<Map<String, Value>, ReportError> {
    let wanted = "an object, or JSON text of one";
    match event.get(field) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(Value::String(text)) => match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(Value::Null) => Ok(Map::new()),
            _ => Err(ReportError::WrongKind { field, wanted }),
        },
        Some(_) => Err(ReportError::WrongKind { field, wanted }),
    }
}

#[cfg(test)]
mod tests;
