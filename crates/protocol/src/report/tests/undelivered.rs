//! What lies in the queue of dead reports, sent to the assistant again.

use super::*;

const CONDITIONS: [&str; 2] = ["RetriesExhausted", "EventAgeExceeded"];

/// The record of the assistant's own destination, about an event that it did not take.
fn dead(condition: &str, event: &Value) -> Value {
    let mut dead = record(condition, json!({ "errorType": "Throttled", "errorMessage": "late" }));
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:sosw_worker_assistant:$LATEST";
    dead["requestContext"]["functionArn"] = json!(arn);
    dead["requestPayload"] = event.clone();
    dead
}

#[test]
fn a_dead_report_tells_what_it_told_while_it_lived() {
    let mut of_block = record("Success", json!({ "failures": [{ "task_id": "a" }] }));
    of_block["requestPayload"]["sosw"]["members"] = json!("7-8");
    let events = [
        of_block,
        completed(json!({ "members": "7-8", "batchItemFailures": [{ "itemIdentifier": "a" }] })),
        completed(json!({ "labourer_id": "f", "claim": "c", "result": { "rows": 3 } })),
        completed(json!({})),
        failed(json!({ "error": { "kind": "K" } })),
        failed(json!({ "snooze": 30 })),
        record("Success", json!({ "rows": 3 })),
        record("RetriesExhausted", json!({ "errorMessage": "m", "errorType": "K" })),
        json!([completed(json!({})), record("Success", Value::Null)]),
    ];
    for (event, condition) in events.iter().flat_map(|e| CONDITIONS.map(|c| (e, c))) {
        assert_eq!(read(dead(condition, event)), read(event.clone()), "{event}");
        let twice = dead(condition, &dead(condition, event));
        assert_eq!(read(twice), read(event.clone()), "{event}");
    }
}

#[test]
fn a_list_of_dead_reports_is_read_element_by_element() {
    let list = json!([dead("RetriesExhausted", &completed(json!({}))), 7]);
    let outcomes = read(list).into_iter().map(|report| report.map(|told| told.outcome));
    assert_eq!(
        outcomes.collect::<Vec<_>>(),
        [Ok(Outcome::Success), Err(ReportError::Unrecognised)]
    );
}

#[test]
fn a_dead_event_that_was_no_report_is_none_now() {
    let refused = report("complete", json!({}));
    let text = refusal(dead("RetriesExhausted", &refused));
    assert!(text.starts_with("unknown action"), "{text}");
}

#[test]
fn a_labourers_payload_may_look_like_a_report() {
    let shapes = [completed(json!({})), record("Success", Value::Null)];
    for mut payload in shapes {
        payload["task_id"] = json!("t");
        payload["sosw"] = json!({ "claim": "c", "attempt": 1 });
        let mut of_labourer = record("RetriesExhausted", Value::Null);
        of_labourer["requestPayload"] = payload;
        assert!(matches!(outcome(of_labourer), Outcome::Failure(_)));
    }
}
