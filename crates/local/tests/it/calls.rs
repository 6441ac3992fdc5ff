//! Synchronous calls.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_lambda::types::InvocationType;
use local::lambda::{Function, FunctionError};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::world::{body, call, echo, lambda, with};

#[tokio::test]
async fn a_call_returns_what_the_function_returns() {
    let aws = with([echo("echo")]).await;
    let answer = call(&lambda(&aws), "echo", json!({ "a": [1, 2.5, "ü"] })).await.unwrap();
    assert_eq!(body(&answer), json!({ "a": [1, 2.5, "ü"] }));
    assert_eq!((answer.status_code(), answer.function_error()), (200, None));
    assert_eq!(answer.executed_version(), Some("$LATEST"));
}

#[tokio::test]
async fn every_name_that_aws_accepts_reaches_the_function() {
    let named = Function::in_process("echo", |_, context| async move {
        Ok(context.invoked_function_arn.into())
    });
    let aws = with([named]).await;
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:echo";
    let live = format!("{arn}:live");
    for (name, expected) in [
        ("echo", arn),
        ("echo:live", &live),
        ("000000000000:function:echo", arn),
        ("arn:aws:lambda:eu-west-1:123456789012:function:echo", arn),
        (live.as_str(), &live),
    ] {
        let answer = call(&lambda(&aws), name, json!({})).await.unwrap();
        assert_eq!(body(&answer), json!(expected), "{name}");
    }
    let qualified =
        lambda(&aws).invoke().function_name("echo").qualifier("live").send().await.unwrap();
    assert_eq!(body(&qualified), json!(live));
}

#[tokio::test]
async fn an_unknown_function_is_named() {
    let aws = with([]).await;
    let error = call(&lambda(&aws), "resize", json!({})).await.unwrap_err();
    assert!(error.is_resource_not_found_exception(), "{error:?}");
    assert!(error.meta().message().unwrap().contains("function:resize"), "{error:?}");
}

#[tokio::test]
async fn an_empty_payload_is_an_empty_event() {
    let aws = with([echo("echo")]).await;
    let answer = lambda(&aws).invoke().function_name("echo").send().await.unwrap();
    assert_eq!(body(&answer), json!({}));
}

#[tokio::test]
async fn a_function_error_is_an_answer_with_its_type_and_its_trace() {
    let failing = Function::in_process("failing", |_, _| async {
        Err(FunctionError {
            kind: "ValueError".into(),
            message: "no".into(),
            trace: vec!["line 1".into()],
        })
    });
    let aws = with([failing]).await;
    let answer = call(&lambda(&aws), "failing", json!({})).await.unwrap();
    assert_eq!(answer.function_error(), Some("Unhandled"));
    assert_eq!(
        body(&answer),
        json!({ "errorMessage": "no", "errorType": "ValueError", "stackTrace": ["line 1"] })
    );
}

#[tokio::test]
async fn a_panic_ends_that_invocation_only() {
    let picky = Function::in_process("picky", |payload, _| async move {
        assert!(payload != json!("bad"), "bad payload");
        Ok(payload)
    });
    let aws = with([picky.concurrency(1)]).await;
    let answer = call(&lambda(&aws), "picky", json!("bad")).await.unwrap();
    assert_eq!(body(&answer), json!({ "errorMessage": "bad payload", "errorType": "Panic" }));
    let answer = call(&lambda(&aws), "picky", json!("good")).await.unwrap();
    assert_eq!(body(&answer), json!("good"));
}

#[tokio::test]
async fn a_function_that_never_answers_is_ended_at_its_time_out() {
    let hanging = Function::in_process("hanging", |_, _| std::future::pending());
    let aws = with([hanging.timeout(Duration::from_millis(120))]).await;
    let answer = call(&lambda(&aws), "hanging", json!({})).await.unwrap();
    assert_eq!(answer.function_error(), Some("Unhandled"));
    let error = body(&answer);
    assert_eq!(error["errorType"], "Sandbox.Timedout");
    assert!(
        error["errorMessage"].as_str().unwrap().ends_with(" Task timed out after 0.12 seconds"),
        "{error}"
    );
    assert_eq!(aws.lambda().stats_of("hanging").unwrap().timeouts, 1);
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let aws = with([echo("echo")]).await;
    let broken = aws_sdk_lambda::primitives::Blob::new("{\"a\":");
    let error =
        lambda(&aws).invoke().function_name("echo").payload(broken).send().await.unwrap_err();
    assert!(error.into_service_error().is_invalid_request_content_exception());
}

#[tokio::test]
async fn payloads_above_lambdas_limits_are_refused() {
    let aws = with([echo("echo")]).await;
    let large = |size: usize| json!("x".repeat(size - 2));
    let client = lambda(&aws);
    let answer = call(&client, "echo", large(local::lambda::SYNC_LIMIT)).await.unwrap();
    assert_eq!(answer.payload().unwrap().as_ref().len(), local::lambda::SYNC_LIMIT);
    let error = call(&client, "echo", large(local::lambda::SYNC_LIMIT + 1)).await.unwrap_err();
    assert!(error.is_request_too_large_exception(), "{error:?}");

    let event = |size: usize| {
        let payload = crate::world::blob(&large(size));
        client
            .invoke()
            .function_name("echo")
            .invocation_type(InvocationType::Event)
            .payload(payload)
            .send()
    };
    assert_eq!(event(local::lambda::EVENT_LIMIT).await.unwrap().status_code(), 202);
    let error = event(local::lambda::EVENT_LIMIT + 1).await.unwrap_err().into_service_error();
    assert!(error.is_request_too_large_exception(), "{error:?}");
}

#[tokio::test]
async fn a_dry_run_runs_nothing() {
    let aws = with([echo("echo")]).await;
    let answer = lambda(&aws)
        .invoke()
        .function_name("echo")
        .invocation_type(InvocationType::DryRun)
        .send()
        .await;
    assert_eq!(answer.unwrap().status_code(), 204);
    assert_eq!(aws.lambda().stats_of("echo").unwrap().invoked, 0);
}

#[tokio::test]
async fn calls_above_the_concurrency_are_throttled() {
    let gate = Arc::new(Semaphore::new(0));
    let waiting = Arc::clone(&gate);
    let gated = Function::in_process("gated", move |payload, _| {
        let gate = Arc::clone(&waiting);
        async move {
            gate.acquire().await.unwrap().forget();
            Ok(payload)
        }
    });
    let aws = with([gated.concurrency(2)]).await;
    let client = lambda(&aws);
    let running: Vec<_> = (0..2)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move { call(&client, "gated", json!(n)).await })
        })
        .collect();
    crate::world::until("two in flight", || aws.lambda().stats_of("gated").unwrap().in_flight == 2)
        .await;
    let error = call(&client, "gated", json!(2)).await.unwrap_err();
    assert!(error.is_too_many_requests_exception(), "{error:?}");
    gate.add_permits(3);
    for (n, running) in running.into_iter().enumerate() {
        assert_eq!(body(&running.await.unwrap().unwrap()), json!(n));
    }
    assert_eq!(body(&call(&client, "gated", json!(3)).await.unwrap()), json!(3));
    assert_eq!(aws.lambda().stats_of("gated").unwrap().throttles, 1);
}

#[tokio::test]
async fn a_configuration_has_the_time_out_and_the_limits() {
    let described =
        echo("echo").timeout(Duration::from_secs(42)).memory_mb(512).concurrency(7).retries(1);
    let aws =
        with([described.on_failure("assistant").maximum_event_age(Duration::from_secs(90))]).await;
    let client = lambda(&aws);
    let configuration =
        client.get_function_configuration().function_name("echo").send().await.unwrap();
    assert_eq!((configuration.timeout(), configuration.memory_size()), (Some(42), Some(512)));
    assert_eq!(
        configuration.function_arn(),
        Some("arn:aws:lambda:us-east-1:000000000000:function:echo")
    );
    let whole = client.get_function().function_name("echo").send().await.unwrap();
    assert_eq!(whole.concurrency().unwrap().reserved_concurrent_executions(), Some(7));
    let events =
        client.get_function_event_invoke_config().function_name("echo").send().await.unwrap();
    assert_eq!(
        (events.maximum_retry_attempts(), events.maximum_event_age_in_seconds()),
        (Some(1), Some(90))
    );
    let failure = events.destination_config().unwrap().on_failure().unwrap();
    assert_eq!(
        failure.destination(),
        Some("arn:aws:lambda:us-east-1:000000000000:function:assistant")
    );
    let error =
        client.get_function_configuration().function_name("other").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn a_function_can_be_replaced_and_removed_while_it_is_called() {
    let aws = with([echo("f")]).await;
    let client = lambda(&aws);
    aws.lambda()
        .deploy(Function::in_process("f", |_, _| async { Ok(Value::from("new")) }))
        .unwrap();
    assert_eq!(body(&call(&client, "f", json!("old")).await.unwrap()), json!("new"));
    assert!(aws.lambda().remove("f"));
    assert!(call(&client, "f", json!({})).await.unwrap_err().is_resource_not_found_exception());
}

#[tokio::test]
async fn a_function_that_lambda_would_not_take_is_refused_by_name() {
    let aws = with([]).await;
    let refused = |function| aws.lambda().deploy(function).unwrap_err().to_string();
    assert!(refused(echo("no spaces")).contains("`no spaces`"));
    assert!(refused(echo("f").retries(3)).contains("function f: 3 retries"));
    assert!(
        refused(echo("f").timeout(Duration::from_secs(5401))).contains("function f: its time-out")
    );
}
