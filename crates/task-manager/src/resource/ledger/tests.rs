use proptest::{collection::vec, prelude::*};

use super::*;

const LEASE: Duration = Duration::from_secs(100);

fn at(second: u64) -> Timestamp {
    Timestamp::from_seconds(1.8e9) + Duration::from_secs(second)
}

fn db() -> ResourceId {
    ResourceId::new("db").unwrap()
}

fn worker() -> LabourerId {
    LabourerId::new("worker").unwrap()
}

fn resource(permits: Option<u32>) -> Resource {
    let (rate, metrics, steps) = (None, Vec::new(), Default::default());
    Resource { id: db(), permits, rate, metrics, steps }
}

/// The ledger by a config with so many permits that was pushed then.
fn under(ledger: Ledger, permits: impl Into<Option<u32>>, pushed: u64, second: u64) -> Ledger {
    let resources = permits.into().map(|permits| resource(Some(permits)));
    ledger.under(&resources, &[], pushed, at(second)).0
}

/// The same where the worker uses so many permits of three, or none.
fn using(ledger: Ledger, weight: u32, pushed: u64, second: u64) -> Ledger {
    using_for(ledger, weight, LEASE, pushed, second)
}

/// The same, each attempt for so long at most.
fn using_for(ledger: Ledger, weight: u32, lease: Duration, pushed: u64, second: u64) -> Ledger {
    let weights = [(db(), weight)].into_iter().filter(|(_, weight)| *weight > 0).collect();
    let user = User { id: &worker(), weights: &weights, lease };
    ledger.under(&[resource(Some(3))], &[user], pushed, at(second)).0
}

fn permits(ledger: &Ledger) -> Option<u32> {
    ledger.resources.get(&db()).map(|permits| permits.in_force)
}

/// What an attempt of the worker counts for.
fn weight(ledger: &Ledger, second: u64) -> u32 {
    let holder = ledger.holders.get(&worker());
    let weights = holder.map(|holder| holder.weights(at(second))).unwrap_or_default();
    weights.get(&db()).copied().unwrap_or(0)
}

fn set(mut ledger: Ledger, to: u32) -> Ledger {
    let set = SetLive { to, at: at(0), by: "ann".to_owned(), reason: None };
    let permits = ledger.resources.get_mut(&db()).unwrap();
    *permits = Permits { set: Some(set), ..permits.clone() }.decided(at(0));
    ledger
}

proptest! {
    #[test]
    fn the_newest_config_wins_in_whatever_order_they_come(
        configs in vec((1_u64..6, 0_u64..1000), 1..20),
    ) {
        // The number of permits says which config it is from.
        let mut ledger = Ledger::default();
        let mut newest = 0;
        for (pushed, second) in configs {
            newest = newest.max(pushed);
            ledger = under(ledger, pushed as u32 * 10, pushed, second);
            prop_assert_eq!(permits(&ledger), Some(newest as u32 * 10));
        }
    }

    #[test]
    fn an_older_config_changes_no_weight(
        configs in vec((1_u64..6, 0_u64..50), 1..20),
    ) {
        let mut ledger = Ledger::default();
        let mut newest = 0;
        for (pushed, second) in configs {
            newest = newest.max(pushed);
            ledger = using(ledger, pushed as u32, pushed, second);
            prop_assert_eq!(ledger.holders[&worker()].weights[&db()].now, newest as u32);
        }
    }

    /// An attempt that begins with a weight is counted with it, or with more, until its lease has passed.
    #[test]
    fn no_attempt_counts_for_less_than_it_began_with(
        changes in vec((0_u32..4, 0_u64..80, prop_oneof![Just(100), 1_u64..200]), 1..20),
    ) {
        let (mut ledger, mut second, mut begun) = (Ledger::default(), 0, Vec::new());
        for (pushed, (weight, later, lease)) in (1..).zip(changes) {
            second += later;
            ledger = using_for(ledger, weight, Duration::from_secs(lease), pushed, second);
            begun.push((weight, second, lease));
            let counted = self::weight(&ledger, second);
            // By the config before, attempts began until this moment.
            let until = |n: usize| begun.get(n + 1).map_or(second, |(_, second, _)| *second);
            let live = (0..begun.len()).filter(|n| second < until(*n) + begun[*n].2);
            prop_assert!(live.map(|n| begun[n].0).all(|weight| counted >= weight));
        }
    }
}

#[test]
fn of_configs_of_unknown_age_a_lower_limit_counts_at_once_and_a_higher_one_after_five_minutes() {
    let ledger = under(Ledger::default(), 10, 0, 0);
    let ledger = under(ledger, 4, 0, 1);
    assert_eq!(permits(&ledger), Some(4));
    let early = under(ledger.clone(), 10, 0, 301);
    assert_eq!(permits(&early), Some(4), "somebody may have the config before still");
    assert_eq!(permits(&under(early, 10, 0, 302)), Some(10));
    // One that says when it was pushed replaces one that does not at once. The other way round, nobody knows.
    let known = under(ledger, 10, 7, 2);
    assert_eq!(permits(&known), Some(10));
    assert_eq!(
        [8, 12].map(|other| permits(&under(known.clone(), other, 0, 3))),
        [Some(8), Some(10)]
    );
    let later = under(known, 12, 0, 303);
    assert_eq!(permits(&later), Some(12));
    assert_eq!(
        permits(&under(later, 10, 6, 1000)),
        Some(12),
        "it is still older than the one of before"
    );
}

#[test]
fn what_somebody_has_set_stays_until_a_newer_config_is_pushed() {
    let ledger = set(under(Ledger::default(), 10, 5, 0), 7);
    let again = under(ledger.clone(), 10, 5, 1000);
    assert_eq!(permits(&again), Some(7), "the same config");
    assert_eq!(permits(&under(ledger.clone(), 20, 4, 1000)), Some(7), "an older one");
    for number in [10, 20] {
        let resources = [resource(Some(number))];
        let (ledger, remarks) = ledger.clone().under(&resources, &[], 6, at(1));
        assert_eq!(permits(&ledger), Some(number));
        assert_eq!(remarks.len(), 1, "{remarks:?}");
        assert!(remarks[0].contains("7") && remarks[0].contains("ann"), "{remarks:?}");
        // It is told once.
        assert_eq!(ledger.under(&resources, &[], 6, at(2)).1, [""; 0]);
    }
}

#[test]
fn a_resource_that_leaves_and_returns_is_as_configured() {
    let ledger = under(Ledger::default(), 10, 2, 0);
    assert_eq!(permits(&under(ledger.clone(), None, 1, 1000)), Some(10), "by an older config");
    let left = under(set(ledger, 7), None, 3, 1);
    assert_eq!(permits(&left), None);
    let back = under(left.clone(), 5, 4, 2);
    assert_eq!(permits(&back), Some(5));
    assert_eq!(permits(&under(left, 10, 1, 2)), None, "an older config brings nothing back");
    // Of unknown age it goes once nobody can have the config any more that had it.
    let unknown = under(Ledger::default(), 10, 0, 0);
    assert_eq!(permits(&under(unknown.clone(), None, 0, 300)), Some(10));
    assert_eq!(permits(&under(unknown, None, 0, 301)), None);
}

#[test]
fn of_a_changed_weight_the_heavier_counts_until_a_lease_has_passed() {
    for (old, new) in [(1, 2), (2, 1), (3, 1)] {
        let ledger = using(using(Ledger::default(), old, 1, 0), new, 2, 10);
        let seen = [10, 109, 110].map(|second| weight(&ledger, second));
        assert_eq!(seen, [old.max(new), old.max(new), new]);
        // Reading it again under the same config moves nothing.
        let again = using(ledger, new, 2, 109);
        assert_eq!([109, 110].map(|second| weight(&again, second)), [old.max(new), new]);
    }
}

#[test]
fn who_uses_nothing_any_more_counts_until_a_lease_has_passed() {
    let ledger = using(using(Ledger::default(), 2, 1, 0), 0, 2, 10);
    assert_eq!([10, 109, 110].map(|second| weight(&ledger, second)), [2, 2, 0]);
    let later = using(ledger.clone(), 0, 2, 110);
    assert!(later.holders[&worker()].weights.is_empty());
    // It returns before that.
    let back = using(ledger, 1, 3, 50);
    assert_eq!([50, 109, 149, 150].map(|second| weight(&back, second)), [2, 2, 2, 1]);
}

#[test]
fn attempts_that_began_under_a_longer_lease_count_with_their_weight_until_it_has_passed() {
    let minute = Duration::from_secs(60);
    // In one change, and in two.
    let at_once = using_for(using(Ledger::default(), 4, 1, 0), 1, minute, 2, 10);
    let shorter = using_for(using(Ledger::default(), 4, 1, 0), 4, minute, 2, 10);
    let one_by_one = using_for(shorter, 1, minute, 3, 20);
    for ledger in [at_once, one_by_one] {
        assert_eq!([20, 109, 110].map(|second| weight(&ledger, second)), [4, 4, 1]);
    }
}
