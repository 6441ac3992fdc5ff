#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

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

fn is_ascending(places: &[Greenfield]) -> bool {
    places.is_sorted_by(|a, b| a < b)
}

proptest! {
    #[test]
    fn every_greenfield_is_in_exactly_one_phase(
        place in -1e9..1e10, now in any_now(), lease in any_lease(),
    ) {
        let phase = Greenfield(place).phase(now, lease, SCALE);
        prop_assert_eq!(phase == Phase::Queued, place < now.seconds());
        if let Phase::Running { since } = phase {
            prop_assert!(now <= since + lease);
        }
        if let Phase::Expired { since } = phase {
            prop_assert!(now > since + lease);
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
    ) {
        // The newest stands anywhere below now, down to a second.
        let newest = newest.map(|share: f64| Greenfield((now.seconds() - 1.0) * share));
        let places = SCALE.places_after(newest, now, count, &TaskId::random());
        prop_assert!(is_ascending(&places));
        prop_assert!(newest.is_none_or(|newest| newest < places[0]));
        prop_assert!(places[count - 1].0 < now.seconds());
    }

    #[test]
    fn requeued_tasks_stand_before_the_oldest(
        oldest in prop::option::of(-1e9..1e9), count in 1_u64..100_000,
    ) {
        let oldest = oldest.map(Greenfield);
        let base = SCALE.base_before(oldest, count, TaskId::random().as_str());
        let last = base + SCALE.step * count as f64;
        prop_assert!(oldest.is_none_or(|oldest| last < oldest.0));
    }
}

#[test]
fn an_empty_queue_starts_at_2000_with_steps_of_1000() {
    let first = TaskId::random();
    let places = SCALE.places_after(None, at(1.8e9), 3, &first);
    assert!((2000.0..3000.0).contains(&places[0].0));
    assert_eq!(places[2].0 - places[0].0, 2000.0);
}

#[test]
fn ten_million_tasks_keep_their_order_below_now() {
    const BATCH: usize = 1000;
    let (now, first) = (at(1.8e9), TaskId::random());
    let mut newest = None;
    for _ in 0..10_000_000 / BATCH {
        let places = SCALE.places_after(newest, now, BATCH, &first);
        assert!(newest.is_none_or(|newest| newest < places[0]) && is_ascending(&places));
        newest = places.last().copied();
    }
    assert!(newest.unwrap().0 < now.seconds());
}

#[test]
fn creators_who_read_the_same_newest_do_not_share_places() {
    let newest = Some(Greenfield(5000.0));
    let of_creator = |_| SCALE.places_after(newest, at(1.8e9), 10, &TaskId::random());
    let mut places: Vec<_> = (0..50).flat_map(of_creator).map(|place| place.0.to_bits()).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 500);
}
