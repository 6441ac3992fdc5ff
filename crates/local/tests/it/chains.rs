//! Recursion detection.

use std::sync::{Arc, Mutex};

use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use local::lambda::{Function, RecursiveLoop};
use serde_json::{Value, json};

use crate::world::{body, idle, labourer, lambda, next, recorder, send, with};

/// Answers with the trace header it was given.
fn traced(name: &str) -> Function {
    Function::in_process(name, |_, context| async move { Ok(context.trace_id.into()) })
}

async fn call_in_chain(
    client: &aws_sdk_lambda::Client,
    name: &str,
    trace: String,
) -> Result<InvokeOutput, InvokeError> {
    let request = client.invoke().function_name(name).customize().mutate_request(move |request| {
        request.headers_mut().insert("x-amzn-trace-id", trace.clone());
    });
    request.send().await.map_err(aws_sdk_lambda::error::SdkError::into_service_error)
}

#[tokio::test]
async fn the_seventeenth_round_of_a_chain_is_refused() {
    let aws = with([traced("a"), traced("b")]).await;
    let client = lambda(&aws);
    let mut trace = String::new();
    for round in 1..=16 {
        for name in ["a", "b"] {
            let answer = call_in_chain(&client, name, trace)
                .await
                .unwrap_or_else(|error| panic!("{round}: {error:?}"));
            trace = body(&answer).as_str().unwrap().to_owned();
        }
    }
    let error = call_in_chain(&client, "a", trace).await.unwrap_err();
    assert!(error.is_recursive_invocation_exception(), "{error:?}");
}

#[tokio::test]
async fn a_fresh_trace_is_a_fresh_chain() {
    let aws = with([traced("a")]).await;
    let client = lambda(&aws);
    let mut root = String::new();
    for _ in 0..40 {
        // What a handover does: the header is set anew, its lineage left behind.
        let answer =
            call_in_chain(&client, "a", format!("Root=1-5759e988-{:024x}", 7)).await.unwrap();
        root = body(&answer).as_str().unwrap().to_owned();
        assert!(root.ends_with(":0"), "{root}");
    }
    assert!(root.starts_with("Root=1-5759e988-000000000000000000000007;Parent="), "{root}");
    for _ in 0..40 {
        assert_eq!(
            crate::world::call(&client, "a", json!({})).await.unwrap().function_error(),
            None
        );
    }
}

#[tokio::test]
async fn a_loop_through_a_destination_is_dropped_to_the_failure_destination() {
    let (assistant, mut records) = recorder("assistant");
    let aws = with([traced("a").on_success("a").on_failure("assistant"), assistant]).await;
    send(&lambda(&aws), "a", json!({})).await;
    let record = next(&mut records).await;
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 0);
    assert_eq!(record["responsePayload"]["errorType"], "RecursiveInvocationException");
    idle(aws.lambda()).await;
    let stats = aws.lambda().stats_of("a").unwrap();
    assert_eq!((stats.invoked, stats.dropped), (16, 1));
}

#[tokio::test]
async fn a_function_that_allows_loops_goes_on() {
    let rounds = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&rounds);
    let (assistant, mut records) = recorder("assistant");
    let looping = Function::in_process("a", move |_, _| {
        let mut rounds = counted.lock().unwrap();
        *rounds += 1;
        let done = *rounds == 50;
        async move {
            if done {
                Err(local::lambda::FunctionError::new("Done", "fifty"))
            } else {
                Ok(Value::Null)
            }
        }
    });
    let looping = looping.recursive_loop(RecursiveLoop::Allow).retries(0);
    let aws = with([looping.on_success("a").on_failure("assistant"), assistant]).await;
    send(&lambda(&aws), "a", json!({})).await;
    assert_eq!(next(&mut records).await["responsePayload"]["errorType"], "Done");
    assert_eq!(*rounds.lock().unwrap(), 50);
}

#[tokio::test]
async fn a_process_that_copies_its_trace_header_is_stopped_after_sixteen_rounds() {
    let (assistant, mut records) = recorder("assistant");
    let aws =
        with([labourer("looping", "work").concurrency(2).on_failure("assistant"), assistant]).await;
    send(&lambda(&aws), "looping", crate::world::doing("loop")).await;
    let record = next(&mut records).await;
    assert_eq!(record["responsePayload"]["errorType"], "RecursiveInvocationException");
    idle(aws.lambda()).await;
    assert_eq!(aws.lambda().stats_of("looping").unwrap().invoked, 16);
    aws.shutdown().await;
}
