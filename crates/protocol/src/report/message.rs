//! A report as a message of its own, as sosw 0.7's labourers and the SDK send it.

use serde::{Serialize, Serializer};

use super::{
    Again, Failure, MemberFailure, Outcome, Report, ReportError, again,
    block::BlockAnswer,
    lenient::{self, Remarks},
    text,
};
use crate::{
    ids::{ClaimToken, LabourerId, RequestId, TaskId},
    members::Members,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a RequestId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<&'a Members>,
    action: &'static str,
    #[serde(flatten)]
    failure: Option<FailureFields<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    failures: &'a [MemberFailure],
    #[serde(skip_serializing_if = "Object::is_empty")]
    stats: &'a Object,
    #[serde(skip_serializing_if = "Object::is_empty")]
    result: &'a Object,
    #[serde(skip_serializing_if = "Object::is_empty")]
    results: &'a Object,
}

#[derive(Serialize)]
struct FailureFields<'a> {
    error: Error<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snooze: Option<u64>,
}

#[derive(Serialize)]
struct Error<'a> {
    kind: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a str>,
}

impl<'a> From<&'a Failure> for FailureFields<'a> {
    fn from(failure: &'a Failure) -> Self {
        let Failure { kind, message, trace, again } = failure;
        let (retry_after, snooze) = match again {
            Again::RetryAfter(wait) => (Some(again::seconds(*wait)), None),
            Again::Snooze(wait) => (None, Some(again::seconds(*wait))),
            Again::Usual => (None, None),
        };
        let error = Error { kind, message, trace: trace.as_deref() };
        Self { error, retry_after, snooze }
    }
}

impl Serialize for MemberFailure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            task_id: &'a TaskId,
            #[serde(flatten)]
            failure: FailureFields<'a>,
        }
        let fields = Fields { task_id: &self.task_id, failure: (&self.failure).into() };
        fields.serialize(serializer)
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let failure = self.outcome.failure();
        let message = MessageFields {
            task_id: &self.task_id,
            labourer_id: self.labourer_id.as_ref(),
            claim: self.claim.as_ref(),
            request_id: self.request.as_ref(),
            members: self.members.as_ref(),
            action: if failure.is_none() { COMPLETED } else { FAILED },
            failure: failure.as_deref().map(FailureFields::from),
            failures: &self.failures,
            stats: &self.stats,
            result: &self.result,
            results: &self.results,
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
    let answer = BlockAnswer::read(event, &mut remarks);
    let is_success = outcome == Outcome::Success && answer.is_success();
    let report = Report {
        claim: lenient::claim(event, is_success, &mut remarks)?,
        request: lenient::request(event, &mut remarks),
        labourer_id: lenient::labourer_id(event, &mut remarks),
        members: lenient::members(event, &mut remarks),
        stats: lenient::object(event, "stats", &mut remarks),
        result: lenient::object(event, "result", &mut remarks),
        ..Report::new(task_id, outcome)
    };
    Ok(answer.complete(report, remarks))
}

/// The failure that the fields of a message say, or those of one of its `failures`.
pub(super) fn failure(of: &Object, remarks: &mut Remarks) -> Failure {
    let (snooze, retry_after) =
        (lenient::wait(of, "snooze", remarks), lenient::wait(of, "retry_after", remarks));
    let again = match (snooze, retry_after) {
        (Some(wait), _) => Again::Snooze(wait),
        (None, Some(wait)) => Again::RetryAfter(wait),
        (None, None) => Again::Usual,
    };
    let (kind, message, trace) = error(of, remarks);
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
