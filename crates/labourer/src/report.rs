//! The report that ends an attempt: what the worker-assistant is told.

use std::{fmt, time::Duration};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    outcome::{Again, Done, Failure, Outcome},
    task::Task,
};

/// Stats and result together, as JSON text. With the largest payload and the last errors they
/// still fit into one item of the table of closed tasks.
pub const MOST_BYTES: usize = 64 * 1024;

const LONGEST_WAIT: u64 = 365 * 24 * 3600;
const MOST_OF_A_KIND: usize = 200;
const MOST_OF_A_MESSAGE: usize = 2 * 1024;
const MOST_OF_A_TRACE: usize = 4 * 1024;

/// Which attempt a report ends.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Origin {
    task_id: String,
    labourer_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<String>,
}

impl<T> From<&Task<T>> for Origin {
    fn from(task: &Task<T>) -> Self {
        Self {
            task_id: task.id.clone(),
            labourer_id: task.labourer_id.clone(),
            claim: task.claim.clone(),
        }
    }
}

/// The message to the worker-assistant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    #[serde(flatten)]
    origin: Origin,
    #[serde(flatten)]
    verdict: Verdict,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "action")]
enum Verdict {
    #[serde(rename = "mark_task_as_completed")]
    Completed {
        #[serde(skip_serializing_if = "Map::is_empty")]
        stats: Map<String, Value>,
        #[serde(skip_serializing_if = "Map::is_empty")]
        result: Map<String, Value>,
    },
    #[serde(rename = "mark_task_as_failed")]
    Failed {
        error: ReportedError,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        snooze: Option<u64>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct ReportedError {
    kind: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
}

impl Report {
    /// The report of what the work came to. A result too large to be kept is a failure.
    pub fn of(origin: Origin, outcome: Outcome) -> Self {
        let verdict = match outcome.and_then(within_limit) {
            Ok(Done { stats, result }) => Verdict::Completed { stats, result },
            Err(failure) => failed(&failure),
        };
        Self { origin, verdict }
    }

    /// The task it is about.
    pub fn task_id(&self) -> &str {
        &self.origin.task_id
    }

    /// What the function itself returns.
    ///
    /// It always says the same as the report, however the report travels: a destination that is
    /// configured beside reports to the assistant may repeat a report, but never contradict it.
    pub fn returned(&self) -> Result<Value, FunctionError> {
        match &self.verdict {
            Verdict::Completed { stats, result } => Ok(returned(stats, result)),
            Verdict::Failed { error, retry_after, snooze } => {
                let mut kind = error.kind.clone();
                for (name, seconds) in [("retry_after", retry_after), ("snooze", snooze)] {
                    if let Some(seconds) = seconds {
                        kind = format!("{kind}; {name}={seconds}");
                    }
                }
                Err(FunctionError { kind, message: error.message.clone() })
            }
        }
    }
}

/// How an invocation fails: Lambda's `errorType` and `errorMessage`.
///
/// A destination carries nothing else, so the type says when to try again, too:
/// `RateLimited; retry_after=30`, `Snoozed; snooze=600`.
#[derive(Clone, PartialEq)]
pub struct FunctionError {
    /// `errorType`.
    pub kind: String,
    /// `errorMessage`.
    pub message: String,
}

impl From<FunctionError> for lambda_runtime::Diagnostic {
    fn from(error: FunctionError) -> Self {
        Self { error_type: error.kind, error_message: error.message }
    }
}

// The runtime logs this, and the message is logged already where the work ended.
impl fmt::Debug for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)
    }
}

fn returned(stats: &Map<String, Value>, result: &Map<String, Value>) -> Value {
    let mut value = result.clone();
    if !stats.is_empty() {
        value.insert("stats".to_owned(), Value::Object(stats.clone()));
    }
    Value::Object(value)
}

/// What is returned is the larger form of the two, by a few bytes.
fn within_limit(done: Done) -> Outcome {
    let bytes = returned(&done.stats, &done.result).to_string().len();
    if bytes <= MOST_BYTES {
        return Ok(done);
    }
    Err(Failure::new(
        "ResultTooLarge",
        format!(
            "stats and result are {bytes} bytes of JSON, and {MOST_BYTES} are kept; store what is \
             large elsewhere and report where it is"
        ),
    ))
}

fn failed(failure: &Failure) -> Verdict {
    let (retry_after, snooze) = match failure.when() {
        Again::Usual => (None, None),
        Again::RetryAfter(delay) => (Some(whole_seconds(delay)), None),
        Again::Snooze(delay) => (None, Some(whole_seconds(delay))),
    };
    let error = ReportedError {
        kind: cut(failure.kind(), MOST_OF_A_KIND),
        message: cut(failure.message(), MOST_OF_A_MESSAGE),
        trace: failure.trace().map(|trace| cut(trace, MOST_OF_A_TRACE)),
    };
    Verdict::Failed { error, retry_after, snooze }
}

/// Rounded up, for earlier than asked would be too early; and no later than the assistant accepts.
fn whole_seconds(delay: Duration) -> u64 {
    delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0)).min(LONGEST_WAIT)
}

fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(most);
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(outcome: Outcome) -> Report {
        let task = Task::from_event(json!({
            "task_id": "t1", "labourer_id": "words", "sosw": {"claim": "c1", "attempt": 1}
        }));
        Report::of(Origin::from(&task.unwrap()), outcome)
    }

    #[test]
    fn a_success_carries_stats_and_result() {
        let report = report(Ok(Done::new().stat("rows", 12).result(json!({"file": "a.csv"}))));
        assert_eq!(
            serde_json::to_value(&report).unwrap(),
            json!({
                "action": "mark_task_as_completed", "task_id": "t1", "labourer_id": "words",
                "claim": "c1", "stats": {"rows": 12}, "result": {"file": "a.csv"},
            })
        );
        assert_eq!(report.returned(), Ok(json!({"file": "a.csv", "stats": {"rows": 12}})));
    }

    #[test]
    fn a_failure_carries_its_error_and_when_to_come_back() {
        let failure = Failure::retry_after(Duration::from_millis(1200), "busy");
        let report = report(Err(failure));
        assert_eq!(
            serde_json::to_value(&report).unwrap(),
            json!({
                "action": "mark_task_as_failed", "task_id": "t1", "labourer_id": "words",
                "claim": "c1", "error": {"kind": "RetryAfter", "message": "busy"},
                "retry_after": 2,
            })
        );
        assert_eq!(report.returned().unwrap_err().kind, "RetryAfter; retry_after=2");
    }

    #[test]
    fn a_snooze_is_told_apart_from_a_retry() {
        let report = report(Err(Failure::snooze(Duration::from_secs(600), "no file yet")));
        let message = serde_json::to_value(&report).unwrap();
        assert_eq!((message.get("snooze"), message.get("retry_after")), (Some(&json!(600)), None));
        assert_eq!(report.returned().unwrap_err().kind, "Snoozed; snooze=600");
    }

    #[test]
    fn nobody_waits_longer_than_the_assistant_accepts() {
        let report = report(Err(Failure::retry_after(Duration::MAX, "never")));
        assert_eq!(serde_json::to_value(&report).unwrap()["retry_after"], 31_536_000);
    }

    #[test]
    fn a_result_too_large_to_be_kept_is_refused_before_it_is_sent() {
        let most = "x".repeat(MOST_BYTES - r#"{"a":""}"#.len());
        let message = serde_json::to_value(report(Ok(Done::new().result(json!({"a": most})))));
        assert_eq!(message.unwrap()["action"], "mark_task_as_completed");

        let more = Done::new().result(json!({"a": most})).stat("rows", 1);
        let message = serde_json::to_value(report(Ok(more))).unwrap();
        assert_eq!(message["action"], "mark_task_as_failed");
        assert_eq!(message["error"]["kind"], "ResultTooLarge");
        assert!(message["error"]["message"].as_str().unwrap().contains("65555 bytes"), "{message}");
    }

    #[test]
    fn a_long_error_is_cut_between_characters() {
        let text = cut(&"ä".repeat(MOST_OF_A_MESSAGE), MOST_OF_A_MESSAGE - 1);
        assert!(text.ends_with("ä…") && text.len() < MOST_OF_A_MESSAGE + 4);
    }
}
