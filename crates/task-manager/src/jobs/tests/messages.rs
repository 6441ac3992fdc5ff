//! What the scheduler may be sent.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Message, now, raw, refusal, rules, shown, submitted};

#[rstest]
#[case(json!({"job": {"lambda_name": "resize", "sections": ["A"]}}))]
#[case(json!({"job": r#"{"lambda_name": "resize", "sections": ["A"]}"#}))]
#[case(json!({"lambda_name": "resize", "sections": ["A"]}))]
#[case(json!(r#"{"job": {"lambda_name": "resize", "sections": ["A"]}}"#))]
fn a_job_comes_as_an_object_as_text_or_bare(#[case] event: Value) {
    let submission = submitted(&event).unwrap();
    assert_eq!(shown(&submission.job), json!({"lambda_name": "resize", "sections": ["A"]}));
    assert_eq!(submission.plan.labourer().as_str(), "resize");
    assert_eq!(shown(submission.plan.task(0).unwrap()), json!({"sections": ["A"]}));
}

#[rstest]
#[case("resize")]
#[case("resize:prod")]
#[case("123456789012:function:resize")]
#[case("arn:aws:lambda:eu-west-1:123456789012:function:resize")]
#[case("arn:aws:lambda:eu-west-1:123456789012:function:resize:$LATEST")]
#[case("arn:aws-cn:lambda:cn-north-1:123456789012:function:resize:prod")]
fn a_labourer_is_named_by_its_function_or_arn(#[case] lambda_name: &str) {
    let submission = submitted(&json!({"lambda_name": lambda_name})).unwrap();
    assert_eq!(submission.plan.labourer().as_str(), "resize");
}

#[rstest]
#[case(json!(""))]
#[case(json!(7))]
#[case(json!(null))]
#[case(json!("two words"))]
#[case(json!("arn:aws:sns:eu-west-1:123456789012:resize"))]
fn what_names_no_function_is_refused(#[case] lambda_name: Value) {
    let refusal = refusal(&json!({"lambda_name": lambda_name}));
    assert!(refusal.contains("give the name or ARN of a labourer's function"), "{refusal}");
}

#[test]
fn an_id_alone_goes_on_with_a_job() {
    let message = Message::read(&raw(&json!({"job_id": "j1"})), &rules([]), now()).unwrap();
    assert!(matches!(message, Message::Resume(id) if id.as_str() == "j1"));
    assert_eq!(refusal(&json!({"job_id": 3})), "job_id: is 3: give the id of a job");
    let own = submitted(&json!({"lambda_name": "resize", "job_id": "theirs"})).unwrap();
    assert_eq!(shown(own.plan.task(0).unwrap()), json!({"job_id": "theirs"}));
}

#[test]
fn what_would_be_lost_beside_a_job_is_refused() {
    let job = json!({"lambda_name": "resize"});
    let event = json!({"job": job, "isolate_days": true, "idempotancy_key": "x", "note": null});
    let refusal = refusal(&event);
    let lines: Vec<_> = refusal.lines().collect();
    assert!(lines[0].starts_with("isolate_days: reaches no task beside `job`"), "{refusal}");
    assert!(lines[0].contains("known are `idempotency_key`, `run_at`"), "{refusal}");
    assert_eq!(
        lines[1],
        "idempotancy_key: reaches no task beside `job` (move it into that), and no option has \
         this name, did you mean `idempotency_key`?"
    );
    assert_eq!(lines.len(), 2);
}

#[test]
fn what_eventbridge_says_of_itself_may_stand_beside_a_job() {
    let event = json!({
        "job": {"lambda_name": "resize", "sections": ["A"]}, "version": "0", "id": "e1",
        "detail-type": "Scheduled Event", "source": "aws.events", "account": "123456789012",
        "time": "2026-03-17T05:00:00Z", "region": "eu-west-1", "resources": [], "detail": {},
    });
    let task = submitted(&event).unwrap().plan.task(0).unwrap();
    assert_eq!(shown(task), json!({"sections": ["A"]}));
}

/// What Lambda writes of a message that the scheduler failed on.
fn record(message: Value, request: &str) -> Value {
    json!({
        "version": "1.0", "timestamp": "2026-03-17T05:00:00Z",
        "requestContext": {
            "requestId": request, "condition": "RetriesExhausted",
            "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:sosw_scheduler:$LATEST",
            "approximateInvokeCount": 3,
        },
        "requestPayload": message,
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": {"errorType": "StoreFailed"},
    })
}

#[test]
fn a_message_is_read_out_of_the_record_of_its_failure_as_the_same_delivery() {
    let message = json!({"job": {"lambda_name": "resize", "sections": ["A"]}});
    assert_eq!(submitted(&message).unwrap().delivery, None);
    let once = record(message, "r1");
    for event in [once.clone(), record(once, "r2")] {
        let submission = submitted(&event).unwrap();
        assert_eq!(shown(&submission.job), json!({"lambda_name": "resize", "sections": ["A"]}));
        assert_eq!(submission.delivery.as_deref(), Some("r1"));
    }
    let resume = record(json!({"job_id": "j1"}), "r1");
    let message = Message::read(&raw(&resume), &rules([]), now()).unwrap();
    assert!(matches!(message, Message::Resume(id) if id.as_str() == "j1"));
    let refusal = refusal(&record(json!({"lambda_name": "resise"}), "r1"));
    assert!(refusal.starts_with("requestPayload.lambda_name: labourer"), "{refusal}");
}

#[rstest]
#[case(json!(42))]
#[case(json!({"sections": ["A"]}))]
#[case(json!([]))]
fn what_is_no_message_is_told_what_is(#[case] event: Value) {
    assert!(refusal(&event).starts_with("give {\"job\": {…}}, a bare job"));
}

#[test]
fn text_that_is_no_json_is_refused_where_it_is() {
    let bad = refusal(&json!({"job": "{'lambda_name': 'resize'}"}));
    assert!(bad.starts_with("job: is text, but no JSON: key must be a string at line 1"), "{bad}");
    assert_eq!(refusal(&json!({"job": "5"})), "job: is 5: give a job: an object");
    assert!(refusal(&json!({"job": {}})).starts_with("job.lambda_name: is missing: give the name"));
}

#[test]
fn a_job_over_350_kb_is_told_what_to_do_instead() {
    let of = |n: usize| {
        json!({"lambda_name": "resize", "isolate_sections": true,
        "sections": vec!["abcdefg"; n]})
    };
    assert!(submitted(&of(35_000)).is_ok());
    let refusal = refusal(&of(36_000));
    assert!(refusal.starts_with("the job has 360061 bytes, more than the 358400"), "{refusal}");
    assert!(
        refusal.ends_with(
            "split it into several jobs, or pass keys of data in S3 instead of the data"
        )
    );
}
