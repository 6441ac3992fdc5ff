#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use rstest::rstest;

use super::*;
use crate::limits::MAX_WAIT;

fn failure_of(error_type: &str) -> Failure {
    let response = json!({ "errorType": error_type, "errorMessage": "later" });
    match outcome(record("RetriesExhausted", response)) {
        Outcome::Failure(failure) => failure,
        other => panic!("a failure, {other:?}"),
    }
}

#[rstest]
#[case::plain("Busy", "Busy", None)]
#[case::a_wish("Busy; retry_after=30", "Busy", Some(30.0))]
#[case::a_fraction("Busy; retry_after=0.5", "Busy", Some(0.5))]
#[case::the_last_one_counts("a; b; retry_after=1", "a; b", Some(1.0))]
#[case::in_words("Busy; retry_after=1h30m", "Busy", Some(5400.0))]
#[case::no_number("Busy; retry_after=soon", "Busy; retry_after=soon", None)]
#[case::negative("Busy; retry_after=-1", "Busy; retry_after=-1", None)]
#[case::not_finite("Busy; retry_after=NaN", "Busy; retry_after=NaN", None)]
#[case::centuries("Busy; retry_after=1e12", "Busy", Some(MAX_WAIT.as_secs_f64()))]
#[case::another_word("Busy; after=30", "Busy; after=30", None)]
fn the_error_type_of_a_destination_may_carry_a_wish(
    #[case] error_type: &str,
    #[case] kind: &str,
    #[case] seconds: Option<f64>,
) {
    let failure = failure_of(error_type);
    let again = seconds.map_or(Again::Usual, |s| Again::RetryAfter(Duration::from_secs_f64(s)));
    assert_eq!((failure.kind.as_str(), failure.again), (kind, again));
    assert_eq!(failure.message, "later");
}

#[test]
fn the_error_type_of_a_destination_may_snooze() {
    let failure = failure_of("Busy; snooze=600");
    let again = Again::Snooze(Duration::from_secs(600));
    assert_eq!((failure.kind.as_str(), failure.again), ("Busy", again));
}

fn success(returned: Value) -> Report {
    parsed(record("Success", returned)).unwrap()
}

#[test]
fn what_a_function_returns_is_its_result_and_the_stats_in_it_are_its_stats() {
    let report = success(json!({ "rows": 3, "stats": { "took": 1.5 } }));
    assert_eq!(json_of(&report.result), json!({ "rows": 3 }));
    assert_eq!(json_of(&report.stats), json!({ "took": 1.5 }));
}

#[test]
fn stats_that_are_no_object_stay_in_the_result() {
    let report = success(json!({ "stats": "3 of 4" }));
    assert_eq!(json_of(&report.result), json!({ "stats": "3 of 4" }));
    assert!(report.stats.is_empty());
}
