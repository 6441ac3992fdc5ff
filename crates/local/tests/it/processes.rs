//! Functions that are processes, while they work.

use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use local::Embedded;
use local::lambda::{Command, Function};
use serde_json::json;

use crate::world::{
    body, call, doing, echo, labourer, lambda, lives, logged, next, numbers, recorder, send, start,
    until, with,
};

#[tokio::test]
async fn a_process_answers_and_is_used_again() {
    let aws = with([labourer("worker", "work")]).await;
    let client = lambda(&aws);
    assert_eq!(body(&call(&client, "worker", json!({ "n": 1 })).await.unwrap()), json!({ "n": 1 }));
    let first = body(&call(&client, "worker", doing("pid")).await.unwrap());
    for _ in 0..20 {
        assert_eq!(body(&call(&client, "worker", doing("pid")).await.unwrap()), first);
    }
    assert_eq!(aws.lambda().stats_of("worker").unwrap().environments, 1);
    aws.shutdown().await;
}

#[tokio::test]
async fn one_call_after_the_other_is_never_throttled_at_a_concurrency_of_one() {
    let aws = with([labourer("worker", "work").concurrency(1)]).await;
    let client = lambda(&aws);
    for n in 0..50 {
        assert_eq!(
            body(&call(&client, "worker", json!({ "n": n })).await.unwrap()),
            json!({ "n": n })
        );
    }
    aws.shutdown().await;
}

#[tokio::test]
async fn an_event_passes_through_the_runtime_api_as_it_was_written() {
    let aws = with([labourer("worker", "work").concurrency(1)]).await;
    let event = r#"{"n": 18446744073709551616, "x": ["\ud83d", {"\udc00": 0.5}]}"#;
    let call = lambda(&aws).invoke().function_name("worker").payload(Blob::new(event));
    let answer = call.send().await.unwrap();
    assert_eq!(std::str::from_utf8(answer.payload().unwrap().as_ref()), Ok(event));
    aws.shutdown().await;
}

#[tokio::test]
async fn environments_start_on_demand_up_to_the_concurrency() {
    let aws = with([labourer("worker", "work").concurrency(3)]).await;
    for n in 0..60 {
        aws.lambda().send("worker", &json!({ "n": n })).unwrap();
    }
    crate::world::idle(aws.lambda()).await;
    let stats = aws.lambda().stats_of("worker").unwrap();
    assert_eq!((stats.invoked, stats.errors), (60, 0));
    assert!((1..=3).contains(&stats.environments), "{stats:?}");
    aws.shutdown().await;
}

#[tokio::test]
async fn a_process_sees_what_lambda_would_set_and_no_foreign_credentials() {
    let function =
        labourer("worker", "work").handler_name("resize.handler").memory_mb(256).env("MINE", "yes");
    let aws = with([function]).await;
    let environment = body(&call(&lambda(&aws), "worker", doing("environment")).await.unwrap());
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", "worker"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/worker"),
        ("_HANDLER", "resize.handler"),
        ("MINE", "yes"),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    for (name, value) in aws.environment() {
        assert_eq!(environment[&name], value, "{name}");
    }
    let mut known = aws.environment();
    for (name, value) in [
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ] {
        assert_eq!(environment[name], value, "{name}");
        known.insert(name.to_owned(), value.to_owned());
    }
    let foreign = |name: &&String| {
        name.starts_with("AWS_")
            && !known.contains_key(*name)
            && !name.starts_with("AWS_LAMBDA_")
            && *name != "AWS_EXECUTION_ENV"
    };
    assert_eq!(environment.as_object().unwrap().keys().find(foreign), None);
    aws.shutdown().await;
}

#[tokio::test]
async fn an_invocation_carries_its_id_deadline_arn_and_trace() {
    let aws = with([labourer("worker", "work")]).await;
    let answer = call(&lambda(&aws), "worker:live", doing("headers")).await.unwrap();
    let headers = body(&answer);
    let id = aws_sdk_lambda::operation::RequestId::request_id(&answer).unwrap();
    assert_eq!(headers["lambda-runtime-aws-request-id"], id);
    assert_eq!(
        headers["lambda-runtime-invoked-function-arn"],
        "arn:aws:lambda:us-east-1:000000000000:function:worker:live"
    );
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let deadline: u128 = headers["lambda-runtime-deadline-ms"].as_str().unwrap().parse().unwrap();
    assert!(deadline > now && deadline <= now + 10_000, "{deadline} at {now}");
    let trace = headers["lambda-runtime-trace-id"].as_str().unwrap();
    assert!(trace.starts_with("Root=1-") && trace.contains(";Lineage="), "{trace}");
    aws.shutdown().await;
}

#[tokio::test]
async fn an_error_of_a_process_is_passed_on_as_it_reported_it() {
    let aws = with([labourer("worker", "work")]).await;
    let answer = call(&lambda(&aws), "worker", doing("fail")).await.unwrap();
    assert_eq!(answer.function_error(), Some("Unhandled"));
    let error = json!({ "errorType": "ValueError", "errorMessage": "no such picture", "stackTrace": ["line 1"] });
    assert_eq!(body(&answer), error);
    aws.shutdown().await;
}

#[tokio::test]
async fn a_crash_is_reported_as_by_lambda_and_the_next_call_gets_a_new_process() {
    let aws = with([labourer("worker", "work").concurrency(1)]).await;
    let client = lambda(&aws);
    for (payload, reason) in [
        (json!({ "do": "exit", "code": 1 }), "Runtime exited with error: exit status 1"),
        (json!({ "do": "exit", "code": 0 }), "Runtime exited without providing a reason"),
        (json!({ "do": "kill" }), "Runtime exited with error: signal: killed"),
    ] {
        let answer = call(&client, "worker", payload).await.unwrap();
        let id = aws_sdk_lambda::operation::RequestId::request_id(&answer).unwrap().to_owned();
        let error = json!({ "errorMessage": format!("RequestId: {id} Error: {reason}"), "errorType": "Runtime.ExitError" });
        assert_eq!(body(&answer), error);
        assert_eq!(
            body(&call(&client, "worker", json!({ "n": 1 })).await.unwrap()),
            json!({ "n": 1 })
        );
    }
    aws.shutdown().await;
}

#[tokio::test]
async fn a_process_that_hangs_is_killed_with_its_children_at_its_time_out() {
    let (builder, lines) = logged(Embedded::builder());
    let hanging = labourer("hanging", "work").timeout(Duration::from_secs(5)).concurrency(1);
    let aws = start(builder.function(hanging)).await;
    let client = lambda(&aws);
    let error = body(&call(&client, "hanging", doing("hang")).await.unwrap());
    assert_eq!(error["errorType"], "Sandbox.Timedout");
    assert!(
        error["errorMessage"].as_str().unwrap().ends_with("Task timed out after 5.00 seconds"),
        "{error}"
    );
    let pids = numbers(&lines, "pid");
    assert_eq!(pids.len(), 2, "{pids:?}");
    until("both ended", || pids.iter().all(|pid| !lives(*pid))).await;
    assert_eq!(
        body(&call(&client, "hanging", json!({ "n": 1 })).await.unwrap()),
        json!({ "n": 1 })
    );
    aws.shutdown().await;
}

#[tokio::test]
async fn a_crash_of_an_event_reaches_the_failure_destination() {
    let (assistant, mut records) = recorder("assistant");
    let aws =
        with([labourer("worker", "work").retries(0).on_failure("assistant"), assistant]).await;
    send(&lambda(&aws), "worker", json!({ "do": "exit", "task_id": "t1" })).await;
    let record = next(&mut records).await;
    assert_eq!(record["requestPayload"]["task_id"], "t1");
    assert_eq!(record["responseContext"]["functionError"], "Unhandled");
    assert_eq!(record["responsePayload"]["errorType"], "Runtime.ExitError");
    aws.shutdown().await;
}

#[tokio::test]
async fn garbage_on_stdout_does_no_harm() {
    let (builder, lines) = logged(Embedded::builder());
    let aws = start(builder.function(labourer("worker", "work")).function(echo("other"))).await;
    let client = lambda(&aws);
    assert_eq!(body(&call(&client, "worker", doing("garbage")).await.unwrap()), doing("garbage"));
    assert_eq!(body(&call(&client, "other", json!(1)).await.unwrap()), json!(1));
    until("the garbage is logged", || {
        lines.lock().unwrap().iter().any(|line| line.contains('\u{fffd}'))
    })
    .await;
    aws.shutdown().await;
}

#[tokio::test]
async fn an_idle_process_is_ended_and_a_later_call_starts_another() {
    let aws = with([labourer("worker", "stubborn").idle_timeout(Duration::from_millis(50))]).await;
    let client = lambda(&aws);
    let first = body(&call(&client, "worker", doing("pid")).await.unwrap());
    until("it is gone", || aws.lambda().stats_of("worker").unwrap().environments == 0).await;
    assert!(!lives(u32::try_from(first.as_u64().unwrap()).unwrap()));
    assert_ne!(body(&call(&client, "worker", doing("pid")).await.unwrap()), first);
    aws.shutdown().await;
}

#[tokio::test]
async fn a_process_that_ends_after_each_answer_loses_no_event() {
    let aws = with([labourer("worker", "once").concurrency(2)]).await;
    for n in 0..12 {
        aws.lambda().send("worker", &json!({ "n": n })).unwrap();
    }
    crate::world::idle(aws.lambda()).await;
    let stats = aws.lambda().stats_of("worker").unwrap();
    assert_eq!((stats.invoked, stats.errors), (12, 0));
    aws.shutdown().await;
}

/// Not a test but the process of the one below: a labourer on the official Rust runtime.
#[tokio::test]
#[ignore = "started by a test as a process of its own"]
async fn a_labourer_on_the_rust_runtime() {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return;
    }
    let work = |event: lambda_runtime::LambdaEvent<serde_json::Value>| async move {
        if event.payload["do"] == "panic" {
            panic!("no such picture");
        }
        Ok::<_, lambda_runtime::Error>(json!({
            "payload": event.payload,
            "id": event.context.request_id,
            "memory": event.context.env_config.memory,
            "trace": std::env::var("_X_AMZN_TRACE_ID").ok(),
        }))
    };
    lambda_runtime::run(lambda_runtime::service_fn(work)).await.unwrap();
}

#[tokio::test]
async fn the_official_rust_runtime_is_served() {
    let this = std::env::current_exe().unwrap().display().to_string();
    let command = Command::new(this).arg("--ignored").arg("--exact");
    let command = command.arg("processes::a_labourer_on_the_rust_runtime");
    let aws = with([Function::process("rust", command).timeout(Duration::from_secs(10))]).await;
    let client = lambda(&aws);
    for n in 0..3 {
        let answer = call(&client, "rust", json!({ "n": n })).await.unwrap();
        let id = aws_sdk_lambda::operation::RequestId::request_id(&answer).unwrap();
        let echoed = body(&answer);
        assert_eq!(
            (&echoed["payload"], &echoed["id"], &echoed["memory"]),
            (&json!({ "n": n }), &json!(id), &json!(128))
        );
    }
    let error = body(&call(&client, "rust", doing("panic")).await.unwrap());
    assert!(error["errorMessage"].as_str().unwrap().contains("no such picture"), "{error}");
    assert_eq!(aws.lambda().stats_of("rust").unwrap().environments, 1);
    aws.shutdown().await;
}
