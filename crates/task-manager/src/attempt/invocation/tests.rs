#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;
use crate::{
    greenfield::Greenfield,
    ids::{JobId, LabourerId, TaskId},
};

fn attempt(payload: &str) -> Attempt {
    let now = Timestamp::from_seconds(1_800_000_000.5);
    let (id, labourer) = (TaskId::new("t").unwrap(), LabourerId::new("worker").unwrap());
    let mut task = Task::new(id, labourer, now, Greenfield(2000.0), payload.into());
    task.attempts = 1;
    let token = ClaimToken::new("c").unwrap();
    Attempt { task, token, claimed_at: now, lease: Duration::from_secs(60), start_by: None }
}

fn event(attempt: &Attempt) -> Value {
    serde_json::from_str(&attempt.event(Format::Sosw, Vec::new()).to_json().unwrap()).unwrap()
}

#[test]
fn the_event_is_the_payload_with_the_tasks_own_fields_over_it() {
    let mut attempt = attempt(r#"{"a": 1, "task_id": "forged", "sosw": "forged"}"#);
    attempt.task.job_id = Some(JobId::new("j").unwrap());
    let expected = json!({
        "a": 1,
        "task_id": "t",
        "labourer_id": "worker",
        "created_at": 1_800_000_000.5,
        "greenfield": 2000,
        "attempts": 1,
        "sosw": { "claim": "c", "attempt": 2, "expires_at": 1_800_000_060.5, "job_id": "j" },
    });
    assert_eq!(event(&attempt), expected);
}

#[test]
fn a_task_without_a_creation_time_has_none_in_its_event() {
    let mut attempt = attempt("{}");
    attempt.task.created_at = None;
    assert_eq!(event(&attempt).get("created_at"), None);
}

#[test]
fn every_attempt_of_a_task_starts_a_chain_of_the_tasks_own() {
    let (one, other) = (attempt("{}"), attempt("{}"));
    assert_eq!(one.trace(), other.trace());
    let trace = one.trace();
    let header = trace.as_str();
    let root = header.strip_prefix("Root=1-6b49d200-").unwrap().strip_suffix(";Sampled=0").unwrap();
    assert!(root.len() == 24 && root.bytes().all(|digit| digit.is_ascii_hexdigit()), "{header}");
}
