//! What a function returns at the end of an attempt, and the record that Lambda's destination makes
//! of it: how Lambda itself reports the end of an attempt.

use serde_json::{Map, Value, value::RawValue};

use super::{Again, Failure, Outcome, Report, ReportError, again, size, text};
use crate::{
    ids::{ClaimToken, LabourerId, TaskId},
    limits::MAX_RESULT,
    raw::{self, Object},
};

/// How a function fails, in Lambda's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// `errorType`: the kind of the failure, and behind it when to try again ([`again`]).
    pub error_type: String,
    /// `errorMessage`.
    pub error_message: String,
}

impl Report {
    /// What the function returns, so that a destination reports the same as this report.
    ///
    /// # Errors
    /// The failure of the attempt: a destination takes any answer but an error for a success.
    pub fn returned(&self) -> Result<Value, FunctionError> {
        match &self.outcome {
            Outcome::Success => {
                let stats = (!self.stats.is_empty())
                    .then(|| ("stats".to_owned(), Value::Object(self.stats.clone())));
                Ok(Value::Object(self.result.clone().into_iter().chain(stats).collect()))
            }
            Outcome::Failure(Failure { kind, message, again, .. }) => Err(FunctionError {
                error_type: again::error_type(kind, *again),
                error_message: message.clone(),
            }),
        }
    }
}

/// Reads a record. The task is named by the request payload, which is the event as it was sent.
pub(super) fn read(record: &Object) -> Result<Report, ReportError> {
    let Some(request) = fields(record, "requestPayload") else {
        return Err(ReportError::Missing("requestPayload"));
    };
    let claim = fields(&request, "sosw").map(|ours| text(&ours, "claim")).transpose()?.flatten();
    let task_id =
        text(&request, "task_id")?.ok_or(ReportError::Missing("requestPayload.task_id"))?;
    let condition =
        fields(record, "requestContext").and_then(|context| word(&context, "condition"));
    let condition = condition.ok_or(ReportError::Missing("requestContext.condition"))?;
    let (outcome, stats, result) = match condition.as_str() {
        "Success" => {
            let (stats, result) = kept(raw::field(record, "responsePayload"));
            (Outcome::Success, stats, result)
        }
        condition => (failure(record, condition), Map::new(), Map::new()),
    };
    Ok(Report {
        task_id: TaskId::new(task_id)?,
        labourer_id: text(&request, "labourer_id")?.map(LabourerId::new).transpose()?,
        claim: claim.map(ClaimToken::new).transpose()?,
        outcome,
        stats,
        result,
    })
}

/// What the function said of its failure, or Lambda in its place.
fn failure(record: &Object, condition: &str) -> Outcome {
    let response = fields(record, "responsePayload").unwrap_or_default();
    let message = word(&response, "errorMessage");
    let message = message.unwrap_or_else(|| format!("Lambda gave the invocation up: {condition}"));
    let error_type = word(&response, "errorType");
    let (kind, again) = match &error_type {
        Some(error_type) => again::read(error_type),
        None if message.contains("Task timed out") => ("timed_out", Again::Usual),
        None => (condition, Again::Usual),
    };
    let (kind, trace) = (kind.to_owned(), trace(raw::field(&response, "stackTrace")));
    Outcome::Failure(Failure { kind, message, trace, again })
}

fn trace(frames: Option<&str>) -> Option<String> {
    let line = |frame: &RawValue| {
        serde_json::from_str(frame.get()).unwrap_or_else(|_| frame.get().to_owned())
    };
    let lines: Vec<String> = raw::list(frames?)?.iter().map(|frame| line(frame)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// `stats` and `result` of what a function returned: `stats` if it is an object, the rest is the
/// result. The work is done and nobody waits for a refusal, so what is too large to keep is replaced
/// by a word about it.
fn kept(returned: Option<&str>) -> (Map<String, Value>, Map<String, Value>) {
    let returned = returned.map(|json| serde_json::from_str(json).unwrap_or_default());
    let mut result = match returned {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(object)) => object,
        Some(other) => Map::from_iter([("value".to_owned(), other)]),
    };
    let stats = match result.get("stats") {
        Some(Value::Object(stats)) => Some(stats.clone()),
        _ => None,
    };
    if stats.is_some() {
        result.shift_remove("stats");
    }
    let stats = stats.unwrap_or_default();
    let bytes = size(&stats, &result);
    if bytes > MAX_RESULT {
        let word =
            format!("the function returned {bytes} bytes, the most that is kept is {MAX_RESULT}");
        return (Map::new(), Map::from_iter([("dropped".to_owned(), Value::String(word))]));
    }
    (stats, result)
}

fn fields(of: &Object, field: &str) -> Option<Object> {
    raw::object(raw::field(of, field)?)
}

/// A text in what Lambda and the function wrote, where anything else is none.
fn word(of: &Object, field: &str) -> Option<String> {
    serde_json::from_str(raw::field(of, field)?).ok()
}
