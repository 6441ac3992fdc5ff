//! Whose turn it is.

use task_manager::resource::{Uses, Weights, rate::RateWait};

use super::*;

fn labourer(name: &str, rates: &[&str]) -> Labourer {
    let id = |name: &&str| (ResourceId::new(*name).unwrap(), 1);
    let uses = Uses { permits: Weights::new(), rates: rates.iter().map(id).collect() };
    Labourer { uses, ..Labourer::new(LabourerId::new(name).unwrap()) }
}

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn waiter<'a>(labourer: &'a Labourer, seconds: f64, waits_for: Option<&str>) -> Waiter<'a> {
    let waits_for = waits_for.map(|rate| ResourceId::new(rate).unwrap());
    Waiter { labourer, limit: 1, at: at(seconds), waits_for, pause: FIRST }
}

fn name(waiter: &Waiter<'_>) -> String {
    waiter.labourer.id.to_string()
}

fn order(mut group: VecDeque<Waiter<'_>>, until: f64) -> Vec<String> {
    std::iter::from_fn(|| next(&mut group, at(until)).map(|(_, waiter)| name(&waiter))).collect()
}

#[test]
fn whoever_uses_a_common_rate_is_of_one_group() {
    let all = [("a", &["x"][..]), ("b", &["y"]), ("c", &["z"]), ("d", &["y", "x"])];
    let all = all.map(|(name, rates)| labourer(name, rates));
    let groups = groups(all.iter().map(|labourer| waiter(labourer, 0.0, None)).collect());
    let names: Vec<Vec<_>> = groups.iter().map(|group| group.iter().map(name).collect()).collect();
    assert_eq!(names, [vec!["c"], vec!["a", "b", "d"]]);
}

#[test]
fn nobody_takes_of_a_rate_that_one_before_them_waits_for() {
    let [a, b, c] =
        [("a", "x"), ("b", "x"), ("c", "y")].map(|(name, rate)| labourer(name, &[rate]));
    let waits = || [waiter(&a, 3.0, Some("x")), waiter(&b, 1.0, None), waiter(&c, 2.0, None)];
    assert_eq!(order(waits().into(), 10.0), ["c", "a", "b"]);
    assert_eq!(order(waits().into(), 3.0), ["c"], "what comes later is left to another tick");
}

#[test]
fn one_that_waits_for_a_slot_keeps_nobody_from_their_tokens() {
    let [a, b] = ["a", "b"].map(|name| labourer(name, &["x"]));
    assert_eq!(order([waiter(&a, 3.0, None), waiter(&b, 1.0, None)].into(), 10.0), ["b", "a"]);
}

#[test]
fn who_finds_no_slot_looks_again_less_and_less_often_and_who_finds_no_task_does_not() {
    let a = labourer("a", &["x"]);
    let (no_slot, mut pauses) =
        (Started { used_all_slots: true, ..Started::default() }, Vec::new());
    let mut one = waiter(&a, 0.0, None);
    for _ in 0..5 {
        one = one.after(&no_slot, false, at(0.0)).unwrap();
        pauses.push(one.at.since(at(0.0)).as_millis());
    }
    assert_eq!(pauses, [200, 400, 800, 1000, 1000]);
    assert!(one.after(&Started::default(), false, at(0.0)).is_none());
}

#[test]
fn who_meets_trouble_tries_again_less_and_less_often_until_it_meets_none() {
    let a = labourer("a", &["x"]);
    let throttled = Started { throttled: 1, batches: 1, ..Started::default() };
    let some = Started { invoked: 1, batches: 1, ..Started::default() };
    let (mut one, mut pauses) = (waiter(&a, 0.0, None), Vec::new());
    for started in
        [&throttled, &throttled, &throttled, &throttled, &throttled, &throttled, &some, &throttled]
    {
        one = one.after(started, !started.met_trouble(), at(0.0)).unwrap();
        pauses.push(one.at.since(at(0.0)).as_secs());
    }
    assert_eq!(pauses, [1, 2, 4, 8, 15, 15, 0, 1]);
    let refused = Started { refused: 1, batches: 1, ..Started::default() };
    assert!(one.after(&refused, false, at(0.0)).is_none(), "the function is no more");
}

#[test]
fn who_is_paused_is_left_to_the_next_tick() {
    let a = labourer("a", &["x"]);
    let wait =
        |paused| RateWait { resource: ResourceId::new("x").unwrap(), until: at(5.0), paused };
    let waits = |paused| Started { waits_for_rate: Some(wait(paused)), ..Started::default() };
    let one = waiter(&a, 0.0, None).after(&waits(false), false, at(0.0)).unwrap();
    assert_eq!((one.at, one.waits_for.is_some()), (at(5.0), true));
    assert!(one.after(&waits(true), false, at(0.0)).is_none());
}
