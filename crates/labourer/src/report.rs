//! The report that ends an attempt, as the worker assistant receives it.

use protocol::{
    event::Event,
    limits::MAX_RESULT,
    raw::{self, Object},
    report::{self, Report, block::INVALID_ANSWER, size},
};

use crate::{
    block,
    outcome::{BlockOutcome, Done, Failure, Outcome, TaskOutcomes},
};

/// The report for the outcomes of an event's tasks.
pub fn of(event: &Event, outcomes: BlockOutcome) -> Report {
    let report = match outcomes.and_then(|outcomes| known(event, outcomes)) {
        Err(failure) => of_single(event, Err(failure)),
        Ok(outcomes) if event.is_block() => block::report(event, outcomes),
        Ok(mut outcomes) => of_single(event, outcomes.take(&event.task_id)),
    };
    let sosw = event.sosw.clone().unwrap_or_default();
    Report {
        labourer_id: Some(event.labourer_id.clone()),
        claim: sosw.claim,
        members: sosw.members,
        ..report
    }
}

/// A result too large to be stored is a failure.
fn of_single(event: &Event, outcome: Outcome) -> Report {
    let task_id = event.task_id.clone();
    match outcome.and_then(within_limit) {
        Ok((stats, result)) => {
            Report { stats, result, ..Report::new(task_id, report::Outcome::Success) }
        }
        Err(failure) => {
            let failure = report::Failure::from(failure).within_limits();
            Report::new(task_id, report::Outcome::Failure(failure))
        }
    }
}

/// A failure of a task that is not there may be meant of one that is: then none may count as done.
fn known(event: &Event, outcomes: TaskOutcomes) -> BlockOutcome {
    let members = event.members();
    let unknown = outcomes.tasks().find(|id| members.iter().all(|member| member.task_id != **id));
    match unknown {
        None => Ok(outcomes),
        Some(id) => {
            let message =
                format!("the work gave an outcome of task {id}, which is not among its tasks");
            Err(Failure::new(INVALID_ANSWER, message))
        }
    }
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
        let event = Event::read(&event.to_string()).unwrap();
        let outcomes = [(event.task_id.clone(), outcome)].into_iter().collect();
        of(&event, Ok(outcomes))
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
