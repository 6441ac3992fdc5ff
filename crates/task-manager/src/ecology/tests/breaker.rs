use super::*;

fn ticks() -> Ticks {
    let breaker = Some(Breaker { threshold: 0.5, window: 20, minimum: 5 });
    Ticks::of(HealthPolicy { breaker, ..policy([]) })
}

fn ended(succeeded: u32, failed: u32) -> Outcomes {
    Outcomes { succeeded, failed, ..Outcomes::default() }
}

#[test]
fn a_failing_labourer_is_left_with_a_probe_and_recovers_by_itself() {
    let mut ticks = ticks();
    assert_eq!(ticks.end(ended(10, 0)).limit, 10);
    assert_eq!(ticks.end(ended(2, 8)).limit, 10);
    assert_eq!(ticks.end(ended(0, 10)).limit, 1);
    assert_eq!(ticks.end(ended(0, 1)).limit, 1);
    assert_eq!(ticks.end(Outcomes::default()).limit, 1);
    assert_eq!(ticks.end(ended(1, 0)).limit, 2);
    assert_eq!(ticks.end(ended(2, 0)).limit, 4);
    assert_eq!(ticks.end(ended(4, 0)).limit, 8);
    assert_eq!(ticks.end(ended(8, 0)).limit, 10);
    assert_eq!(ticks.end(ended(0, 4)).limit, 10, "what failed before is forgotten");
}

#[test]
fn a_probe_that_fails_on_the_way_back_starts_again_with_one() {
    let mut ticks = ticks();
    ticks.end(ended(0, 10));
    assert_eq!(ticks.end(ended(1, 0)).limit, 2);
    assert_eq!(ticks.end(ended(2, 0)).limit, 4);
    assert_eq!(ticks.end(ended(1, 3)).limit, 1);
}

#[test]
fn the_threshold_itself_trips() {
    assert_eq!(ticks().end(ended(6, 5)).limit, 10);
    assert_eq!(ticks().end(ended(5, 5)).limit, 1);
}

#[test]
fn too_few_attempts_are_not_judged() {
    let mut ticks = ticks();
    assert_eq!(ticks.end(ended(0, 4)).limit, 10);
    assert_eq!(ticks.end(ended(0, 1)).limit, 1, "but they are remembered");
}

#[test]
fn only_the_latest_attempts_count() {
    let mut ticks = ticks();
    ticks.end(ended(1_000_000, 0));
    assert_eq!(ticks.end(ended(0, 9)).limit, 10);
    assert_eq!(ticks.end(ended(0, 2)).limit, 1);
}

#[test]
fn throttles_count_as_failures() {
    let throttled = Outcomes { throttled: 5, ..Outcomes::default() };
    assert_eq!(ticks().end(throttled).limit, 1);
}

#[test]
fn the_reason_tells_of_the_probes() {
    let memory = ticks().end(ended(0, 5));
    assert_eq!(memory.reason, "4 High: no health metrics; its attempts fail, 1 of 10 slots");
}

#[test]
fn bad_health_leaves_no_slot_for_probes() {
    let breaker = Some(Breaker::default());
    let mut ticks = Ticks::of(HealthPolicy { breaker, ..policy([metric("cpu")]) });
    assert_eq!(ticks.next([value("cpu", 99.0)], ended(0, 9)).limit, 0);
}

#[test]
fn without_a_breaker_failures_change_nothing() {
    assert_eq!(Ticks::of(policy([])).end(ended(0, 1000)).limit, 10);
}
