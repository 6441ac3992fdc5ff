//! Records of Lambda destinations: how Lambda itself tells the end of an attempt.

use serde_json::{Map, Value};

use super::{Failure, Outcome, Report, ReportError, text};
use crate::{
    ids::{ClaimToken, LabourerId, TaskId},
    payload::MAX_RESULT,
};

/// Reads a record. The task is named by the request payload, which is the invocation as the
/// dispatcher sent it.
pub(super) fn parse(record: Map<String, Value>) -> Result<Report, ReportError> {
    let Some(Value::Object(request)) = record.get("requestPayload") else {
        return Err(ReportError::Missing("requestPayload"));
    };
    let ours = request.get("sosw").and_then(Value::as_object);
    let claim = ours.map(|ours| text(ours, "claim")).transpose()?.flatten();
    let task_id =
        text(request, "task_id")?.ok_or(ReportError::Missing("requestPayload.task_id"))?;
    let outcome = outcome(&record)?;
    Ok(Report {
        task_id: TaskId::new(task_id)?,
        labourer_id: text(request, "labourer_id")?.map(LabourerId::new).transpose()?,
        claim: claim.map(ClaimToken::new).transpose()?,
        result: match outcome {
            Outcome::Success => result(record.get("responsePayload")),
            _ => Map::new(),
        },
        outcome,
        stats: Map::new(),
    })
}

fn outcome(record: &Map<String, Value>) -> Result<Outcome, ReportError> {
    let condition = at(record, "requestContext", "condition").and_then(Value::as_str);
    match condition {
        Some("Success") => Ok(Outcome::Success),
        Some(condition) => Ok(Outcome::Failure(failure(record, condition))),
        None => Err(ReportError::Missing("requestContext.condition")),
    }
}

fn failure(record: &Map<String, Value>, condition: &str) -> Failure {
    let told = |field| at(record, "responsePayload", field).and_then(Value::as_str);
    let message = told("errorMessage")
        .map_or_else(|| format!("Lambda gave the invocation up: {condition}"), str::to_owned);
    Failure {
        kind: told("errorType").map_or_else(|| kind(condition, &message), str::to_owned),
        message,
        trace: trace(at(record, "responsePayload", "stackTrace")),
        retry_after: None,
    }
}

fn kind(condition: &str, message: &str) -> String {
    match message.contains("Task timed out") {
        true => "timed_out".to_owned(),
        false => condition.to_owned(),
    }
}

fn trace(frames: Option<&Value>) -> Option<String> {
    let frames = frames?.as_array()?.iter();
    let lines: Vec<_> =
        frames.map(|f| f.as_str().map_or_else(|| f.to_string(), str::to_owned)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// What the function returned. Nobody would hear a refusal here, and the work is done: a return
/// value that is too large to keep is replaced by a word about it.
fn result(returned: Option<&Value>) -> Map<String, Value> {
    let result = match returned {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(object)) => object.clone(),
        Some(other) => Map::from_iter([("value".to_owned(), other.clone())]),
    };
    let bytes = serde_json::to_string(&result).map_or(0, |text| text.len());
    if bytes <= MAX_RESULT {
        return result;
    }
    let word =
        format!("the function returned {bytes} bytes, the most that is kept is {MAX_RESULT}");
    Map::from_iter([("dropped".to_owned(), Value::String(word))])
}

fn at<'a>(record: &'a Map<String, Value>, outer: &str, inner: &str) -> Option<&'a Value> {
    record.get(outer)?.as_object()?.get(inner)
}
