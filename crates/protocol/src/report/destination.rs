//! What a function returns at the end of an attempt, and the record that Lambda's destination makes
//! of it: how Lambda itself reports the end of an attempt.

use serde_json::{Map, Value, json};

use super::{
    Again, Failure, Outcome, Report, ReportError, again,
    block::BlockAnswer,
    lenient::{self, Remarks},
    text,
};
use crate::{
    event::{block::names_members, sqs},
    ids::{RequestId, TaskId},
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
        let Some(failure) = self.outcome.failure() else {
            return Ok(Value::Object(self.answer()));
        };
        Err(FunctionError {
            error_type: again::error_type(&failure.kind, failure.again),
            error_message: failure.message.clone(),
        })
    }

    /// The result, with the other parts as further fields.
    fn answer(&self) -> Map<String, Value> {
        let mut answer = values(&self.result);
        for (name, fields) in [("stats", &self.stats), ("results", &self.results)] {
            if !fields.is_empty() {
                answer.insert(name.to_owned(), Value::Object(values(fields)));
            }
        }
        if !self.failures.is_empty() {
            let failures = self.failures.iter().map(|failure| json!(failure)).collect();
            answer.insert("failures".to_owned(), failures);
        }
        answer
    }
}

/// A function's result is made of values; what no value can hold is its JSON text.
fn values(fields: &Object) -> Map<String, Value> {
    let value = |json: &str| serde_json::from_str(json).unwrap_or_else(|_| json.into());
    fields.iter().map(|(name, json)| (name.clone(), value(json.get()))).collect()
}

/// Reads a record. The task is named by the request payload, which is the event as it was sent.
///
/// A destination is a setting of the function, so it also gets records of invocations by others: by hand, or
/// by a rule. An orchestrator's event has a `task_id`; what has neither that nor `sosw` is none of
/// ours. With one of them it claims to be, and must be complete.
pub(super) fn read(record: &Object) -> Result<Report, ReportError> {
    let request = record.get("requestPayload").ok_or(ReportError::Missing("requestPayload"))?;
    let request = raw::object(request.get()).unwrap_or_default();
    if !["task_id", "sosw"].iter().any(|field| request.contains_key(*field)) {
        let function =
            fields(record, "requestContext").and_then(|context| word(&context, "functionArn"));
        return Err(ReportError::NotOurs { function });
    }
    let task_id =
        text(&request, "task_id")?.ok_or(ReportError::Missing("requestPayload.task_id"))?;
    let context = fields(record, "requestContext").unwrap_or_default();
    let condition = word(&context, "condition");
    let condition = condition.ok_or(ReportError::Missing("requestContext.condition"))?;
    let mut remarks = Remarks::default();
    let (report, answer) = ended(record, &request, TaskId::new(task_id)?, condition, &mut remarks);
    let ours = fields(&request, "sosw").unwrap_or_default();
    let is_success = report.outcome == Outcome::Success && answer.is_success();
    let report = Report {
        claim: lenient::claim(&ours, is_success, &mut remarks)?,
        request: word(&context, "requestId").and_then(|id| RequestId::new(id).ok()),
        labourer_id: lenient::labourer_id(&request, &mut remarks),
        members: lenient::members(&ours, &mut remarks),
        ..report
    };
    Ok(answer.complete(report, remarks))
}

/// How the invocation ended, and what the function answered of single tasks. Only a request that has
/// several, or is an event of SQS, is answered so: for others, any field is a result.
fn ended(
    record: &Object,
    request: &Object,
    task_id: TaskId,
    condition: String,
    remarks: &mut Remarks,
) -> (Report, BlockAnswer) {
    let messages = sqs::message_ids(request);
    if condition == "Success" {
        let (stats, mut result) = returned(record);
        let answer = match messages.is_some() || names_members(request) {
            true => BlockAnswer::take(&mut result, remarks),
            false => BlockAnswer::default(),
        };
        return (Report { stats, result, ..Report::new(task_id, Outcome::Success) }, answer);
    }
    if has_never_run(record) {
        return (Report::new(task_id, Outcome::NeverRan { condition }), BlockAnswer::default());
    }
    let failure = failure(record, &condition, remarks);
    match messages.and_then(|messages| BlockAnswer::of_error(&failure, messages)) {
        Some(answer) => (Report::new(task_id, Outcome::Success), answer),
        None => (Report::new(task_id, Outcome::Failure(failure)), BlockAnswer::default()),
    }
}

/// Was the function never started? Then there is nothing that it answered. An event is invoked again after
/// an error, and may be too old by then: what it answered before is in the record.
fn has_never_run(record: &Object) -> bool {
    let context = fields(record, "requestContext").unwrap_or_default();
    let runs = raw::field(&context, "approximateInvokeCount");
    let is_too_old = word(&context, "condition").is_some_and(|word| word == "EventAgeExceeded");
    let has_answer = ["responseContext", "responsePayload"]
        .iter()
        .any(|part| raw::field(record, part).is_some_and(|answer| answer != "null"));
    !has_answer && (is_too_old || runs == Some("0"))
}

/// What the function said of its failure, or Lambda in its place.
fn failure(record: &Object, condition: &str, remarks: &mut Remarks) -> Failure {
    let response = fields(record, "responsePayload").unwrap_or_default();
    let message = lenient::any_text(&response, "errorMessage", remarks);
    let message = message.unwrap_or_else(|| gave_up(condition));
    let error_type = lenient::any_text(&response, "errorType", remarks);
    let (kind, again) = match &error_type {
        Some(error_type) => again::read(error_type),
        None if message.contains("Task timed out") => ("timed_out", Again::Usual),
        None => (condition, Again::Usual),
    };
    let trace = raw::field(&response, "stackTrace").and_then(lenient::lines);
    Failure { kind: kind.to_owned(), message, trace, again }
}

/// What is said of an invocation of which there is nothing else to say.
pub(super) fn gave_up(condition: &str) -> String {
    format!("Lambda gave the invocation up: {condition}")
}

/// `stats` and `result` of what a function returned: `stats` if it is an object, the rest is the
/// result.
fn returned(record: &Object) -> (Object, Object) {
    let returned = record.get("responsePayload");
    let mut result = returned.map(|json| lenient::any_object(json)).unwrap_or_default();
    let stats = fields(&result, "stats");
    if stats.is_some() {
        result.shift_remove("stats");
    }
    (stats.unwrap_or_default(), result)
}

fn fields(of: &Object, field: &str) -> Option<Object> {
    raw::object(raw::field(of, field)?)
}

/// A text in what Lambda wrote, where anything else is none.
fn word(of: &Object, field: &str) -> Option<String> {
    serde_json::from_str(raw::field(of, field)?).ok()
}
