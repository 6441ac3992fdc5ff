//! Asynchronous invocations: retries, age, destinations.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use local::lambda::{Function, FunctionError};
use serde_json::{Value, json};

use crate::world::{echo, idle, labourer, lambda, next, recorder, send, with};

const SOON: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(10)];

/// Fails the first `times` attempts.
fn failing(name: &str, times: u32) -> (Function, Arc<AtomicU32>) {
    let attempts = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&attempts);
    let function = Function::in_process(name, move |_, _| {
        let attempt = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            if attempt < times {
                return Err(FunctionError::new("Boom", format!("attempt {attempt}")));
            }
            Ok(json!({ "done": attempt }))
        }
    });
    (function.retry_delays(SOON), attempts)
}

#[tokio::test]
async fn an_event_is_retried_twice_and_then_goes_to_the_failure_destination() {
    let (function, attempts) = failing("resize", 9);
    let (assistant, mut records) = recorder("assistant");
    let aws = with([function.on_failure("assistant"), assistant]).await;
    let sent = send(&lambda(&aws), "resize", json!({ "task_id": "t1" })).await;
    assert_eq!(sent.status_code(), 202);
    let mut record = next(&mut records).await;
    let request_id = aws_sdk_lambda::operation::RequestId::request_id(&sent).unwrap().to_owned();
    let timestamp = record.as_object_mut().unwrap().remove("timestamp").unwrap();
    assert_eq!(
        record,
        json!({
            "version": "1.0",
            "requestContext": {
                "requestId": request_id,
                "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:resize:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": { "task_id": "t1" },
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
            "responsePayload": { "errorMessage": "attempt 2", "errorType": "Boom" },
        })
    );
    let timestamp = timestamp.as_str().unwrap();
    assert!(
        timestamp.len() == 24 && timestamp.ends_with('Z') && timestamp.contains('.'),
        "{timestamp}"
    );
    assert_eq!(attempts.load(Ordering::SeqCst), 3);
    idle(aws.lambda()).await;
    let stats = aws.lambda().stats_of("resize").unwrap();
    assert_eq!(
        (stats.invoked, stats.errors, stats.dropped, stats.queued, stats.in_flight),
        (3, 3, 1, 0, 0)
    );
}

#[tokio::test]
async fn an_event_that_succeeds_at_last_goes_to_the_success_destination() {
    let (function, _) = failing("resize", 2);
    let (assistant, mut records) = recorder("assistant");
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:assistant";
    let aws = with([function.on_success(arn).on_failure(arn), assistant]).await;
    send(&lambda(&aws), "resize", json!([1])).await;
    let record = next(&mut records).await;
    assert_eq!(record["requestContext"]["condition"], "Success");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(
        record["responseContext"],
        json!({ "statusCode": 200, "executedVersion": "$LATEST" })
    );
    assert_eq!(
        (&record["requestPayload"], &record["responsePayload"]),
        (&json!([1]), &json!({ "done": 2 }))
    );
}

#[tokio::test]
async fn without_retries_one_failure_is_the_end() {
    let (function, attempts) = failing("resize", 9);
    let (assistant, mut records) = recorder("assistant");
    let aws = with([function.retries(0).on_failure("assistant"), assistant]).await;
    send(&lambda(&aws), "resize", json!({})).await;
    let record = next(&mut records).await;
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 1);
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_retries_of_an_event_keep_its_request_id() {
    let (function, _) = failing("resize", 9);
    let aws = with([function]).await;
    let mut finished = aws.lambda().finished();
    send(&lambda(&aws), "resize", json!({})).await;
    let attempts = [
        finished.recv().await.unwrap(),
        finished.recv().await.unwrap(),
        finished.recv().await.unwrap(),
    ];
    assert_eq!(attempts.clone().map(|finished| finished.attempt), [1, 2, 3]);
    assert!(
        attempts
            .iter()
            .all(|finished| finished.request_id == attempts[0].request_id && finished.asynchronous)
    );
    assert_eq!(attempts[2].error.as_ref().unwrap().1, FunctionError::new("Boom", "attempt 2"));
}

#[tokio::test]
async fn an_event_grown_too_old_is_not_run_any_more() {
    let hanging = Function::in_process("hanging", |_, _| std::future::pending())
        .timeout(Duration::from_secs(2));
    let (assistant, mut records) = recorder("assistant");
    let hanging =
        hanging.concurrency(1).maximum_event_age(Duration::from_millis(50)).on_failure("assistant");
    let aws = with([hanging.retries(0), assistant]).await;
    let client = lambda(&aws);
    send(&client, "hanging", json!(1)).await;
    crate::world::until("one runs", || aws.lambda().stats_of("hanging").unwrap().in_flight == 1)
        .await;
    send(&client, "hanging", json!(2)).await;
    let record = next(&mut records).await;
    assert_eq!(record["requestPayload"], json!(2));
    assert_eq!(record["requestContext"]["condition"], "EventAgeExceeded");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 0);
    assert_eq!(record.get("responseContext"), None);
    let record = next(&mut records).await;
    assert_eq!(record["responsePayload"]["errorType"], "Sandbox.Timedout");
}

#[tokio::test]
async fn events_above_the_concurrency_wait_and_all_run() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (running_in, most_in) = (Arc::clone(&running), Arc::clone(&most));
    let counted = Function::in_process("counted", move |_, _| {
        let (running, most) = (Arc::clone(&running_in), Arc::clone(&most_in));
        async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(Value::Null)
        }
    });
    let aws = with([counted.concurrency(3)]).await;
    for n in 0..200 {
        aws.lambda().send("counted", &json!(n)).unwrap();
    }
    idle(aws.lambda()).await;
    assert_eq!(aws.lambda().stats_of("counted").unwrap().invoked, 200);
    assert!(most.load(Ordering::SeqCst) <= 3);
}

#[tokio::test]
async fn a_function_with_no_concurrency_sends_its_events_to_the_failure_destination() {
    let (assistant, mut records) = recorder("assistant");
    let aws = with([echo("stopped").concurrency(0).on_failure("assistant"), assistant]).await;
    send(&lambda(&aws), "stopped", json!({ "a": 1 })).await;
    let record = next(&mut records).await;
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 0);
    assert_eq!(record["requestPayload"], json!({ "a": 1 }));
}

#[tokio::test]
async fn a_failed_event_reaches_the_topics_it_is_meant_for() {
    let (function, _) = failing("resize", 9);
    let topic = "arn:aws:sns:us-east-1:000000000000:failures";
    let dead = "arn:aws:sns:us-east-1:000000000000:dead";
    let aws = with([function.retries(0).on_failure(topic).dead_letter_topic(dead)]).await;
    send(&lambda(&aws), "resize", json!({ "a": 1 })).await;
    idle(aws.lambda()).await;
    let messages = aws.sns().topics().messages();
    assert_eq!(
        messages.iter().map(|message| message.topic_arn.as_str()).collect::<Vec<_>>(),
        [topic, dead]
    );
    let record: Value = serde_json::from_str(&messages[0].body).unwrap();
    assert_eq!(record["responsePayload"]["errorType"], "Boom");
    assert_eq!(messages[1].body, "{\"a\":1}");
    assert_eq!(messages[1].attributes["ErrorMessage"], "attempt 0");
}

#[tokio::test]
async fn a_record_carries_the_payload_digit_by_digit() {
    let topic = "arn:aws:sns:us-east-1:000000000000:done";
    let aws = with([labourer("worker", "work").on_success(topic)]).await;
    let payload = r#"{"greenfield": 1234567890.12345678901234567890, "b":1.0}"#;
    let blob = aws_sdk_lambda::primitives::Blob::new(payload);
    let event = aws_sdk_lambda::types::InvocationType::Event;
    let client = lambda(&aws);
    let invoke = client.invoke().function_name("worker").invocation_type(event).payload(blob);
    invoke.send().await.unwrap();
    idle(aws.lambda()).await;
    let messages = aws.sns().topics().messages();
    assert!(messages[0].body.contains(&format!(r#""requestPayload":{payload},"#)), "{messages:?}");
    aws.shutdown().await;
}

#[tokio::test]
async fn a_destination_that_does_not_exist_is_counted_and_stops_nothing() {
    let aws = with([echo("echo").on_success("nobody")]).await;
    send(&lambda(&aws), "echo", json!({})).await;
    idle(aws.lambda()).await;
    let stats = aws.lambda().stats_of("echo").unwrap();
    assert_eq!((stats.invoked, stats.undelivered, stats.dropped), (1, 1, 0));
}

#[tokio::test]
async fn a_ticker_invokes_at_its_interval_and_on_demand_and_stops() {
    use local::ticker::{Schedule, Ticker};
    let (ticked, mut events) = recorder("ticked");
    let aws = with([ticked]).await;
    let every = Duration::from_millis(5);
    let ticker = Ticker::start(aws.lambda(), aws.account(), Schedule::new("ticked", every));
    for _ in 0..3 {
        let event = next(&mut events).await;
        assert_eq!(
            (&event["source"], &event["detail-type"]),
            (&json!("aws.events"), &json!("Scheduled Event"))
        );
    }
    ticker.stop();
    idle(aws.lambda()).await;
    let after = aws.lambda().stats_of("ticked").unwrap().invoked;
    let rare = Schedule::new("ticked", Duration::from_secs(3600))
        .payload(json!({ "labourer_id": "resize" }));
    let ticker = Ticker::start(aws.lambda(), aws.account(), rare);
    ticker.now().unwrap();
    idle(aws.lambda()).await;
    assert_eq!(aws.lambda().stats_of("ticked").unwrap().invoked, after + 1);
    while let Ok(event) = events.try_recv() {
        assert!(event["source"] == "aws.events" || event == json!({ "labourer_id": "resize" }));
    }
}
