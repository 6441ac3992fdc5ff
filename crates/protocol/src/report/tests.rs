#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod again;
mod block;
mod odd;
mod round_trip;
mod undelivered;

use std::time::Duration;

use serde_json::{Map, Value, json, value::to_raw_value};

use super::{read as read_raw, *};

/// Reads an event that is given as a value.
fn read(event: Value) -> Vec<Result<Report, ReportError>> {
    read_raw(&to_raw_value(&event).unwrap())
}

fn parsed(event: Value) -> Result<Report, ReportError> {
    let mut reports = read(event);
    assert_eq!(reports.len(), 1);
    reports.remove(0)
}

fn outcome(event: Value) -> Outcome {
    parsed(event).unwrap().outcome
}

fn refusal(event: Value) -> String {
    parsed(event).unwrap_err().to_string()
}

/// What was kept, as values.
fn json_of(kept: &Object) -> Value {
    serde_json::to_value(kept).unwrap()
}

/// A report of an outcome with further fields.
fn report(action: &str, fields: Value) -> Value {
    let mut report = json!({ "action": action, "task_id": "t" });
    report.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    report
}

fn completed(fields: Value) -> Value {
    report("mark_task_as_completed", fields)
}

fn failed(fields: Value) -> Value {
    report("mark_task_as_failed", fields)
}

fn failure(kind: &str, message: &str, trace: Option<&str>) -> Outcome {
    let trace = trace.map(str::to_owned);
    Outcome::Failure(Failure {
        kind: kind.into(),
        message: message.into(),
        trace,
        again: Again::Usual,
    })
}

/// The record of a destination, as Lambda writes it.
fn record(condition: &str, response: Value) -> Value {
    json!({
        "version": "1.0",
        "timestamp": "2026-01-02T03:04:05.678Z",
        "requestContext": {
            "requestId": "e4b46cbf-b738-1234-8880-a18cdf61200e",
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST",
            "condition": condition,
            "approximateInvokeCount": 1,
        },
        "requestPayload": {
            "n": 1, "task_id": "t", "labourer_id": "f", "sosw": { "claim": "c", "attempt": 1 },
        },
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST" },
        "responsePayload": response,
    })
}

#[test]
fn sosws_reports_name_nothing_but_the_task() {
    let report = parsed(completed(json!({}))).unwrap();
    assert_eq!((report.task_id.as_str(), report.labourer_id, report.claim), ("t", None, None));
    assert_eq!(report.outcome, Outcome::Success);
    assert!(report.stats.is_empty() && report.result.is_empty());
}

#[test]
fn our_reports_prove_their_attempt() {
    let report = parsed(completed(json!({ "labourer_id": "f", "claim": "c" }))).unwrap();
    assert_eq!(report.labourer_id.unwrap().as_str(), "f");
    assert_eq!(report.claim.unwrap().as_str(), "c");
}

#[test]
fn a_report_names_its_invocation_if_it_can_be_one() {
    let of_record = parsed(record("Success", json!({}))).unwrap();
    assert_eq!(of_record.request.unwrap().as_str(), "e4b46cbf-b738-1234-8880-a18cdf61200e");
    let of_message = |id: Value| parsed(completed(json!({ "request_id": id }))).unwrap();
    assert_eq!(of_message(json!("8f3c-1")).request.unwrap().as_str(), "8f3c-1");
    assert_eq!(of_message(Value::Null).request, None);
    for odd in [json!("8f3c'; rm -r ."), json!(5), json!("")] {
        let report = of_message(odd);
        assert_eq!((report.request, report.outcome), (None, Outcome::Success));
        assert!(report.remarks[0].starts_with("request_id ignored"), "{:?}", report.remarks);
    }
}

#[test]
fn stats_and_result_are_objects_or_their_json_text() {
    let object = json!({ "a-b.c": [1, "2"] });
    let cases = [
        (object.clone(), Some(&object)),
        (json!(object.to_string()), Some(&object)),
        (json!("null"), None),
        (Value::Null, None),
        (json!([]), None),
        (json!(" "), None),
        (json!("[]"), None),
        (json!("\"\""), None),
    ];
    for (told, expected) in cases {
        let report = parsed(completed(json!({ "stats": told, "result": told }))).unwrap();
        let expected = expected.cloned().unwrap_or_else(|| json!({}));
        assert_eq!((json_of(&report.stats), json_of(&report.result)), (expected.clone(), expected));
        assert_eq!(report.remarks, [""; 0]);
    }
}

#[test]
fn a_failure_tells_its_error_in_any_of_these_ways() {
    let message = "the labourer reported a failure";
    let cases = [
        (json!({}), failure("failed", message, None)),
        (json!({ "error": null }), failure("failed", message, None)),
        (json!({ "error": "it broke" }), failure("failed", "it broke", None)),
        (json!({ "error": { "kind": "K" } }), failure("K", message, None)),
        (
            json!({ "error": { "kind": "K", "message": "m", "trace": "at x" } }),
            failure("K", "m", Some("at x")),
        ),
    ];
    for (fields, expected) in cases {
        assert_eq!(outcome(failed(fields)), expected);
    }
}

#[test]
fn a_labourer_says_when_it_wants_to_be_tried_again() {
    let again = |fields| match outcome(failed(fields)) {
        Outcome::Failure(failure) => failure.again,
        other => panic!("a failure, {other:?}"),
    };
    let half_a_minute = Duration::from_secs(30);
    assert_eq!(again(json!({ "snooze": 30 })), Again::Snooze(half_a_minute));
    assert_eq!(again(json!({ "snooze": 0.5 })), Again::Snooze(half_a_minute / 60));
    assert_eq!(again(json!({ "retry_after": 30 })), Again::RetryAfter(half_a_minute));
    let both = json!({ "retry_after": 7, "snooze": 30, "error": 404 });
    assert_eq!(again(both), Again::Snooze(half_a_minute), "a snooze needs no reason");
}

#[test]
fn what_is_no_report_is_refused_by_name() {
    let cases = [
        (Value::Null, "this is no report"),
        (json!(1), "this is no report"),
        (json!({ "task_id": "t" }), "this is no report"),
        (json!({ "action": 1 }), "`action` of the report must be text"),
        (report("complete", json!({})), "unknown action \"complete\""),
        (json!({ "action": "mark_task_as_failed" }), "the report has no `task_id`"),
        (completed(json!({ "task_id": null })), "the report has no `task_id`"),
        (completed(json!({ "task_id": "a b" })), "task_id \"a b\" is refused: it contains white"),
        (failed(json!({ "claim": "" })), "claim \"\" is refused: it is empty"),
        (failed(json!({ "claim": 7 })), "`claim` of the report must be text"),
        (json!({ "requestContext": {} }), "the report has no `requestPayload`"),
    ];
    for (event, expected) in cases {
        let text = refusal(event);
        assert!(text.starts_with(expected), "{text}");
    }
}

#[test]
fn a_success_record_carries_what_the_function_returned() {
    let cases = [
        (Value::Null, json!({})),
        (json!({ "rows": 3 }), json!({ "rows": 3 })),
        (json!("done"), json!({ "value": "done" })),
        (json!([1, 2]), json!({ "value": [1, 2] })),
        (json!(""), json!({})),
    ];
    for (returned, expected) in cases {
        let report = parsed(record("Success", returned)).unwrap();
        assert_eq!(report.outcome, Outcome::Success);
        assert_eq!((json_of(&report.result), report.remarks), (expected, vec![]));
        assert_eq!(report.labourer_id.unwrap().as_str(), "f");
        assert_eq!(report.claim.unwrap().as_str(), "c");
    }
}

#[test]
fn a_failure_record_tells_the_error_of_the_function_or_of_lambda() {
    let raised = json!({
        "errorMessage": "'x'", "errorType": "KeyError", "stackTrace": ["  File a", "  File b"],
    });
    let timed_out = json!({ "errorMessage": "2026-01-02 e4b4 Task timed out after 3.00 seconds" });
    let cases = [
        ("RetriesExhausted", raised, failure("KeyError", "'x'", Some("  File a\n  File b"))),
        (
            "RetriesExhausted",
            timed_out,
            failure("timed_out", "2026-01-02 e4b4 Task timed out after 3.00 seconds", None),
        ),
        (
            "EventAgeExceeded",
            Value::Null,
            failure("EventAgeExceeded", "Lambda gave the invocation up: EventAgeExceeded", None),
        ),
    ];
    for (condition, response, expected) in cases {
        assert_eq!(outcome(record(condition, response)), expected);
    }
}

#[test]
fn a_record_without_any_answer_tells_that_the_function_was_never_started() {
    let unanswered = |condition: &str, runs: u32| {
        let mut record = record(condition, Value::Null);
        let fields = record.as_object_mut().unwrap();
        fields.retain(|field, _| !field.starts_with("response"));
        record["requestContext"]["approximateInvokeCount"] = json!(runs);
        outcome(record)
    };
    let never_ran = |condition: &str| Outcome::NeverRan { condition: condition.to_owned() };
    assert_eq!(unanswered("EventAgeExceeded", 0), never_ran("EventAgeExceeded"));
    assert_eq!(unanswered("EventAgeExceeded", 3), never_ran("EventAgeExceeded"));
    assert_eq!(unanswered("RetriesExhausted", 0), never_ran("RetriesExhausted"));
    let message = "Lambda gave the invocation up: RetriesExhausted";
    assert_eq!(unanswered("RetriesExhausted", 1), failure("RetriesExhausted", message, None));
    // It failed first, and was too old for another run.
    let raised = json!({ "errorType": "KeyError", "errorMessage": "'x'" });
    let ran = outcome(record("EventAgeExceeded", raised));
    assert_eq!(ran, failure("KeyError", "'x'", None));
}

#[test]
fn a_record_of_an_invocation_that_sosw_did_not_make_is_known_as_such() {
    for payload in [json!({ "n": 1 }), json!({}), Value::Null, json!(7), json!("task_id")] {
        let mut foreign = record("Success", Value::Null);
        foreign["requestPayload"] = payload.clone();
        let function = foreign["requestContext"]["functionArn"].as_str().map(str::to_owned);
        assert_eq!(parsed(foreign), Err(ReportError::NotOurs { function }), "{payload}");
    }
    let mut old = record("Success", Value::Null);
    old["requestPayload"] = json!({ "task_id": "t" });
    assert_eq!(parsed(old).unwrap().claim, None, "of sosw's orchestrator: taken");
}

#[test]
fn a_record_that_claims_to_be_ours_must_name_its_task() {
    let cases = [
        (json!({ "sosw": { "claim": "c" } }), "the report has no `requestPayload.task_id`"),
        (json!({ "task_id": null }), "the report has no `requestPayload.task_id`"),
        (json!({ "task_id": 7 }), "`task_id` of the report must be text"),
        (json!({ "task_id": "a b" }), "task_id \"a b\" is refused"),
    ];
    for (payload, expected) in cases {
        let mut malformed = record("RetriesExhausted", Value::Null);
        malformed["requestPayload"] = payload;
        let text = refusal(malformed);
        assert!(text.starts_with(expected), "{text}");
    }
}

#[test]
fn a_list_is_read_element_by_element() {
    let list =
        json!([completed(json!({})), 7, record("Success", Value::Null), [completed(json!({}))]]);
    let reports = read(list);
    let taken: Vec<_> = reports.iter().map(Result::is_ok).collect();
    assert_eq!(taken, [true, false, true, false]);
    assert!(read(json!([])).is_empty());
}

#[test]
fn an_element_that_cannot_be_read_spoils_no_other() {
    let odd = [r#"{"action": "mark_task_as_completed", "task_id": "\ud83d"}"#, "1e999"];
    let fine = completed(json!({}));
    let list = format!("[{}, {fine}, {}]", odd[0], odd[1]);
    let reports = read_raw(&RawValue::from_string(list).unwrap());
    let taken: Vec<_> = reports.iter().map(Result::is_ok).collect();
    assert_eq!(taken, [false, true, false]);
}

#[test]
fn what_a_labourer_was_asked_for_is_not_read_to_know_how_it_ended() {
    let text = record("Success", json!({ "rows": 3 })).to_string();
    let odd = text.replace(r#""n":1"#, r#""n":["\ud83d",1e999]"#);
    assert_ne!(odd, text);
    let reports = read_raw(&RawValue::from_string(odd).unwrap());
    assert!(reports[0].as_ref().is_ok_and(|report| report.task_id.as_str() == "t"));
}
