//! A report as a message of its own, as sosw 0.7's labourers and the SDK send it.

use serde::{Serialize, Serializer};

use super::{
    Again, Failure, Outcome, Report, ReportError, again,
    lenient::{self, Remarks},
    text,
};
use crate::{
    ids::{ClaimToken, LabourerId, TaskId},
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
    #[serde(skip_serializing_if = "Object::is_empty")]
    stats: &'a Object,
    #[serde(skip_serializing_if = "Object::is_empty")]
    result: &'a Object,
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
        let failure = self.outcome.failure();
        let failure = failure.as_deref();
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
    let mut remarks = Remarks::default();
    let outcome = match text(event, "action")?.as_deref() {
        None => return Err(ReportError::Unrecognised),
        Some(COMPLETED) => Outcome::Success,
        Some(FAILED) => Outcome::Failure(failure(event, &mut remarks)),
        Some(other) => return Err(ReportError::UnknownAction(other.to_owned())),
    };
    let task_id = TaskId::new(text(event, "task_id")?.ok_or(ReportError::Missing("task_id"))?)?;
    let claim = lenient::claim(event, outcome == Outcome::Success, &mut remarks)?;
    let labourer_id = lenient::labourer_id(event, &mut remarks);
    let stats = lenient::object(event, "stats", &mut remarks);
    let result = lenient::object(event, "result", &mut remarks);
    let (stats, result) = lenient::fitting(stats, result, &mut remarks);
    let remarks = remarks.into_texts();
    Ok(Report { task_id, labourer_id, claim, outcome, stats, result, remarks })
}

fn failure(event: &Object, remarks: &mut Remarks) -> Failure {
    let (snooze, retry_after) =
        (lenient::wait(event, "snooze", remarks), lenient::wait(event, "retry_after", remarks));
    let again = match (snooze, retry_after) {
        (Some(wait), _) => Again::Snooze(wait),
        (None, Some(wait)) => Again::RetryAfter(wait),
        (None, None) => Again::Usual,
    };
    let (kind, message, trace) = error(event, remarks);
    Failure {
        kind: kind.unwrap_or_else(|| "failed".to_owned()),
        message: message.unwrap_or_else(|| "the labourer reported a failure".to_owned()),
        trace,
        again,
    }
}

/// Kind, message and trace.
type ErrorParts = (Option<String>, Option<String>, Option<String>);

/// Of an object with any of them, or the message alone.
fn error(event: &Object, remarks: &mut Remarks) -> ErrorParts {
    let fields = raw::field(event, "error").and_then(raw::object).unwrap_or_default();
    if !["kind", "message", "trace"].iter().any(|part| fields.contains_key(*part)) {
        return (None, lenient::any_text(event, "error", remarks), None);
    }
    let lines = raw::field(&fields, "trace").and_then(lenient::lines);
    let trace = lines.or_else(|| lenient::any_text(&fields, "trace", remarks));
    let mut part = |name| lenient::any_text(&fields, name, remarks);
    (part("kind"), part("message"), trace)
}
