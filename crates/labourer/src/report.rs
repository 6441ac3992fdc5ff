//! The report that ends an attempt, as the worker assistant receives it.

use protocol::{
    ids::{ClaimToken, LabourerId, TaskId},
    limits::MAX_RESULT,
    raw::{self, Object},
    report::{self, Report, size},
};

use crate::{
    outcome::{Done, Failure, Outcome},
    task::Task,
};

/// Which attempt a report ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    task_id: TaskId,
    labourer_id: LabourerId,
    claim: Option<ClaimToken>,
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

/// The report for an outcome. A result too large to be stored is a failure.
pub fn of(origin: Origin, outcome: Outcome) -> Report {
    let Origin { task_id, labourer_id, claim } = origin;
    let (outcome, (stats, result)) = match outcome.and_then(within_limit) {
        Ok(done) => (report::Outcome::Success, done),
        Err(failure) => {
            let failure = report::Failure::from(failure).within_limits();
            (report::Outcome::Failure(failure), Default::default())
        }
    };
    let labourer_id = Some(labourer_id);
    Report { labourer_id, claim, stats, result, ..Report::new(task_id, outcome) }
}

/// The assistant drops what is too large: a failure with a clear kind shows the author what to change.
fn within_limit(done: Done) -> Result<(Object, Object), Failure> {
    let (stats, result) = (raw::of_map(&done.stats), raw::of_map(&done.result));
    let bytes = size(&stats, &result);
    if bytes <= MAX_RESULT {
        return Ok((stats, result));
    }
    Err(Failure::new(
        "ResultTooLarge",
        format!(
            "stats and result are {bytes} bytes of JSON, and {MAX_RESULT} are kept; store what is \
             large elsewhere and report where it is"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use protocol::limits::{MAX_ERROR_MESSAGE, MAX_WAIT};
    use serde_json::json;

    use super::*;

    fn report(outcome: Outcome) -> Report {
        let event = json!({
            "task_id": "t1", "labourer_id": "words", "sosw": {"claim": "c1", "attempt": 1}
        });
        let task = Task::from_event(&event.to_string());
        of(Origin::from(&task.unwrap()), outcome)
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
        assert_eq!(report.returned().unwrap_err().error_type, "RetryAfter; retry_after=2");
    }

    #[test]
    fn a_snooze_is_distinguished_from_a_retry() {
        let report = report(Err(Failure::snooze(Duration::from_secs(600), "no file yet")));
        let message = serde_json::to_value(&report).unwrap();
        assert_eq!((message.get("snooze"), message.get("retry_after")), (Some(&json!(600)), None));
        assert_eq!(report.returned().unwrap_err().error_type, "Snoozed; snooze=600");
    }

    #[test]
    fn no_wait_is_longer_than_the_assistant_accepts() {
        let report = report(Err(Failure::retry_after(Duration::MAX, "never")));
        assert_eq!(serde_json::to_value(&report).unwrap()["retry_after"], MAX_WAIT.as_secs());
    }

    #[test]
    fn a_result_too_large_to_be_kept_is_refused_before_it_is_sent() {
        let most = "x".repeat(MAX_RESULT - r#"{"a":""}"#.len());
        let message = serde_json::to_value(report(Ok(Done::new().result(json!({"a": most})))));
        assert_eq!(message.unwrap()["action"], "mark_task_as_completed");

        let more = Done::new().result(json!({"a": most})).stat("rows", 1);
        let message = serde_json::to_value(report(Ok(more))).unwrap();
        assert_eq!(message["action"], "mark_task_as_failed");
        assert_eq!(message["error"]["kind"], "ResultTooLarge");
        assert!(message["error"]["message"].as_str().unwrap().contains("65546 bytes"), "{message}");
    }

    #[test]
    fn a_long_error_is_cut_to_what_is_kept() {
        let report = report(Err(Failure::new("Long", "ä".repeat(MAX_ERROR_MESSAGE))));
        let message = serde_json::to_value(report).unwrap();
        let text = message["error"]["message"].as_str().unwrap();
        assert!(text.ends_with("ä…") && text.len() <= MAX_ERROR_MESSAGE, "{}", text.len());
    }
}
