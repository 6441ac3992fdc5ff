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
use protocol::time::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json, value::to_raw_value};

use crate::{attempt::attempt, outcome::Outcome, task::Task};

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
    let report = attempt(event, Context::default(), Timestamp::from_seconds(0.0), &work).await;
    report.ok().and_then(|report| serde_json::to_value(report).ok()).unwrap_or_default()
}

/// An event as an orchestrator would send it: task `test-task`, claim `test-claim`, a lease of 900
/// seconds since 0.
pub fn event(attempt: u32, payload: Value) -> Value {
    let mut fields = match payload {
        Value::Object(fields) => fields,
        other => Map::from_iter([("payload".to_owned(), other)]),
    };
    let own = json!({
        "task_id": "test-task", "labourer_id": "test-labourer", "created_at": 0,
        "greenfield": 2000, "attempts": attempt.saturating_sub(1),
        "sosw": {"claim": "test-claim", "attempt": attempt, "expires_at": 900, "job_id": null},
    });
    if let Value::Object(own) = own {
        fields.extend(own);
    }
    Value::Object(fields)
}
