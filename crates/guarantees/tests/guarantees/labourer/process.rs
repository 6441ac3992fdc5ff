//! A labourer as it runs: a process that speaks Lambda's Runtime API.

use std::{path::PathBuf, time::Duration};

use labourer::{Timestamp, testing};
use local::{
    Embedded,
    lambda::{Command, Function},
};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// The example, which cargo builds beside the tests.
fn example() -> String {
    let tests = std::env::current_exe().unwrap();
    let built: PathBuf = tests.ancestors().nth(2).unwrap().join("examples/words");
    assert!(built.exists(), "build it first: cargo build --workspace --examples");
    built.to_string_lossy().into_owned()
}

/// The example as function `words`, and what its worker-assistant receives.
async fn world(settings: impl Fn(Function) -> Function) -> (Embedded, UnboundedReceiver<Value>) {
    let (sender, received) = unbounded_channel();
    let words = Function::process("words", Command::new(example()))
        .timeout(Duration::from_secs(30))
        .env("SOSW_WORKER_ASSISTANT", "the_assistant")
        .retries(0);
    let assistant = Function::in_process("the_assistant", move |report, _| {
        sender.send(report).unwrap();
        std::future::ready(Ok(Value::Null))
    });
    let world = Embedded::builder().function(settings(words)).function(assistant);
    (world.start().await.unwrap(), received)
}

fn event(corpus: &tempfile::TempDir) -> Value {
    std::fs::write(corpus.path().join("a.md"), "a lease is a lease\n").unwrap();
    let mut event = testing::event(
        1,
        json!({
            "words": ["lease"], "corpus": corpus.path(), "results": corpus.path().join("results"),
        }),
    );
    event["sosw"]["expires_at"] = json!(Timestamp::now().seconds() + 900.0);
    event
}

async fn next(received: &mut UnboundedReceiver<Value>) -> Value {
    let report = tokio::time::timeout(Duration::from_secs(30), received.recv());
    report.await.expect("a report").unwrap()
}

#[tokio::test]
async fn a_labourer_reports_to_the_assistant_by_itself() {
    let (world, mut received) = world(|words| words).await;
    let corpus = tempfile::tempdir().unwrap();
    world.lambda().send("words", &event(&corpus)).unwrap();
    let report = next(&mut received).await;
    assert_eq!(report["action"], "mark_task_as_completed");
    assert_eq!(report["stats"], json!({"files_read": 1, "occurrences": 2}));

    let mut failing = event(&corpus);
    failing["fail_once"] = json!(["lease"]);
    world.lambda().send("words", &failing).unwrap();
    let report = next(&mut received).await;
    assert_eq!(report["action"], "mark_task_as_failed");
    assert_eq!(report["claim"], "test-claim");
    assert_eq!(report["error"]["kind"], "AskedToFail");
    world.shutdown().await;
}

#[tokio::test]
async fn a_labourer_with_destinations_reports_once_and_by_them() {
    let (world, mut received) = world(|words| {
        words
            .env("SOSW_REPORTS", "destinations")
            .on_success("the_assistant")
            .on_failure("the_assistant")
    })
    .await;
    let corpus = tempfile::tempdir().unwrap();
    world.lambda().send("words", &event(&corpus)).unwrap();
    let record = next(&mut received).await;
    assert_eq!(record["requestContext"]["condition"], "Success");
    assert_eq!(record["requestPayload"]["sosw"]["claim"], "test-claim");
    assert_eq!(record["responsePayload"]["stats"]["occurrences"], 2);

    let mut late = event(&corpus);
    late["sosw"]["expires_at"] = json!(1);
    world.lambda().send("words", &late).unwrap();
    let record = next(&mut received).await;
    assert_eq!(record["responsePayload"]["errorType"], "LeaseHasPassed");

    world.lambda().idle().await;
    assert!(received.try_recv().is_err());
    world.shutdown().await;
}
