//! Functions whose processes do not come up: the error names the function and its command, others go on.

use std::time::Duration;

use local::lambda::{Command, Function};
use serde_json::{Value, json};

use crate::world::{body, call, echo, labourer, lambda, with};

/// The error of one call of `broken`, after which its neighbour must still work.
async fn start_error(broken: Function) -> Value {
    let aws = with([broken, echo("neighbour")]).await;
    let client = lambda(&aws);
    let answer = call(&client, "broken", json!({})).await.unwrap();
    assert_eq!(answer.function_error(), Some("Unhandled"));
    assert_eq!(body(&call(&client, "neighbour", json!(1)).await.unwrap()), json!(1));
    assert_eq!(aws.lambda().stats_of("broken").unwrap().errors, 1);
    let error = body(&answer);
    aws.shutdown().await;
    error
}

fn message(error: &Value) -> &str {
    error["errorMessage"].as_str().unwrap()
}

#[tokio::test]
async fn a_command_that_does_not_exist_is_named() {
    let error =
        start_error(Function::process("broken", Command::new("no-such-labourer").arg("-x"))).await;
    assert_eq!(error["errorType"], "Runtime.InvalidEntrypoint");
    assert!(
        message(&error).contains("function broken, `no-such-labourer -x`: No such file"),
        "{error}"
    );
}

#[tokio::test]
async fn a_directory_that_does_not_exist_is_named() {
    let command = Command::new("python3").directory("/no/such/directory");
    let error = start_error(Function::process("broken", command)).await;
    assert!(message(&error).contains("its directory /no/such/directory does not exist"), "{error}");
}

#[tokio::test]
async fn a_process_that_exits_at_its_start_is_reported_with_its_status() {
    let error = start_error(labourer("broken", "exit")).await;
    assert_eq!(error["errorType"], "Runtime.ExitError");
    assert!(message(&error).contains("Error: Runtime exited with error: exit status 1; the command of function broken, `python3 "), "{error}");
}

#[tokio::test]
async fn a_process_that_never_asks_for_work_is_ended_after_its_time_to_start() {
    let error =
        start_error(labourer("broken", "sleep").init_timeout(Duration::from_millis(300))).await;
    assert_eq!(error["errorType"], "Sandbox.Timedout");
    assert!(message(&error).contains("function broken: `python3 "), "{error}");
    assert!(message(&error).contains("did not ask for work"), "{error}");
    assert!(message(&error).ends_with("within 0.30 seconds of its start"), "{error}");
}

#[tokio::test]
async fn an_error_of_the_start_is_passed_on_as_the_runtime_reported_it() {
    let error = start_error(labourer("broken", "init-error")).await;
    assert_eq!(
        error,
        json!({ "errorType": "ImportError", "errorMessage": "No module named resize" })
    );
}

#[tokio::test]
async fn a_file_that_is_no_program_is_named() {
    let error = start_error(Function::process(
        "broken",
        Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")),
    ))
    .await;
    assert_eq!(error["errorType"], "Runtime.InvalidEntrypoint");
    assert!(message(&error).contains("Cargo.toml`: Permission denied"), "{error}");
}
