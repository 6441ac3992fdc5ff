use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::{Value, json};
use task_manager::ids::{JobId, TaskId};

use super::{
    Content, DeadLetterQueue, QueueKind,
    letter::{DeadEvent, Subject, Unreadable},
};

fn read(kind: QueueKind, message: &Value) -> Content {
    Content::read(kind, &message.to_string(), &BTreeMap::new())
}

fn event(content: Content) -> DeadEvent {
    match content {
        Content::Event(event) => event,
        Content::Unreadable { why } => panic!("{why}"),
    }
}

fn unreadable(content: Content) -> Unreadable {
    match content {
        Content::Event(event) => panic!("{event:?}"),
        Content::Unreadable { why } => why,
    }
}

/// What Lambda writes of an event that a function failed on.
fn record(function: &str, event: &Value) -> Value {
    json!({
        "version": "1.0", "timestamp": "2026-03-17T05:00:00Z",
        "requestContext": {
            "requestId": "r1", "condition": "RetriesExhausted", "approximateInvokeCount": 3,
            "functionArn": format!("arn:aws:lambda:eu-west-1:123456789012:function:{function}:$LATEST"),
        },
        "requestPayload": event,
        "responseContext": { "statusCode": 200, "functionError": "Unhandled" },
        "responsePayload": { "errorType": "StoreFailed", "errorMessage": "no answer" },
    })
}

fn report(task: &str) -> Value {
    json!({ "action": "mark_task_as_completed", "task_id": task, "result": { "secret": 1 } })
}

fn tasks<const N: usize>(ids: [&str; N]) -> Subject {
    Subject::Tasks(ids.map(|id| TaskId::new(id).unwrap()).into())
}

#[test]
fn a_record_says_which_function_failed_on_which_task_and_why() {
    let dead = event(read(QueueKind::Reports, &record("sosw_worker_assistant", &report("t1"))));
    assert_eq!(dead.function.as_deref(), Some("sosw_worker_assistant"));
    assert_eq!(dead.condition.as_deref(), Some("RetriesExhausted"));
    assert_eq!(dead.error.as_deref(), Some("StoreFailed: no answer"));
    assert_eq!(dead.subject, tasks(["t1"]));
    assert!(!serde_json::to_string(&dead).unwrap().contains("secret"));
}

#[test]
fn reports_are_read_as_the_assistant_reads_them() {
    let of = |event: Value| read(QueueKind::Reports, &record("sosw_worker_assistant", &event));
    let list = json!([report("t1"), { "action": "unknown" }, report("t2")]);
    assert_eq!(event(of(list)).subject, tasks(["t1", "t2"]));
    let destination = record("resize", &json!({ "task_id": "t3", "sosw": { "claim": "c" } }));
    assert_eq!(event(of(destination)).subject, tasks(["t3"]));
    let again = record("sosw_worker_assistant", &report("t4"));
    assert_eq!(event(of(again)).subject, tasks(["t4"]));
}

#[rstest]
#[case(json!({ "lambda_name": "resize", "period": "today" }))]
#[case(json!({ "job": { "lambda_name": "resize" }, "source": "aws.events" }))]
#[case(json!({ "job": "{\"lambda_name\": \"resize\"}" }))]
#[case(record("sosw_scheduler", &json!({ "lambda_name": "resize" })))]
fn a_job_is_found_however_it_was_sent(#[case] message: Value) {
    let new = Subject::NewJob { labourer: "resize".into() };
    let recorded = event(read(QueueKind::Jobs, &record("sosw_scheduler", &message)));
    assert_eq!(recorded.subject, new);
    assert_eq!(event(read(QueueKind::Jobs, &message)).subject, new);
}

#[test]
fn a_job_to_be_continued_is_named() {
    let dead = event(read(QueueKind::Jobs, &record("sosw_scheduler", &json!({ "job_id": "j1" }))));
    assert_eq!(dead.subject, Subject::Job(JobId::new("j1").unwrap()));
}

#[test]
fn an_event_of_event_bridge_is_the_message_and_its_attributes_say_why() {
    let tick =
        json!({ "version": "0", "id": "e1", "detail-type": "Scheduled Event", "detail": {} });
    let attributes = [
        ("ERROR_CODE", "THROTTLING"),
        ("ERROR_MESSAGE", "Rate Exceeded."),
        ("EXHAUSTED_RETRY_CONDITION", "MaximumEventAgeInSeconds"),
        ("TARGET_ARN", "arn:aws:lambda:eu-west-1:123456789012:function:sosw_orchestrator"),
    ];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let dead = event(Content::read(QueueKind::Ticks, &tick.to_string(), &attributes));
    assert_eq!(dead.function.as_deref(), Some("sosw_orchestrator"));
    assert_eq!(dead.condition.as_deref(), Some("MaximumEventAgeInSeconds"));
    assert_eq!(dead.error.as_deref(), Some("THROTTLING: Rate Exceeded."));
    assert_eq!(dead.subject, Subject::Tick);
}

#[rstest]
#[case::null(json!(null))]
#[case::object(json!({}))]
#[case::list(json!([]))]
#[case::text(json!(" "))]
fn an_invocation_without_a_payload_contains_no_event(#[case] empty: Value) {
    for kind in QueueKind::ALL {
        let recorded = read(kind, &record("sosw_scheduler", &empty));
        assert_eq!(unreadable(recorded), Unreadable::NoEvent);
        assert_eq!(unreadable(read(kind, &empty)), Unreadable::NoEvent);
    }
}

#[test]
fn garbage_is_unreadable_and_says_why() {
    let text = |kind, body| unreadable(Content::read(kind, body, &BTreeMap::new()));
    for kind in QueueKind::ALL {
        assert_eq!(text(kind, " \n"), Unreadable::Empty);
        assert!(matches!(text(kind, "{\"a\":"), Unreadable::NotJson(_)));
    }
    let odd = json!({ "hello": "world" }).to_string();
    let why = text(QueueKind::Reports, &odd).to_string();
    assert!(why.starts_with("this is no report"), "{why}");
    assert_eq!(text(QueueKind::Jobs, &odd), Unreadable::NoJob);
    assert_eq!(text(QueueKind::Jobs, "\"\\\"a\\\"\""), Unreadable::NoJob);
}

#[test]
fn a_queue_is_named_as_in_the_template_and_has_the_function_that_takes_its_events() {
    let named = QueueKind::ALL.map(|kind| {
        let queue = DeadLetterQueue { stack: "night".into(), kind };
        (queue.name(), queue.function())
    });
    let function = |name: &str| Some(name.to_owned());
    assert_eq!(named[0], ("night_dead_ticks".into(), None));
    assert_eq!(named[1], ("night_dead_reports".into(), function("night_worker_assistant")));
    assert_eq!(named[2], ("night_dead_jobs".into(), function("night_scheduler")));
}
