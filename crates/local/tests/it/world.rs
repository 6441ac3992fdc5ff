//! Clients for the embedded AWS, and functions whose doings can be watched.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use aws_sdk_lambda::primitives::Blob;
use local::lambda::{Command, Function, Lambda};
use local::{Embedded, EmbeddedBuilder};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// Builds a client of one service for the URL of another's server, without retries.
macro_rules! client {
    ($sdk:ident, $url:expr) => {{
        let config = $sdk::config::Builder::new()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region($sdk::config::Region::new("us-east-1"))
            .credentials_provider($sdk::config::Credentials::new(
                "local", "local", None, None, "tests",
            ))
            .retry_config($sdk::config::retry::RetryConfig::disabled())
            .endpoint_url($url)
            .build();
        $sdk::Client::from_conf(config)
    }};
}
pub(crate) use client;

pub async fn start(builder: EmbeddedBuilder) -> Embedded {
    builder.start().await.unwrap()
}

pub async fn with(functions: impl IntoIterator<Item = Function>) -> Embedded {
    start(functions.into_iter().fold(Embedded::builder(), EmbeddedBuilder::function)).await
}

pub fn lambda(aws: &Embedded) -> aws_sdk_lambda::Client {
    let config = aws_sdk_lambda::config::Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "tests"))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(aws.lambda().url())
        .build();
    aws_sdk_lambda::Client::from_conf(config)
}

pub async fn call(
    client: &aws_sdk_lambda::Client,
    name: &str,
    payload: Value,
) -> Result<InvokeOutput, InvokeError> {
    let sent = client.invoke().function_name(name).payload(blob(&payload)).send().await;
    sent.map_err(aws_sdk_lambda::error::SdkError::into_service_error)
}

pub async fn send(client: &aws_sdk_lambda::Client, name: &str, payload: Value) -> InvokeOutput {
    let event = aws_sdk_lambda::types::InvocationType::Event;
    client
        .invoke()
        .function_name(name)
        .invocation_type(event)
        .payload(blob(&payload))
        .send()
        .await
        .unwrap()
}

pub fn blob(payload: &Value) -> Blob {
    Blob::new(payload.to_string())
}

pub fn body(output: &InvokeOutput) -> Value {
    serde_json::from_slice(output.payload().unwrap().as_ref()).unwrap()
}

/// A function that answers with its payload.
pub fn echo(name: &str) -> Function {
    Function::in_process(name, |payload, _| async move { Ok(payload) })
}

/// A function that passes every payload on to the test.
pub fn recorder(name: &str) -> (Function, mpsc::UnboundedReceiver<Value>) {
    let (seen, records) = mpsc::unbounded_channel();
    let function = Function::in_process(name, move |payload, _| {
        let seen = seen.clone();
        async move {
            let _ = seen.send(payload);
            Ok(Value::Null)
        }
    });
    (function, records)
}

/// What does not come in this time never comes.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub async fn next<T>(records: &mut mpsc::UnboundedReceiver<T>) -> T {
    tokio::time::timeout(PATIENCE, records.recv()).await.expect("in time").expect("open")
}

pub async fn idle(lambda: &Lambda) {
    tokio::time::timeout(PATIENCE, lambda.idle()).await.expect("nothing runs or waits any more");
}

/// The labourer of `labourer.py` as a function; the mode says how it behaves at its start.
pub fn labourer(name: &str, mode: &str) -> Function {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/labourer.py");
    let command = Command::new("python3").arg("-u").arg(script.display().to_string()).arg(mode);
    Function::process(name, command).timeout(Duration::from_secs(10))
}

/// Lines that processes print.
pub type Lines = Arc<Mutex<Vec<String>>>;

pub fn logged(builder: EmbeddedBuilder) -> (EmbeddedBuilder, Lines) {
    let lines = Lines::default();
    let into = Arc::clone(&lines);
    (builder.on_log(move |line| into.lock().unwrap().push(line.text)), lines)
}

/// Numbers printed as `word number`.
pub fn numbers(lines: &Lines, word: &str) -> Vec<u32> {
    let lines = lines.lock().unwrap();
    lines.iter().filter_map(|line| line.strip_prefix(word)?.trim().parse().ok()).collect()
}

/// A zombie has ended, whoever is to collect it.
pub fn lives(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state =
        stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().next()).unwrap_or("Z");
    state != "Z"
}

/// Waits for something that cannot be observed in another way.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.unwrap_or_else(|_| panic!("never came: {what}"));
}

pub fn doing(what: &str) -> Value {
    json!({ "do": what })
}
