#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use rstest::rstest;
use serde_json::json;

use super::super::*;

/// The record of an attempt whose function ended like this.
fn record(condition: &str, response: Value) -> Report {
    let record = json!({
        "requestContext": { "condition": condition },
        "requestPayload": { "task_id": "t1", "labourer_id": "resize", "sosw": { "claim": "c1" } },
        "responsePayload": response,
    });
    parse(record).expect("a report")
}

fn failure_of(error_type: &str) -> Outcome {
    record("Unhandled", json!({ "errorType": error_type, "errorMessage": "later" })).outcome
}

#[rstest]
#[case::plain("Busy", "Busy", None)]
#[case::a_wish("Busy; retry_after=30", "Busy", Some(30.0))]
#[case::a_fraction("Busy; retry_after=0.5", "Busy", Some(0.5))]
#[case::the_last_one_counts("a; b; retry_after=1", "a; b", Some(1.0))]
#[case::no_number("Busy; retry_after=soon", "Busy; retry_after=soon", None)]
#[case::negative("Busy; retry_after=-1", "Busy; retry_after=-1", None)]
#[case::not_finite("Busy; retry_after=NaN", "Busy; retry_after=NaN", None)]
#[case::centuries("Busy; retry_after=1e12", "Busy; retry_after=1e12", None)]
#[case::another_word("Busy; after=30", "Busy; after=30", None)]
fn the_error_type_of_a_destination_may_carry_a_wish(
    #[case] error_type: &str,
    #[case] kind: &str,
    #[case] seconds: Option<f64>,
) {
    let Outcome::Failure(failure) = failure_of(error_type) else { panic!("a failure") };
    let retry_after = seconds.map(Duration::from_secs_f64);
    assert_eq!((failure.kind.as_str(), failure.retry_after), (kind, retry_after));
    assert_eq!(failure.message, "later");
}

#[test]
fn the_error_type_of_a_destination_may_snooze() {
    assert_eq!(failure_of("Busy; snooze=600"), Outcome::Snooze(Duration::from_secs(600)));
}

#[test]
fn what_a_function_returns_is_its_result_and_the_stats_in_it_are_its_stats() {
    let report = record("Success", json!({ "rows": 3, "stats": { "took": 1.5 } }));
    assert_eq!(Value::from(report.result), json!({ "rows": 3 }));
    assert_eq!(Value::from(report.stats), json!({ "took": 1.5 }));
}

#[test]
fn stats_that_are_no_object_stay_in_the_result() {
    let report = record("Success", json!({ "stats": "3 of 4" }));
    assert_eq!(Value::from(report.result), json!({ "stats": "3 of 4" }));
    assert!(report.stats.is_empty());
}

#[test]
fn a_return_value_that_is_too_large_is_replaced_by_a_word_about_it() {
    let report = record("Success", json!({ "rows": "x".repeat(MAX_RESULT), "stats": { "a": 1 } }));
    assert_eq!(report.result.keys().collect::<Vec<_>>(), ["dropped"]);
    assert!(report.stats.is_empty());
}
