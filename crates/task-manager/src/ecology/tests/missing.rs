use rstest::rstest;

use super::*;

const WHY: &str = "no data points in 5m";

#[test]
fn the_last_value_is_held_for_fifteen_minutes_then_moderate_is_believed() {
    let mut ticks = Ticks::of(policy([metric("cpu")]));
    ticks.read([value("cpu", 10.0)]);
    for minutes in 1..15 {
        let memory = ticks.read([none("cpu")]);
        let age = format!("{minutes}m");
        assert_eq!(memory.reason, format!("4 High: cpu 10 <= 25, {age} ago: {WHY}"));
    }
    let memory = ticks.read([none("cpu")]);
    assert_eq!(memory.reason, format!("2 Moderate: cpu is missing: {WHY}"));
    assert_eq!(memory.limit, 5);
}

#[test]
fn a_metric_that_was_never_seen_is_moderate() {
    let memory = Ticks::of(policy([metric("cpu")])).read([none("cpu")]);
    assert_eq!((memory.health, memory.limit), (Health::Moderate, 5));
}

#[test]
fn a_held_value_does_not_grow_younger() {
    let mut ticks = Ticks::of(policy([metric("cpu")]));
    let seen = ticks.read([value("cpu", 10.0)]).seen;
    assert_eq!(ticks.read([none("cpu")]).seen, seen);
}

#[test]
fn a_held_value_is_written_again_before_it_is_too_old() {
    let mut ticks = Ticks::of(policy([metric("cpu")]));
    let written = ticks.read([value("cpu", 10.0)]);
    let renewing: Vec<bool> = (1..=9)
        .map(|_| ticks.read([value("cpu", 10.0)]).renews(&written, &ticks.policy.metrics))
        .collect();
    assert_eq!(renewing.iter().position(|renews| *renews), Some(7), "after 8 of 15 minutes");
    let lost = ticks.read([none("cpu")]);
    assert!(!lost.renews(&lost, &ticks.policy.metrics), "without a value there is nothing");
}

#[rstest]
#[case(Missing::Ignore)]
#[case(Missing::Status(Health::Good))]
#[case(Missing::Hold { within: Duration::ZERO, then: Health::Good })]
fn a_value_that_is_never_held_need_not_be_written_again(#[case] missing: Missing) {
    let mut ticks = Ticks::of(policy([HealthMetric { missing, ..metric("cpu") }]));
    let written = ticks.read([value("cpu", 10.0)]);
    let later = (0..100).map(|_| ticks.read([value("cpu", 10.0)])).last().expect("a tick");
    assert!(!later.renews(&written, &ticks.policy.metrics));
}

#[test]
fn an_ignored_metric_leaves_the_decision_to_the_others() {
    let ignored = HealthMetric { missing: Missing::Ignore, ..metric("cpu") };
    let mut ticks = Ticks::of(policy([ignored.clone(), metric("disk")]));
    let memory = ticks.read([none("cpu"), value("disk", 40.0)]);
    assert_eq!(memory.reason, "3 Good: disk 40 <= 50".replace("40 <= 50", "40 > 25"));
    let memory = Ticks::of(policy([ignored])).read([none("cpu")]);
    assert_eq!(memory.reason, "4 High: no metric has a value");
}

#[rstest]
#[case(Health::Bad, 0)]
#[case(Health::Good, 7)]
#[case(Health::High, 10)]
fn a_configured_status_is_believed_at_once(#[case] health: Health, #[case] limit: u32) {
    let metric = HealthMetric { missing: Missing::Status(health), ..metric("cpu") };
    let memory = Ticks::of(policy([metric])).read([none("cpu")]);
    assert_eq!((memory.health, memory.limit), (health, limit));
}

#[test]
fn what_is_missing_is_told_whatever_the_policy() {
    let ignored = HealthMetric { missing: Missing::Ignore, ..metric("cpu") };
    let memory = Ticks::of(policy([ignored, metric("disk"), metric("net")]))
        .read([none("cpu"), value("disk", 1.0)]);
    let missing: Vec<_> = memory.missing.into_iter().collect();
    let expected = [("cpu", WHY), ("net", "it was not read")];
    assert_eq!(missing, expected.map(|(name, why)| (name.to_owned(), why.to_owned())));
}

#[rstest]
#[case(f64::NAN)]
#[case(f64::INFINITY)]
fn a_value_that_is_no_number_is_missing(#[case] number: f64) {
    let memory = Ticks::of(policy([metric("cpu")])).read([value("cpu", number)]);
    assert_eq!(memory.reason, "2 Moderate: cpu is missing: its value is no number");
    assert!(memory.seen.is_empty());
}
