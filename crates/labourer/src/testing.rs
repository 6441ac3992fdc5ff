//! Runs a labourer in process, without Lambda.
//!
//! ```
//! use labourer::{Done, Task, testing};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let report = testing::report(json!({"name": "Ada"}), |task: Task<serde_json::Value>, _| async move {
//!     Ok(Done::new().result(json!({"greeting": format!("Hello, {}", task.payload["name"])})))
//! })
//! .await;
//! assert_eq!(report["action"], "mark_task_as_completed");
//! # }
//! ```

use lambda_runtime::Context;
use protocol::{report::Report, time::Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json, value::to_raw_value};

use crate::{
    attempt::{Refused, attempt, attempt_block},
    outcome::{BlockOutcome, Outcome},
    task::Task,
};

/// The report of the first attempt at a task with this payload, as the worker assistant receives it.
pub async fn report<T, W, F>(payload: Value, work: W) -> Value
where
    T: DeserializeOwned,
    W: Fn(Task<T>, Context) -> F,
    F: Future<Output = Outcome>,
{
    report_of_attempt(1, payload, work).await
}

/// The report of this attempt; `null` for an event that is refused.
pub async fn report_of_attempt<T, W, F>(number: u32, payload: Value, work: W) -> Value
where
    T: DeserializeOwned,
    W: Fn(Task<T>, Context) -> F,
    F: Future<Output = Outcome>,
{
    let event = to_raw_value(&event(number, payload)).unwrap_or_default();
    written(attempt(event, Context::default(), start(), &work).await)
}

/// The report of the first attempt at a block of tasks with these payloads, with work that gets one task
/// at a time ([`run()`](crate::run())).
pub async fn report_of_each<T, W, F>(payloads: Vec<Value>, work: W) -> Value
where
    T: DeserializeOwned,
    W: Fn(Task<T>, Context) -> F,
    F: Future<Output = Outcome>,
{
    let event = to_raw_value(&block(1, payloads)).unwrap_or_default();
    written(attempt(event, Context::default(), start(), &work).await)
}

/// The report of the first attempt at a block of tasks with these payloads, with work that gets all of
/// them at once ([`run_block()`](crate::run_block())).
pub async fn report_of_block<T, W, F>(payloads: Vec<Value>, work: W) -> Value
where
    T: DeserializeOwned,
    W: Fn(Vec<Task<T>>, Context) -> F,
    F: Future<Output = BlockOutcome>,
{
    let event = to_raw_value(&block(1, payloads)).unwrap_or_default();
    written(attempt_block(event, Context::default(), start(), &work).await)
}

/// When all attempts begin, 900 s before their leases end.
fn start() -> Timestamp {
    Timestamp::from_seconds(0.0)
}

fn written(report: Result<Report, Refused>) -> Value {
    report.ok().and_then(|report| serde_json::to_value(report).ok()).unwrap_or_default()
}

/// An event as an orchestrator would send it: task `test-task`, claim `test-claim`, a lease of 900
/// seconds since 0.
pub fn event(attempt: u32, payload: Value) -> Value {
    let mut event = fields(payload);
    event.extend(own_fields(attempt));
    Value::Object(event)
}

/// The event of a block, with the tasks `test-task-0`, `test-task-1`, … of a job; all else is as
/// in [`event`].
pub fn block(attempt: u32, payloads: Vec<Value>) -> Value {
    let last = payloads.len().saturating_sub(1);
    let task = |(number, payload)| {
        let mut task = fields(payload);
        task.insert("task_id".to_owned(), format!("test-task-{number}").into());
        Value::Object(task)
    };
    let tasks: Value = payloads.into_iter().enumerate().map(task).collect();
    let mut event = own_fields(attempt);
    event.insert("tasks".to_owned(), tasks);
    if let Some(Value::Object(sosw)) = event.get_mut("sosw") {
        sosw.insert("members".to_owned(), format!("0-{last}").into());
    }
    Value::Object(event)
}

fn fields(payload: Value) -> Map<String, Value> {
    match payload {
        Value::Object(fields) => fields,
        other => Map::from_iter([("payload".to_owned(), other)]),
    }
}

fn own_fields(attempt: u32) -> Map<String, Value> {
    fields(json!({
        "task_id": "test-task", "labourer_id": "test-labourer", "created_at": 0,
        "greenfield": 2000, "attempts": attempt.saturating_sub(1),
        "sosw": {"claim": "test-claim", "attempt": attempt, "expires_at": 900, "job_id": null},
    }))
}
