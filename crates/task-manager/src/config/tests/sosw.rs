//! Nothing that sosw 0.7 accepted stops a stack: it means the same here, or a warning says what it
//! does not do.

use std::time::Duration;

use rstest::rstest;

use super::*;
use crate::{
    duration,
    ecology::{Comparison, Health},
    labourer::backoff::Backoff,
};

/// The only labourer of an accepted config, and its warnings without their place.
fn accepted(settings: Value) -> (Labourer, Vec<String>) {
    let (config, warnings) = read(with_labourer(settings));
    let labourer = config.labourers.into_values().next().expect("one labourer");
    let inner = |line: String| line.split_once(": ").map_or(line.clone(), |(_, text)| text.into());
    (labourer, warnings.into_iter().map(inner).collect())
}

fn metric(changes: Value) -> Value {
    let mut metric = json!({"details": {"Name": "X", "Namespace": "Y"}, "feelings": {"4": 1}});
    for (key, value) in changes.as_object().expect("an object") {
        metric[key] = value.clone();
    }
    json!({"health_metrics": {"m": metric}})
}

#[test]
fn a_labourer_without_slots_starts_nothing() {
    let (labourer, warnings) = accepted(json!({"max_simultaneous_invocations": 0, "adaptive": {}}));
    assert_eq!(labourer.max_simultaneous_invocations, 0);
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn max_duration_is_the_base_of_the_delay_after_an_expiry() {
    let after = |settings| accepted(settings).0.after_expiry;
    let linear = |seconds| Some(Backoff::Linear { base: Duration::from_secs(seconds) });
    assert_eq!(after(json!({"max_duration": 60, "duration": 30})), linear(60));
    let own = json!({"max_duration": 60, "after_expiry": {"growth": "linear", "base": 5}});
    assert_eq!(after(own), linear(5));
    assert_eq!(
        after(json!({"max_duration": 60, "after_expiry": {"growth": "linear"}})),
        linear(60)
    );
}

#[test]
fn of_two_limits_of_attempts_the_labourers_own_counts() {
    let (config, warnings) = read(json!({
        "labourers": {"resize": {"max_attempts": 5}}, "task_config": {"max_attempts_resize": 3},
    }));
    let attempts: Vec<_> = config.labourers.values().map(|l| l.max_attempts).collect();
    assert_eq!(attempts, [5]);
    let text = "labourers.resize.max_attempts: 5 counts, and not the 3 of \
        task_config.max_attempts_resize";
    assert_eq!(warnings, [text]);
}

#[rstest]
#[case(json!({"duration": 900}), 900.0 + 300.0 + 86_400.0)]
#[case(json!({}), 5400.0 + 300.0 + 86_400.0)]
#[case(json!({"duration": 604_800, "cooldown": 604_800}), 2.0 * 604_800.0 + 86_400.0)]
fn a_claim_may_move_a_task_by_no_less_than_its_lease_and_a_day(
    #[case] labourer: Value,
    #[case] least: f64,
) {
    let text = |seconds| duration::text(Duration::from_secs_f64(seconds));
    let config = |delta: f64| {
        json!({
            "labourers": {"resize": labourer},
            "task_config": {"greenfield_invocation_delta": delta},
        })
    };
    assert_eq!(good(config(least)).scale.delta, least);
    let line = format!(
        "task_config.greenfield_invocation_delta: {} is less than the longest lease and a day: \
         raise it to {} or more",
        text(least - 1.0),
        text(least)
    );
    assert_eq!(refused(config(least - 1.0)), [line]);
}

#[test]
fn feelings_without_order_or_target_are_warned_of() {
    let warnings = |feelings| accepted(metric(json!({ "feelings": feelings }))).1;
    let never = "3 Good is never felt: with <= its target must be easier than that of 4 High";
    assert_eq!(warnings(json!({"3": 20, "4": 25})), [never]);
    assert_eq!(warnings(json!({"3": 25, "4": 25})), [never]);
    let none = "no status has a target: the health is always 0 Bad";
    assert_eq!(warnings(json!({})), [none]);
    let odd = warnings(json!({"4": 25, "5": 1, "good": 2}));
    assert_eq!(odd.len(), 2);
    assert!(odd.iter().all(|line| line.contains("there is no such status")), "{odd:?}");
}

#[rstest]
#[case("eq", Comparison::Equal, Health::High)]
#[case("ne", Comparison::NotEqual, Health::Bad)]
fn operators_that_only_python_has_mean_what_they_say(
    #[case] operator: &str,
    #[case] meant: Comparison,
    #[case] health: Health,
) {
    let (labourer, _) = accepted(metric(json!({"feeling_comparison_operator": operator})));
    let feelings = labourer.health.metrics[0].feelings;
    assert_eq!((feelings.comparison, feelings.health_of(1.0)), (meant, health));
}

#[test]
fn a_time_slice_may_be_written_in_digits() {
    let details = |slice: &str| {
        let details = json!({
            "Name": "X", "Namespace": "Y", "Period": "60", "MetricAggregationTimeSlice": slice,
        });
        metric(json!({ "details": details }))
    };
    let (labourer, warnings) = accepted(details("600"));
    let query = &labourer.health.metrics[0].query;
    assert_eq!((query.period, query.slice, warnings.len()), (60, 600, 0));
    let line = "labourers.resize.health_metrics.m.details.MetricAggregationTimeSlice: got a text, \
        expected a duration from 1s to 1d, like 90s or 1h30m, or a number of seconds";
    assert_eq!(refused(with_labourer(details("soon"))), [line]);
}
