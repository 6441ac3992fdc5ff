//! Labourers without any code of sosw's: Lambda's destinations report how their attempts end.

use std::{future::pending, time::Duration};

use guarantees::{
    items::In,
    labourers::{Observer, with_destinations},
    world::{World, id, labourer, success, task_id},
};
use local::lambda::{Function, FunctionError};
use serde_json::{Value, json};
use task_manager::{
    ecology::{Breaker, HealthPolicy},
    labourer::Labourer,
    manager::attempts::receive::Effect,
    task::{Status, Task},
};
use worker_assistant::{Element, NotOurs, ReportAnswer};

/// What becomes of a task whose function does `work`, with no tick after the one that starts it.
async fn done_by<F>(max_attempts: u32, work: fn() -> F) -> (World, Task)
where
    F: Future<Output = Result<Value, FunctionError>> + Send + 'static,
{
    let world = World::of([Labourer { max_attempts, ..labourer("worker") }]).await;
    world.deploy_assistant(&Observer::default());
    let worker = Function::in_process("worker", move |_, _| work());
    world.lambda.deploy(with_destinations(worker).timeout(Duration::from_millis(300))).unwrap();
    let task = world.create_numbered(1).await.remove(0);
    world.orchestrate().await;
    world.lambda.idle().await;
    assert_eq!(world.slots_in_use("worker").await, 0, "the slot is free at once");
    let task = world.find(&task.id).await;
    (world, task)
}

#[tokio::test]
async fn a_function_that_returns_has_succeeded_and_what_it_returns_is_the_result() {
    let (world, task) = done_by(3, || async { Ok(json!({ "rows": 3 })) }).await;
    assert_eq!(task.closed.unwrap().status, Status::Succeeded);
    assert_eq!(world.json(In::Closed, &task.id).await["result_rows"], 3);
}

#[tokio::test]
async fn a_return_value_too_large_to_keep_is_a_success_all_the_same() {
    let large = || async { Ok(json!({ "rows": 3, "large": "x".repeat(100_000) })) };
    let (world, task) = done_by(3, large).await;
    assert_eq!(task.closed.unwrap().status, Status::Succeeded);
    let closed = world.json(In::Closed, &task.id).await;
    assert_eq!((&closed["result_rows"], &closed["result_large"]), (&json!(3), &Value::Null));
    let dropped =
        |entry: &String| entry.contains("1 of its fields dropped") && entry.contains("large");
    assert!(task.history.iter().any(dropped), "{:?}", task.history);
}

#[tokio::test]
async fn a_function_that_returns_an_error_is_tried_again() {
    let (_, task) = done_by(3, || async { Err(FunctionError::new("ValueError", "no")) }).await;
    assert!(task.due_at.is_some());
    let error = &task.errors[0];
    assert_eq!((error.kind.as_str(), error.message.as_str()), ("ValueError", "no"));
}

#[tokio::test]
async fn a_crash_is_known_at_once() {
    let (_, task) = done_by(3, || async { panic!("out of ink") }).await;
    assert!(task.due_at.is_some());
    assert!(task.errors[0].message.contains("out of ink"), "{:?}", task.errors);
}

#[tokio::test]
async fn a_time_out_is_known_at_once() {
    let (_, task) = done_by(3, pending).await;
    assert!(task.due_at.is_some());
    assert!(task.errors[0].message.contains("timed out"), "{:?}", task.errors);
}

#[tokio::test]
async fn an_event_that_lambda_never_starts_spends_no_attempt_and_counts_as_a_throttle() {
    let breaker = HealthPolicy { breaker: Some(Breaker::default()), ..HealthPolicy::default() };
    let worker = Labourer { max_attempts: 1, health: breaker, ..labourer("worker") };
    let world = World::of([worker]).await;
    let event = world.started().await;
    let record = json!({
        "version": "1.0",
        "timestamp": "2026-01-02T03:04:05.678Z",
        "requestContext": {
            "requestId": "e4b46cbf-b738-1234-8880-a18cdf61200e",
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:worker:$LATEST",
            "condition": "EventAgeExceeded",
            "approximateInvokeCount": 0,
        },
        "requestPayload": event,
    });
    assert_eq!(world.report(record.clone()).await.outcome, Effect::Parked);
    assert_eq!(world.report(record).await.outcome, Effect::AlreadyDone);
    let task = world.find(&task_id(&event)).await;
    assert_eq!((task.attempts, task.errors[0].kind.as_str()), (0, "never_ran"));
    assert_eq!(world.slots_in_use("worker").await, 0);
    let trouble = world.manager.store().labourers().trouble(&id("worker")).await.unwrap();
    assert_eq!((trouble.failed, trouble.throttled), (0, 1));
}

/// A record of an invocation with this event.
fn record_of(event: Value) -> Value {
    json!({
        "requestContext": {
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:worker:$LATEST",
            "condition": "Success",
        },
        "requestPayload": event,
        "responsePayload": { "rows": 3 },
    })
}

#[tokio::test]
async fn the_record_of_an_invocation_by_hand_is_answered_as_not_ours_and_changes_nothing() {
    let world = World::of([labourer("worker")]).await;
    let event = world.started().await;
    world.wire.calls();
    for by_hand in [json!({ "rows": [1, 2] }), json!({}), Value::Null, json!("text")] {
        let answer = world.assist(record_of(by_hand)).await.unwrap();
        let ReportAnswer::NotOurs(NotOurs { not_ours }) = answer else { panic!("{answer:?}") };
        assert!(not_ours.contains("an invocation that sosw did not make"), "{not_ours}");
    }
    assert!(world.wire.calls().is_empty());

    // In a list, it keeps nothing from the others.
    let list = json!([record_of(json!({ "rows": 1 })), record_of(event)]);
    let ReportAnswer::Many(answers) = world.assist(list).await.unwrap() else { panic!("a list") };
    assert!(matches!(answers[0], Element::NotOurs(_)), "{answers:?}");
    world.assert_all_succeeded("worker", 1).await;
}

#[tokio::test]
async fn a_record_that_claims_to_be_ours_and_names_no_task_fails_loudly() {
    let world = World::of([labourer("worker")]).await;
    for malformed in [json!({ "sosw": { "claim": "c" } }), json!({ "task_id": 7 })] {
        let error = world.assist(record_of(malformed)).await.unwrap_err();
        assert_eq!(error.name(), "ReportRefused");
    }
}

#[tokio::test]
async fn a_task_whose_last_attempt_crashes_is_closed_at_once() {
    let (_, task) = done_by(1, || async { panic!("out of ink") }).await;
    assert_eq!(task.closed.unwrap().status, Status::Exhausted);
    assert_eq!(task.attempts, 1);
}

#[tokio::test]
async fn a_lost_success_that_is_sent_again_is_a_success_however_often() {
    let world = World::of([labourer("worker")]).await;
    let event = world.started().await;
    let lost = json!({
        "requestContext": {
            "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:sosw_worker_assistant",
            "condition": "RetriesExhausted",
        },
        "requestPayload": success(&event),
        "responsePayload": { "errorType": "StoreError", "errorMessage": "throttled" },
    });
    for outcome in [Effect::Succeeded, Effect::AlreadyDone] {
        assert_eq!(world.report(lost.clone()).await.outcome, outcome);
    }
    world.assert_all_succeeded("worker", 1).await;
}
