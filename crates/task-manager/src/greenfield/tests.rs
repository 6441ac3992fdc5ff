#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::ids::{JobId, TaskId};

const SCALE: Scale = Scale { delta: 31_557_600.0, step: 1000.0 };

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// A time at which sosw may run, from 2017 to 2096.
fn any_now() -> impl Strategy<Value = Timestamp> {
    (1.5e9..4e9).prop_map(at)
}

fn any_lease() -> impl Strategy<Value = Duration> {
    (1_u64..100_000).prop_map(Duration::from_secs)
}

/// A place anywhere, or as close to a border between two phases as numbers are.
fn any_place(now: Timestamp, lease: Duration) -> impl Strategy<Value = Greenfield> {
    let near = |border: f64| {
        (-3_i64..=3)
            .prop_map(move |ulps| f64::from_bits(border.to_bits().wrapping_add_signed(ulps)))
    };
    let lease_ends = Greenfield::claimed_at(now - lease, SCALE).0;
    let claims = (0..10_000_000_u64).prop_map(move |micros| {
        Greenfield::claimed_at(now - Duration::from_micros(micros), SCALE).0
    });
    prop_oneof![-1e9..1e10, near(now.seconds()), near(lease_ends), claims].prop_map(Greenfield)
}

fn any_moment() -> impl Strategy<Value = (Timestamp, Duration, Greenfield)> {
    (any_now(), any_lease())
        .prop_flat_map(|(now, lease)| (Just(now), Just(lease), any_place(now, lease)))
}

/// A random id, of a creator who does not know the others.
fn any_id() -> impl Strategy<Value = TaskId> {
    any::<u64>().prop_map(id)
}

fn id(n: u64) -> TaskId {
    TaskId::of_job(&JobId::new("job").unwrap(), n)
}

fn first(count: usize, places: Places) -> Vec<Greenfield> {
    (0..count as u64).map(|n| places.of(n)).collect()
}

fn is_ascending(places: &[Greenfield]) -> bool {
    places.is_sorted_by(|a, b| a < b)
}

proptest! {
    #[test]
    fn every_greenfield_is_in_exactly_the_range_of_its_phase((now, lease, place) in any_moment()) {
        let phase = place.phase(now, lease, SCALE);
        let is_in = |range: KeyRange| range.contains(place);
        prop_assert_eq!(is_in(KeyRange::queued(now)), phase == Phase::Queued);
        prop_assert_eq!(is_in(KeyRange::invoked(now)), phase != Phase::Queued);
        let is_running = matches!(phase, Phase::Running { .. });
        prop_assert_eq!(is_in(KeyRange::running(now, lease, SCALE)), is_running);
        let is_expired = matches!(phase, Phase::Expired { .. });
        prop_assert_eq!(is_in(KeyRange::expired(now, lease, SCALE)), is_expired);
    }

    #[test]
    fn a_lease_lasts_from_the_claim_until_its_end_is_past(
        now in any_now(), lease in any_lease(), age in 0..200_000_000_000_u64,
    ) {
        let since = now - Duration::from_micros(age);
        let claimed = Greenfield::claimed_at(since, SCALE);
        let is_over = now > since + lease;
        let expected = if is_over { Phase::Expired { since } } else { Phase::Running { since } };
        prop_assert_eq!(claimed.phase(now, lease, SCALE), expected);
        let expired_at = claimed.expired_at(now, lease, SCALE);
        prop_assert_eq!(expired_at, is_over.then(|| since + lease));
    }

    #[test]
    fn what_is_queued_is_before_a_place_or_from_it_on((now, lease, place) in any_moment()) {
        let other = Greenfield(now.seconds() - 1.0);
        let is_queued = place.phase(now, lease, SCALE) == Phase::Queued;
        prop_assert_eq!(KeyRange::queued_from(other, now).contains(place), is_queued && place >= other);
        prop_assert_eq!(KeyRange::before(other).contains(place), place < other);
    }

    #[test]
    fn no_range_ends_before_it_begins(now in any_now(), place in -1e9..1e10) {
        for lease in [Duration::ZERO, Duration::from_secs(1_000_000_000)] {
            let expired = KeyRange::expired(now, lease, SCALE);
            for range in [expired, KeyRange::queued_from(Greenfield(place), now)] {
                let KeyRange::Between(from, to) = range else { continue };
                prop_assert!(from <= to);
            }
        }
    }

    #[test]
    fn a_claimed_task_runs_for_its_lease_and_is_expired_from_then_on(
        now in any_now(), lease in any_lease(), share in 0.0..1.0,
    ) {
        let claimed = Greenfield::claimed_at(now, SCALE);
        let phase = |later: Duration| claimed.phase(now + later, lease, SCALE);
        let since = now;
        prop_assert_eq!(phase(lease.mul_f64(share)), Phase::Running { since });
        prop_assert_eq!(phase(lease), Phase::Running { since });
        prop_assert_eq!(phase(lease + Duration::from_micros(1)), Phase::Expired { since });
        prop_assert_eq!(phase(lease * 10), Phase::Expired { since });
    }

    #[test]
    fn new_tasks_stand_behind_the_newest_in_order_and_in_the_past(
        newest in prop::option::of(-1e9..1.0), now in any_now(), count in 1_usize..3000,
        id in any_id(),
    ) {
        // The newest stands anywhere below now, down to a second.
        let newest = newest.map(|share: f64| Greenfield((now.seconds() - 1.0) * share));
        let places = Places::behind(newest, now, count as u64, id.as_str(), SCALE);
        let places = first(count, places);
        prop_assert!(is_ascending(&places));
        prop_assert!(newest.is_none_or(|newest| newest < places[0]));
        prop_assert!(places[count - 1].0 < now.seconds());
    }

    #[test]
    fn requeued_tasks_stand_before_the_oldest(
        oldest in prop::option::of(-1e9..1e9), count in 1_u64..100_000, id in any_id(),
    ) {
        let oldest = oldest.map(Greenfield);
        let places = Places::before(oldest, count, id.as_str(), SCALE);
        prop_assert!(oldest.is_none_or(|oldest| places.of(count - 1) < oldest));
    }
}

#[test]
fn an_empty_queue_starts_at_2000_with_steps_of_1000() {
    let places = first(3, Places::behind(None, at(1.8e9), 3, id(0).as_str(), SCALE));
    assert!((2000.0..3000.0).contains(&places[0].0));
    assert_eq!(places[2].0 - places[0].0, 2000.0);
}

#[test]
fn ten_million_tasks_keep_their_order_below_now() {
    const BATCH: usize = 1000;
    let now = at(1.8e9);
    let mut newest = None;
    for _ in 0..10_000_000 / BATCH {
        let places = first(BATCH, Places::behind(newest, now, BATCH as u64, id(0).as_str(), SCALE));
        assert!(newest.is_none_or(|newest| newest < places[0]) && is_ascending(&places));
        newest = places.last().copied();
    }
    assert!(newest.unwrap().0 < now.seconds());
}

#[test]
fn creators_who_read_the_same_newest_do_not_share_places() {
    let newest = Some(Greenfield(5000.0));
    let of_creator = |n| first(10, Places::behind(newest, at(1.8e9), 10, id(n).as_str(), SCALE));
    let mut places: Vec<_> = (0..50).flat_map(of_creator).map(|place| place.0.to_bits()).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 500);
}

#[test]
fn the_task_at_a_place_is_found_and_none_before_it_is_missed() {
    for step in [1000.0, 0.1, 1.0 / 3.0] {
        let places = Places { base: 2000.0, step };
        for n in [0, 1, 7, 999_999] {
            let found = places.number(places.of(n));
            assert!(found <= n && n - found <= 1, "{found} for {n}");
        }
    }
    assert_eq!(Places { base: 2000.0, step: 1000.0 }.number(Greenfield(5.0)), 0);
}
