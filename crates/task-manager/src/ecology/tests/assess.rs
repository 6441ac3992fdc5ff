use proptest::{collection::vec, prelude::*};

use super::*;

#[test]
fn the_worst_metric_decides() {
    let mut ticks = Ticks::of(policy([metric("cpu"), metric("disk"), metric("net")]));
    let memory = ticks.read([value("cpu", 1.0), value("disk", 61.3), value("net", 30.0)]);
    assert_eq!(memory.reason, "2 Moderate: disk 61.3 > 50");
    assert_eq!((memory.health, memory.limit), (Health::Moderate, 5));
}

#[test]
fn a_labourer_without_metrics_is_well() {
    let memory = Ticks::of(policy([])).read([]);
    assert_eq!((memory.reason.as_str(), memory.limit), ("4 High: no health metrics", 10));
}

#[test]
fn health_falls_at_once_and_rises_one_step_a_tick() {
    let mut ticks = Ticks::of(policy([metric("cpu")]));
    let mut reason = |cpu| ticks.read([value("cpu", cpu)]).reason;
    assert_eq!(reason(10.0), "4 High: cpu 10 <= 25");
    assert_eq!(reason(90.0), "0 Bad: cpu 90 > 75");
    assert_eq!(reason(10.0), "1 Poor, rising to 4 High: cpu 10 <= 25");
    assert_eq!(reason(10.0), "2 Moderate, rising to 4 High: cpu 10 <= 25");
    assert_eq!(reason(40.0), "3 Good: cpu 40 > 25");
    assert_eq!(reason(10.0), "4 High: cpu 10 <= 25");
}

#[test]
fn how_fast_health_changes_is_configurable() {
    let steps = Steps { rise: 4, fall: 1 };
    let mut ticks = Ticks::of(HealthPolicy { steps, ..policy([metric("cpu")]) });
    let mut reason = |cpu| ticks.read([value("cpu", cpu)]).reason;
    assert_eq!(reason(10.0), "4 High: cpu 10 <= 25");
    assert_eq!(reason(90.0), "3 Good, falling to 0 Bad: cpu 90 > 75");
    assert_eq!(reason(90.0), "2 Moderate, falling to 0 Bad: cpu 90 > 75");
    assert_eq!(reason(10.0), "4 High: cpu 10 <= 25");
}

#[test]
fn the_first_tick_believes_what_it_sees() {
    let memory = Ticks::of(policy([metric("cpu")])).read([value("cpu", 90.0)]);
    assert_eq!((memory.health, memory.limit), (Health::Bad, 0));
}

#[test]
fn the_last_ten_changes_are_remembered_with_their_times() {
    let mut ticks = Ticks::of(policy([metric("cpu")]));
    ticks.read([value("cpu", 10.0)]);
    let memory = ticks.read([value("cpu", 12.0)]);
    assert_eq!(memory.since, start(), "a new value is no change");
    assert_eq!(memory.changes.len(), 1);
    let memory = ticks.read([value("cpu", 61.3)]);
    let last = memory.changes.last().expect("a change");
    assert_eq!((last.at, last.health, last.limit), (start() + 2 * MINUTE, Health::Moderate, 5));
    assert_eq!(last.reason, "2 Moderate: cpu 61.3 > 50");
    for _ in 0..20 {
        ticks.read([value("cpu", 90.0)]);
        ticks.read([value("cpu", 10.0)]);
    }
    assert_eq!(ticks.memory.expect("a memory").changes.len(), 10);
}

#[test]
fn a_tick_that_decides_nothing_new_need_not_be_written() {
    let mut ticks = Ticks::of(policy([metric("cpu")]));
    let first = ticks.read([value("cpu", 10.0)]);
    let second = ticks.read([value("cpu", 12.0)]);
    assert!(second.decides_as(&first));
    let third = ticks.read([none("cpu")]);
    assert!(!third.decides_as(&second), "that data is missing is news");
    assert!(!ticks.read([value("cpu", 90.0)]).decides_as(&third));
}

#[test]
fn a_metric_that_left_the_config_is_forgotten() {
    let mut ticks = Ticks::of(policy([metric("cpu"), metric("disk")]));
    ticks.read([value("cpu", 10.0), value("disk", 10.0)]);
    ticks.policy = policy([metric("cpu")]);
    let memory = ticks.read([value("cpu", 10.0), value("disk", 10.0)]);
    assert_eq!(memory.seen.keys().collect::<Vec<_>>(), ["cpu"]);
}

#[test]
fn a_memory_survives_the_row() {
    let breaker = Some(Breaker::default());
    let adaptive = Some(Adaptive::default());
    let policy = HealthPolicy { breaker, adaptive, ..policy([metric("cpu"), metric("disk")]) };
    let mut ticks = Ticks::of(policy);
    let outcomes = Outcomes { succeeded: 3, failed: 1, ..Outcomes::default() };
    let memory = ticks.next([value("cpu", 61.25), none("disk")], outcomes);
    assert_eq!(Memory::from_text(&memory.to_text()), Some(memory));
}

#[test]
fn a_row_without_readable_memory_starts_anew() {
    for text in ["", "null", "{}", "{\"health\": 7}", "[1"] {
        assert_eq!(Memory::from_text(text), None);
    }
}

#[test]
fn a_memory_of_an_older_version_is_read() {
    let text = r#"{"health": 3, "limit": 7, "reason": "3 Good", "since": 5, "extra": 1}"#;
    let memory = Memory::from_text(text).expect("a memory");
    assert_eq!((memory.health, memory.breaker), (Health::Good, BreakerState::default()));
}

fn any_outcomes() -> impl Strategy<Value = Outcomes> {
    [any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()].prop_map(
        |[succeeded, failed, throttled, deferred, running]| Outcomes {
            succeeded,
            failed,
            throttled,
            deferred,
            running,
        },
    )
}

proptest! {
    #[test]
    fn the_limit_never_exceeds_the_promise_and_the_reason_is_one_line(
        max in 1..10_000u32,
        min in 1..20_000u32,
        ticks in vec((any::<f64>(), any_outcomes()), 1..30),
    ) {
        let policy = HealthPolicy {
            breaker: Some(Breaker::default()),
            adaptive: Some(Adaptive { min, ..Adaptive::default() }),
            ..policy([metric("cpu")])
        };
        let mut minutes = Ticks { max, ..Ticks::of(policy) };
        for (cpu, outcomes) in ticks {
            let memory = minutes.next([value("cpu", cpu)], outcomes);
            prop_assert!(memory.limit <= Coefficients::SOSW.slot_limit(max, memory.health));
            prop_assert_eq!(memory.reason.lines().count(), 1);
            prop_assert!(memory.changes.len() <= 10);
            prop_assert!(Memory::from_text(&memory.to_text()).is_some());
        }
    }
}
