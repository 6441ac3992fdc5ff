//! The report of a block: which of its tasks failed, and what the others produced.

use protocol::{
    event::Event,
    limits::{MAX_ERROR_MESSAGE, MAX_RESULT, cut},
    raw::{self, Object},
    report::{self, MemberFailure, Report, fitting_fields, size},
};
use serde_json::{Map, Number, Value, value::to_raw_value};

use crate::outcome::TaskOutcomes;

/// The stat that counts the results that did not fit into the report.
pub const RESULTS_DROPPED: &str = "results_dropped";

/// Bytes that the failures of a block's report take together, before their texts are shortened. With
/// results, and with the request in a destination's record, it stays far below what Lambda carries.
const ROOM_FOR_FAILURES: usize = 128 * 1024;

/// The report of a block whose work was done, each task's by itself.
///
/// Its stats are the sums of the tasks' numbers. Results are kept by task id while they fit; how many do
/// not is a stat, [`RESULTS_DROPPED`]. Of many failures the traces are left out and the messages
/// cut, but each is there.
pub(crate) fn report(event: &Event, mut outcomes: TaskOutcomes) -> Report {
    let (mut stats, mut results, mut failures) = (Map::new(), Object::new(), Vec::new());
    for task_id in event.tasks.iter().map(|member| &member.task_id) {
        match outcomes.take(task_id) {
            Err(failure) => {
                let failure = report::Failure::from(failure).within_limits();
                failures.push(MemberFailure { task_id: task_id.clone(), failure });
            }
            Ok(done) => {
                add(&mut stats, done.stats);
                let result = (!done.result.is_empty()).then(|| to_raw_value(&done.result).ok());
                results.extend(result.flatten().map(|result| (task_id.to_string(), result)));
            }
        }
    }
    let (stats, results) = fitting(stats, results);
    let failures = shortened(failures);
    let report = Report::new(event.task_id.clone(), report::Outcome::Success);
    Report { failures, stats, results, ..report }
}

/// Adds the numbers of one task to those of all; what is no number is only of use with its task, and is
/// not kept.
fn add(sums: &mut Map<String, Value>, stats: Map<String, Value>) {
    for (name, value) in stats {
        let Value::Number(number) = value else { continue };
        let sum = match sums.get(&name) {
            Some(Value::Number(sum)) => plus(sum, &number),
            _ => Some(number),
        };
        sums.extend(sum.map(|sum| (name, Value::Number(sum))));
    }
}

/// Whole numbers stay whole, unless the sum is beyond them.
fn plus(a: &Number, b: &Number) -> Option<Number> {
    let whole = a.as_i64().zip(b.as_i64()).and_then(|(a, b)| a.checked_add(b));
    let sum = || Number::from_f64(a.as_f64()? + b.as_f64()?);
    whole.map(Number::from).or_else(sum)
}

/// The stats, and those results that fit beside them.
fn fitting(mut stats: Map<String, Value>, results: Object) -> (Object, Object) {
    const NOTE: usize = "\"results_dropped\":1000,".len();
    let taken = size(&raw::of_map(&stats), &Object::new()) + NOTE;
    let (results, dropped) = fitting_fields(results, &mut MAX_RESULT.saturating_sub(taken));
    if !dropped.is_empty() {
        let count = dropped.len();
        tracing::warn!(count, "results dropped: all of a block have {MAX_RESULT} bytes together");
        stats.insert(RESULTS_DROPPED.to_owned(), count.into());
    }
    (raw::of_map(&stats), results)
}

/// The failures with less text, if they are too large together: first without traces, then with the
/// messages cut to equal shares.
fn shortened(mut failures: Vec<MemberFailure>) -> Vec<MemberFailure> {
    let is_large = |failures: &[MemberFailure]| {
        serde_json::to_string(failures).is_ok_and(|json| json.len() > ROOM_FOR_FAILURES)
    };
    if is_large(&failures) {
        failures.iter_mut().for_each(|failed| failed.failure.trace = None);
    }
    if is_large(&failures) {
        let share = (ROOM_FOR_FAILURES / failures.len().max(1)).min(MAX_ERROR_MESSAGE);
        for MemberFailure { failure, .. } in &mut failures {
            failure.message = cut(&failure.message, share);
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use protocol::{ids::TaskId, limits::MAX_EVENT};
    use serde_json::json;

    use super::*;
    use crate::{
        outcome::{BlockOutcome, Done, Failure, Outcome},
        report::of,
        testing,
    };

    /// The report of a block whose tasks ended so.
    fn report_of(outcomes: impl IntoIterator<Item = Outcome>) -> Report {
        let outcomes: Vec<_> = outcomes.into_iter().collect();
        let event = testing::block(1, vec![json!({}); outcomes.len()]);
        let event = Event::read(&event.to_string()).unwrap();
        let ids = event.tasks.iter().map(|task| task.task_id.clone());
        let outcomes: BlockOutcome = Ok(ids.zip(outcomes).collect());
        of(&event, outcomes)
    }

    fn json_of(report: &Report) -> Value {
        serde_json::to_value(report).unwrap()
    }

    #[test]
    fn the_numbers_of_all_tasks_are_added_up() {
        let stats = |rows: Value, took: Value, kind: &str| {
            Ok(Done::new().stat("rows", rows).stat("took", took).stat("kind", kind))
        };
        let half = i64::MAX / 2 + 1;
        let outcomes = [
            stats(json!(1), json!(0.5), "a"),
            Err(Failure::new("K", "m")),
            stats(json!(2), json!(1), "b"),
            Ok(Done::new().stat("large", half)),
            Ok(Done::new().stat("large", half)),
        ];
        let report = json_of(&report_of(outcomes));
        assert_eq!(report["stats"], json!({"rows": 3, "took": 1.5, "large": 2.0 * half as f64}));
    }

    #[test]
    fn results_that_do_not_fit_are_dropped_with_a_note_and_no_failure_is() {
        let large = Done::new().stat("rows", 1).result(json!({"text": "x".repeat(MAX_RESULT / 4)}));
        let small = Done::new().result(json!({"rows": 3}));
        let failures = (0..100).map(|_| Err(Failure::new("K", "m")));
        let outcomes = (0..10).map(|_| Ok(large.clone())).chain([Ok(small)]).chain(failures);
        let report = report_of(outcomes);
        assert_eq!(json_of(&report)["stats"], json!({"rows": 10, "results_dropped": 7}));
        assert_eq!((report.results.len(), report.failures.len()), (4, 100));
        assert_eq!(report.results["test-task-10"].get(), r#"{"rows":3}"#);
        let kept = size(&report.stats, &report.result) + size(&report.results, &Object::new());
        assert!(kept <= MAX_RESULT);
    }

    #[test]
    fn the_largest_report_of_a_block_is_carried_by_lambda_with_every_failure_in_it() {
        let failure = Failure::new("K".repeat(200), "ä".repeat(MAX_ERROR_MESSAGE));
        let failure = failure.with_trace("x".repeat(5000));
        let report = report_of((0..1000).map(|_| Err(failure.clone())));
        assert_eq!(report.failures.len(), 1000);
        assert!(json_of(&report).to_string().len() < MAX_EVENT / 2);
        assert!(report.failures.iter().all(|failed| failed.failure.message.ends_with('…')));

        let report = report_of((0..10).map(|_| Err(failure.clone())));
        assert!(report.failures.iter().all(|failed| failed.failure.trace.is_some()));
    }

    #[test]
    fn an_outcome_of_a_task_that_is_not_there_fails_the_block() {
        let event = Event::read(&testing::block(1, vec![json!({})]).to_string()).unwrap();
        let mut outcomes = TaskOutcomes::new();
        outcomes.fail(&TaskId::new("other").unwrap(), Failure::new("K", "m"));
        let report = json_of(&of(&event, Ok(outcomes)));
        assert_eq!(report["error"]["kind"], "InvalidAnswer");
        assert!(report["error"]["message"].as_str().unwrap().contains("task other"), "{report}");
    }
}
