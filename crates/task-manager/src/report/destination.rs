//! Records of Lambda destinations: how Lambda itself tells the end of an attempt.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Failure, LONGEST_WAIT, Outcome, Report, ReportError, text};
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
    let (result, stats) = match outcome {
        Outcome::Success => returned(record.get("responsePayload")),
        _ => Default::default(),
    };
    Ok(Report {
        task_id: TaskId::new(task_id)?,
        labourer_id: text(request, "labourer_id")?.map(LabourerId::new).transpose()?,
        claim: claim.map(ClaimToken::new).transpose()?,
        result,
        outcome,
        stats,
    })
}

fn outcome(record: &Map<String, Value>) -> Result<Outcome, ReportError> {
    let condition = at(record, "requestContext", "condition").and_then(Value::as_str);
    match condition {
        Some("Success") => Ok(Outcome::Success),
        Some(condition) => Ok(no_success(record, condition)),
        None => Err(ReportError::Missing("requestContext.condition")),
    }
}

/// What went wrong, and the labourer's wish when to be tried again. The SDK puts it behind the
/// kind of the error, as Lambda hands on nothing else: `Busy; retry_after=30`, `Busy; snooze=600`.
fn no_success(record: &Map<String, Value>, condition: &str) -> Outcome {
    let told = |field| at(record, "responsePayload", field).and_then(Value::as_str);
    let message = told("errorMessage")
        .map_or_else(|| format!("Lambda gave the invocation up: {condition}"), str::to_owned);
    let (kind, retry_after) = match told("errorType").map(wish) {
        None => (kind(condition, &message), None),
        Some((_, Some(Wish::Snooze(time)))) => return Outcome::Snooze(time),
        Some((kind, Some(Wish::RetryAfter(time)))) => (kind.to_owned(), Some(time)),
        Some((kind, None)) => (kind.to_owned(), None),
    };
    let trace = trace(at(record, "responsePayload", "stackTrace"));
    Outcome::Failure(Failure { kind, message, trace, retry_after })
}

/// When a labourer wants its task to come back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wish {
    RetryAfter(Duration),
    Snooze(Duration),
}

/// The kind of an error, and the wish behind it. What is no wish belongs to the kind.
fn wish(error_type: &str) -> (&str, Option<Wish>) {
    let read = |(kind, wish)| Some((kind, parse_wish(wish)?));
    match error_type.rsplit_once("; ").and_then(read) {
        Some((kind, wish)) => (kind, Some(wish)),
        None => (error_type, None),
    }
}

fn parse_wish(text: &str) -> Option<Wish> {
    let (name, seconds) = text.split_once('=')?;
    let seconds = seconds.parse().ok().filter(|s| (0.0..=LONGEST_WAIT).contains(s))?;
    let time = Duration::from_secs_f64(seconds);
    match name {
        "retry_after" => Some(Wish::RetryAfter(time)),
        "snooze" => Some(Wish::Snooze(time)),
        _ => None,
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

/// What the function returned: the result, and `stats` if it is an object. Nobody would hear a
/// refusal here, and the work is done: what is too large to keep is replaced by a word about it.
fn returned(value: Option<&Value>) -> (Map<String, Value>, Map<String, Value>) {
    let mut result = match value {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(object)) => object.clone(),
        Some(other) => Map::from_iter([("value".to_owned(), other.clone())]),
    };
    let bytes = serde_json::to_string(&result).map_or(0, |text| text.len());
    if bytes > MAX_RESULT {
        let word =
            format!("the function returned {bytes} bytes, the most that is kept is {MAX_RESULT}");
        return (Map::from_iter([("dropped".to_owned(), Value::String(word))]), Map::new());
    }
    if let Some(Value::Object(stats)) = result.get("stats").cloned() {
        result.shift_remove("stats");
        return (result, stats);
    }
    (result, Map::new())
}

fn at<'a>(record: &'a Map<String, Value>, outer: &str, inner: &str) -> Option<&'a Value> {
    record.get(outer)?.as_object()?.get(inner)
}
