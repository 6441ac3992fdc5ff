use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use task_manager::{ids::ResourceId, time::Timestamp};

use super::*;
use crate::resources::{Cause, Wait};

const NOW: f64 = 1.8e9;

fn now() -> Timestamp {
    Timestamp::from_seconds(NOW)
}

fn at(seconds: u64) -> Timestamp {
    now() + Duration::from_secs(seconds)
}

fn slots(running: u32, slots: u32, most: u32) -> Capacity {
    Capacity { running, slots, most, ..Capacity::default() }
}

fn queued(queued: u64) -> Work {
    Work { queued, ..Work::default() }
}

fn pace(rate: f64, median: u64) -> Pace {
    Pace { rate, median: Some(Duration::from_secs(median)), block_size: 1 }
}

fn of(work: &Work, capacity: &Capacity, pace: &Pace) -> Forecast {
    forecast(work, capacity, pace, now())
}

/// Seconds at the present rate, and at the limit.
fn times(forecast: &Forecast) -> [Option<u64>; 2] {
    [forecast.at_present_rate, forecast.at_limit].map(|time| time.map(|time| time.as_secs()))
}

#[test]
fn work_is_done_as_fast_as_lately_or_as_slots_and_durations_allow() {
    let half_used = of(&queued(600), &slots(4, 8, 8), &pace(1.0, 4));
    assert_eq!(times(&half_used), [Some(600), Some(300)]);
    assert_eq!(half_used.bound, Bound::Starts { free: 4 });
    let blocks = Pace { block_size: 10, ..pace(1.0, 4) };
    assert_eq!(times(&of(&queued(600), &slots(4, 8, 8), &blocks)), [Some(600), Some(30)]);
    let unknown = Pace { median: None, ..pace(1.0, 4) };
    assert_eq!(times(&of(&queued(600), &slots(4, 8, 8), &unknown)), [Some(600), Some(300)]);
    // More is done than the median allows: it is only known to 5 %.
    assert_eq!(times(&of(&queued(600), &slots(4, 4, 4), &pace(2.0, 4))), [Some(300), Some(300)]);
    // More run than may: what is done now will not go on.
    assert_eq!(times(&of(&queued(600), &slots(8, 4, 8), &pace(2.0, 4))), [Some(300), Some(600)]);
}

#[test]
fn a_job_waits_for_those_before_it() {
    let work = Work { ahead: 900, ..queued(100) };
    let forecast = of(&work, &slots(4, 4, 4), &pace(1.0, 4));
    assert_eq!((forecast.left, times(&forecast)), (100, [Some(1000), Some(1000)]));
}

#[test]
fn what_lets_nothing_start_is_named_before_what_makes_it_slow() {
    let full = Capacity { health: "2 Moderate: CPU".to_owned(), ..slots(2, 2, 16) };
    let bound = |capacity: &Capacity| of(&queued(5), capacity, &pace(1.0, 1)).bound;
    let health = Bound::Health { slots: 2, of: 16, reason: "2 Moderate: CPU".to_owned() };
    assert_eq!(bound(&full), health);
    let silent = Capacity { silent: Some(None), ..full };
    assert_eq!(bound(&silent), Bound::Silent { since: None });
    let pause = Pause { until: Some(at(60)), reason: None };
    let paused = Capacity { paused: Some(pause), ..silent };
    assert_eq!(bound(&paused), Bound::Paused { until: Some(at(60)), reason: None });
    let waiting = Work { starts_at: Some(at(30)), ..queued(5) };
    assert_eq!(of(&waiting, &paused, &pace(1.0, 1)).bound, Bound::Waiting { until: at(30) });
    let stopped = Capacity { stopped: Some("it left".to_owned()), ..paused };
    assert_eq!(
        of(&waiting, &stopped, &pace(1.0, 1)).bound,
        Bound::Stopped { reason: "it left".to_owned() }
    );
    let runs = Work { running: 5, ..Work::default() };
    assert_eq!(of(&runs, &stopped, &pace(1.0, 1)).bound, Bound::Running);
    assert_eq!(of(&Work::default(), &stopped, &pace(1.0, 1)).bound, Bound::Nothing);
}

#[test]
fn slots_lambda_and_retries_are_told_apart() {
    let bound = |work: &Work, capacity: &Capacity| of(work, capacity, &pace(1.0, 1)).bound;
    assert_eq!(bound(&queued(5), &slots(4, 4, 4)), Bound::Slots { slots: 4 });
    assert_eq!(bound(&queued(5), &slots(0, 0, 0)), Bound::Slots { slots: 0 });
    assert_eq!(
        bound(&queued(5), &slots(0, 0, 4)),
        Bound::Health { slots: 0, of: 4, reason: String::new() }
    );
    let refused = Capacity { refused: true, ..slots(2, 4, 4) };
    assert_eq!(bound(&queued(5), &refused), Bound::Lambda);
    let parked = Work { parked: 2, running: 1, next_retry: Some(at(9)), ..Work::default() };
    assert_eq!(bound(&parked, &refused), Bound::Retries { until: Some(at(9)) });
}

fn wait(cause: Cause) -> Wait {
    Wait { resource: ResourceId::new("orders-db").unwrap(), cause }
}

#[test]
fn what_a_labourer_shares_bounds_it_and_is_named() {
    let cause = Cause::Permits { used: 50, in_force: 50, most: None, lowered: None };
    let short = Capacity { waits: vec![wait(cause)], ..slots(3, 3, 10) };
    let forecast = of(&queued(60), &short, &pace(1.0, 1));
    assert_eq!(times(&forecast), [Some(60), Some(20)]);
    let text = "waits for orders-db: 50 of 50 permits are in use";
    assert_eq!(forecast.bound.to_string(), text);
    let told = serde_json::to_value(&forecast.bound).unwrap();
    let expected = json!({
        "by": "resource", "resource": "orders-db", "waits_for": "permits",
        "used": 50, "in_force": 50, "most": null, "lowered": null,
    });
    assert_eq!(told, expected);
    let cause = Cause::Resume { until: Some(at(100)), reason: None };
    let paused = Capacity { waits: vec![wait(cause)], ..slots(0, 3, 10) };
    assert_eq!(times(&of(&queued(60), &paused, &pace(1.0, 1))), [Some(160), Some(120)]);
    let cause = Cause::Resume { until: None, reason: None };
    let endless = Capacity { waits: vec![wait(cause)], ..slots(0, 3, 10) };
    assert_eq!(times(&of(&queued(60), &endless, &pace(1.0, 1))), [None, None]);
}

#[test]
fn a_rate_bounds_what_waits_for_more_tokens_than_there_are_whatever_the_slots() {
    let (limit, per, next_in) = (90, Duration::from_secs(10), Duration::ZERO);
    let cause = Cause::Tokens { limit, per, weight: 1, available: 4, next_in };
    let rated = Capacity { waits: vec![wait(cause)], rate: Some(9.0), ..slots(2, 100, 100) };
    let forecast = of(&queued(900), &rated, &pace(4.5, 1));
    assert_eq!(times(&forecast), [Some(200), Some(100)]);
    assert!(matches!(forecast.bound, Bound::Resource(_)), "{forecast:?}");
    let few = of(&queued(4), &rated, &pace(4.5, 1));
    assert_eq!(few.bound, Bound::Starts { free: 98 });
}

#[test]
fn nothing_is_done_before_it_may_start_or_is_due_again() {
    let waiting = Work { starts_at: Some(at(100)), ..queued(60) };
    assert_eq!(times(&of(&waiting, &slots(0, 4, 4), &pace(1.0, 1))), [Some(160), Some(115)]);
    let parked = Work { parked: 1, last_retry: Some(at(500)), ..Work::default() };
    assert_eq!(times(&of(&parked, &slots(0, 4, 4), &pace(1.0, 2))), [Some(502), Some(502)]);
    let endless = Capacity { paused: Some(Pause { until: None, reason: None }), ..slots(0, 4, 4) };
    assert_eq!(times(&of(&queued(60), &endless, &pace(1.0, 1))), [None, None]);
    assert_eq!(times(&of(&queued(60), &slots(0, 0, 4), &pace(1.0, 1))), [None, None]);
    assert_eq!(times(&of(&queued(60), &slots(0, 4, 4), &pace(0.0, 1))), [None, Some(15)]);
    // More than a year.
    assert_eq!(times(&of(&queued(u64::MAX), &slots(4, 4, 4), &pace(1.0, 1))), [None, None]);
}

#[test]
fn people_read_when_and_why() {
    let health = Capacity { health: "2 Moderate: CPU 61.3 > 50".to_owned(), ..slots(2, 2, 16) };
    assert_eq!(
        of(&queued(2248), &health, &pace(3.1, 1)).to_string(),
        "done in about 12m5s at 3.1 tasks/s; health allows 2 of 16 slots (2 Moderate: CPU 61.3 > 50)"
    );
    assert_eq!(of(&Work::default(), &health, &pace(3.1, 1)).to_string(), "no open tasks");
    let waiting = Work { starts_at: Some(at(0) + Duration::from_secs(60)), ..queued(60) };
    assert_eq!(
        of(&waiting, &slots(0, 4, 4), &pace(0.0, 1)).to_string(),
        "done in about 1m15s if all slots are used; it waits for its time, 2027-01-15 08:01:00Z"
    );
    let pause = Pause { until: None, reason: Some("deploy".to_owned()) };
    let paused = Capacity { paused: Some(pause), ..slots(0, 4, 4) };
    assert_eq!(
        of(&queued(60), &paused, &pace(0.0, 1)).to_string(),
        "its end is unknown; paused until it is resumed: deploy"
    );
}

#[test]
fn scripts_read_seconds_and_what_bounds_it() {
    let shown = serde_json::to_value(of(&queued(600), &slots(4, 4, 8), &pace(2.0, 2))).unwrap();
    let expected = json!({
        "left": 600, "rate": 2.0, "at_present_rate": 300.0, "at_limit": 300.0,
        "bound": { "by": "health", "slots": 4, "of": 8, "reason": "" },
    });
    assert_eq!(shown, expected);
    let nothing = serde_json::to_value(Bound::Nothing).unwrap();
    assert_eq!(nothing, json!({ "by": "nothing" }));
}

fn any_time() -> impl Strategy<Value = Option<Timestamp>> {
    proptest::option::of((-1e6..1e12).prop_map(|after| Timestamp::from_seconds(NOW + after)))
}

prop_compose! {
    fn any_work()(
        queued in any::<u64>(), running in any::<u64>(), parked in any::<u64>(), ahead in any::<u64>(),
        next_retry in any_time(), last_retry in any_time(), starts_at in any_time(),
    ) -> Work {
        Work { queued, running, parked, next_retry, last_retry, ahead, starts_at }
    }
}

prop_compose! {
    fn any_capacity()(
        running in any::<u32>(), slots in any::<u32>(), more in any::<u32>(), refused: bool,
        stopped in proptest::option::of("why"), pause in proptest::option::of(any_time()),
        silent in proptest::option::of(any_time()),
    ) -> Capacity {
        let paused = pause.map(|until| Pause { until, reason: None });
        let most = slots.saturating_add(more);
        Capacity { running, slots, most, stopped, paused, silent, refused, ..Capacity::default() }
    }
}

prop_compose! {
    fn any_pace()(
        rate in proptest::num::f64::ANY, median in proptest::option::of(any::<Duration>()), block_size in any::<u64>(),
    ) -> Pace {
        Pace { rate, median, block_size }
    }
}

proptest! {
    #[test]
    fn whatever_was_read_there_is_a_forecast(
        work in any_work(), capacity in any_capacity(), pace in any_pace()
    ) {
        let forecast = of(&work, &capacity, &pace);
        prop_assert!(forecast.rate.is_finite() && forecast.rate >= 0.0);
        prop_assert_eq!(forecast.bound == Bound::Nothing, work.open() == 0);
        prop_assert!(!forecast.to_string().contains("NaN"));
        for time in [forecast.at_present_rate, forecast.at_limit].into_iter().flatten() {
            prop_assert!(time <= LONGEST);
        }
    }

    #[test]
    fn within_the_limit_nothing_is_done_later_if_all_slots_are_used(
        work in any_work(), capacity in any_capacity(), pace in any_pace()
    ) {
        let running = capacity.running.min(capacity.slots);
        let [present, limit] = {
            let forecast = of(&work, &Capacity { running, ..capacity }, &pace);
            [forecast.at_present_rate, forecast.at_limit]
        };
        prop_assert!(present.is_none_or(|present| limit.is_some_and(|limit| limit <= present)));
    }

    #[test]
    fn more_work_is_never_done_sooner(work in any_work(), more: u32, pace in any_pace()) {
        let queued = work.queued.max(1);
        let (less, more) = (Work { queued, ..work }, Work { queued: queued.saturating_add(more.into()), ..work });
        let time = |work: &Work| of(work, &slots(4, 4, 4), &pace).at_limit;
        prop_assert!(time(&more).is_none_or(|more| time(&less).is_some_and(|less| less <= more)));
    }
}
