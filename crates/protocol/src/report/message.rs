//! A report as a message of its own, as sosw 0.7's labourers and the SDK send it.

use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Again, Failure, Outcome, Report, ReportError, again, size, text};
use crate::{
    ids::{ClaimToken, LabourerId, TaskId},
    limits::MAX_RESULT,
    raw::{self, Object},
};

const COMPLETED: &str = "mark_task_as_completed";
const FAILED: &str = "mark_task_as_failed";

#[derive(Serialize)]
struct MessageFields<'a> {
    task_id: &'a TaskId,
    #[serde(skip_serializing_if = "Option::is_none")]
    labourer_id: Option<&'a LabourerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<&'a ClaimToken>,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snooze: Option<u64>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    stats: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    result: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct Error<'a> {
    kind: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a str>,
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let failure = match &self.outcome {
            Outcome::Success => None,
            Outcome::Failure(failure) => Some(failure),
        };
        let (retry_after, snooze) = match failure.map(|failure| failure.again) {
            Some(Again::RetryAfter(wait)) => (Some(again::seconds(wait)), None),
            Some(Again::Snooze(wait)) => (None, Some(again::seconds(wait))),
            Some(Again::Usual) | None => (None, None),
        };
        let error = failure.map(|Failure { kind, message, trace, .. }| Error {
            kind,
            message,
            trace: trace.as_deref(),
        });
        let message = MessageFields {
            task_id: &self.task_id,
            labourer_id: self.labourer_id.as_ref(),
            claim: self.claim.as_ref(),
            action: if failure.is_none() { COMPLETED } else { FAILED },
            error,
            retry_after,
            snooze,
            stats: &self.stats,
            result: &self.result,
        };
        message.serialize(serializer)
    }
}

/// Reads a message.
pub(super) fn read(event: &Object) -> Result<Report, ReportError> {
    let outcome = match text(event, "action")?.as_deref() {
        None => return Err(ReportError::Unrecognised),
        Some(COMPLETED) => Outcome::Success,
        Some(FAILED) => Outcome::Failure(failure(event)?),
        Some(other) => return Err(ReportError::UnknownAction(other.to_owned())),
    };
    let report = Report {
        task_id: TaskId::new(text(event, "task_id")?.ok_or(ReportError::Missing("task_id"))?)?,
        labourer_id: text(event, "labourer_id")?.map(LabourerId::new).transpose()?,
        claim: text(event, "claim")?.map(ClaimToken::new).transpose()?,
        outcome,
        stats: object(event, "stats")?,
        result: object(event, "result")?,
    };
    let bytes = size(&report.stats, &report.result);
    if bytes > MAX_RESULT {
        return Err(ReportError::TooLarge { task: report.task_id, bytes });
    }
    Ok(report)
}

fn failure(event: &Object) -> Result<Failure, ReportError> {
    if let Some(wait) = wait(event, "snooze")? {
        // Nothing is kept of why a labourer wants to be left alone, so nothing of it is refused.
        let error = error(event).unwrap_or_default();
        return Ok(Failure { again: Again::Snooze(wait), ..error.into() });
    }
    let again = wait(event, "retry_after")?.map_or(Again::Usual, Again::RetryAfter);
    Ok(Failure { again, ..error(event)?.into() })
}

/// What a labourer says of an error: kind, message and trace.
#[derive(Default)]
struct Said(Option<String>, Option<String>, Option<String>);

impl From<Said> for Failure {
    fn from(Said(kind, message, trace): Said) -> Self {
        Self {
            kind: kind.unwrap_or_else(|| "failed".to_owned()),
            message: message.unwrap_or_else(|| "the labourer reported a failure".to_owned()),
            trace,
            again: Again::Usual,
        }
    }
}

/// An object with kind, message and trace, or the message alone.
fn error(event: &Object) -> Result<Said, ReportError> {
    let Some(error) = raw::field(event, "error") else { return Ok(Said::default()) };
    if let Some(fields) = raw::object(error) {
        let part = |field| text(&fields, field);
        return Ok(Said(part("kind")?, part("message")?, part("trace")?));
    }
    let wanted = "an object";
    let message = serde_json::from_str(error);
    let message = message.map_err(|_| ReportError::WrongKind { field: "error", wanted })?;
    Ok(Said(None, message, None))
}

fn wait(event: &Object, field: &'static str) -> Result<Option<Duration>, ReportError> {
    let wanted = "a number of seconds, from 0 to a year";
    let wrong = ReportError::WrongKind { field, wanted };
    match raw::field(event, field).map(serde_json::from_str::<Option<f64>>) {
        None | Some(Ok(None)) => Ok(None),
        Some(Ok(Some(seconds))) => again::wait(seconds).map(Some).ok_or(wrong),
        Some(Err(_)) => Err(wrong),
    }
}

/// An object, or JSON text of one, as sosw 0.7's labourers send.
fn object(event: &Object, field: &'static str) -> Result<Map<String, Value>, ReportError> {
    let wrong = || ReportError::WrongKind { field, wanted: "an object, or JSON text of one" };
    let Some(json) = raw::field(event, field) else { return Ok(Map::new()) };
    let fields = match serde_json::from_str::<String>(json) {
        Ok(text) => serde_json::from_str::<Option<_>>(&text),
        Err(_) => serde_json::from_str::<Option<_>>(json),
    };
    fields.map(Option::unwrap_or_default).map_err(|_| wrong())
}
