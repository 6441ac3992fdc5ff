use super::*;

fn ticks(min: u32) -> Ticks {
    let adaptive = Some(Adaptive { min, ..Adaptive::default() });
    Ticks::of(HealthPolicy { adaptive, ..policy([]) })
}

fn well(running: u32) -> Outcomes {
    Outcomes { succeeded: 5, running, ..Outcomes::default() }
}

fn throttled() -> Outcomes {
    Outcomes { succeeded: 5, throttled: 5, ..Outcomes::default() }
}

#[test]
fn the_limit_is_halved_by_trouble_and_grows_by_one_without() {
    let mut ticks = ticks(1);
    assert_eq!(ticks.end(well(10)).limit, 10);
    assert_eq!(ticks.end(throttled()).limit, 5);
    assert_eq!(ticks.end(throttled()).limit, 2);
    let grown: Vec<u32> = (2..=11).map(|running| ticks.end(well(running.min(10))).limit).collect();
    assert_eq!(grown, [3, 4, 5, 6, 7, 8, 9, 10, 10, 10]);
}

#[test]
fn the_limit_stays_between_min_and_max() {
    let mut ticks = ticks(3);
    let shrunk: Vec<u32> = (0..4).map(|_| ticks.end(throttled()).limit).collect();
    assert_eq!(shrunk, [5, 3, 3, 3]);
}

#[test]
fn a_limit_that_is_not_used_does_not_grow() {
    let mut ticks = ticks(1);
    ticks.end(throttled());
    assert_eq!(ticks.end(well(1)).limit, 5);
    assert_eq!(ticks.end(Outcomes { running: 5, ..Outcomes::default() }).limit, 5);
    assert_eq!(ticks.end(well(5)).limit, 6);
}

#[test]
fn failures_and_requests_to_come_later_are_trouble_beyond_the_tolerance() {
    for trouble in [
        Outcomes { succeeded: 8, failed: 2, ..Outcomes::default() },
        Outcomes { succeeded: 8, deferred: 2, ..Outcomes::default() },
    ] {
        assert_eq!(ticks(1).end(trouble).limit, 5);
    }
    let tolerable = Outcomes { succeeded: 9, failed: 1, running: 10, ..Outcomes::default() };
    assert_eq!(ticks(1).end(tolerable).limit, 10);
}

#[test]
fn the_reason_tells_of_the_limit_that_was_found() {
    let memory = ticks(1).end(throttled());
    assert_eq!(memory.reason, "4 High: no health metrics; adapted to 5 of 10 slots");
}

#[test]
fn a_lower_maximum_takes_effect_at_once() {
    let mut ticks = ticks(1);
    ticks.end(well(10));
    ticks.max = 4;
    assert_eq!(ticks.end(well(10)).limit, 4);
}
