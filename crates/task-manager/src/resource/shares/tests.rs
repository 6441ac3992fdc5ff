use proptest::{collection::vec, prelude::*};

use super::*;

/// What somebody uses of each resource (0: not at all), has and wants.
type Someone = (Vec<u32>, u32, u32);

fn id(resource: usize) -> ResourceId {
    ResourceId::new(format!("r{resource}")).unwrap()
}

fn weights(of_each: &[u32]) -> Weights {
    let used = of_each.iter().enumerate().filter(|(_, weight)| **weight > 0);
    used.map(|(resource, weight)| (id(resource), *weight)).collect()
}

fn room(of_each: &[i64]) -> Room {
    of_each.iter().enumerate().map(|(resource, left)| (id(resource), *left)).collect()
}

fn filled(left: &[i64], all: &[Someone], turn: u64) -> Vec<u32> {
    let weights: Vec<_> = all.iter().map(|(weights, ..)| self::weights(weights)).collect();
    let claimants = all.iter().zip(&weights).map(|((_, has, wants), weights)| Claimant {
        weights,
        has: *has,
        wants: *wants,
    });
    fill(room(left), &claimants.collect::<Vec<_>>(), turn)
}

/// What is left of a resource once all have these shares.
fn left_of(resource: usize, left: &[i64], all: &[Someone], shares: &[u32]) -> i64 {
    let taken = all.iter().zip(shares).map(|((weights, has, _), share)| {
        i64::from(weights[resource]) * (i64::from(*share) - i64::from(*has))
    });
    left[resource] - taken.sum::<i64>()
}

/// Would one more attempt of theirs fit, if all had these shares?
fn fits(someone: usize, left: &[i64], all: &[Someone], shares: &[u32]) -> bool {
    let (weights, ..) = &all[someone];
    (0..left.len()).all(|resource| {
        let weight = i64::from(weights[resource]);
        weight == 0 || left_of(resource, left, all, shares) >= weight
    })
}

const RESOURCES: usize = 3;

fn anybody() -> impl Strategy<Value = Someone> {
    (vec(0_u32..4, RESOURCES), 0_u32..4, 0_u32..12)
}

/// Up to six of them, and what is left, which may be less than nothing.
fn any_world() -> impl Strategy<Value = (Vec<i64>, Vec<Someone>, u64)> {
    (vec(-5_i64..40, RESOURCES), vec(anybody(), 0..7), any::<u64>())
}

proptest! {
    #[test]
    fn nobody_gets_more_than_there_is_or_than_they_want_or_less_than_they_have(
        (left, all, turn) in any_world(),
    ) {
        let shares = filled(&left, &all, turn);
        for resource in 0..RESOURCES {
            prop_assert!(left_of(resource, &left, &all, &shares) >= left[resource].min(0));
        }
        for ((_, has, wants), share) in all.iter().zip(&shares) {
            prop_assert!(share >= has && share <= has.max(wants));
        }
    }

    #[test]
    fn whoever_gets_less_than_they_want_finds_a_resource_without_room(
        (left, all, turn) in any_world(),
    ) {
        let shares = filled(&left, &all, turn);
        for someone in (0..all.len()).filter(|n| shares[*n] < all[*n].2) {
            prop_assert!(!fits(someone, &left, &all, &shares));
        }
    }

    /// Not even if all who have at least two more gave up what makes them have more than one more.
    #[test]
    fn nobody_could_have_more_by_taking_from_those_who_have_more(
        (left, all, turn) in any_world(),
    ) {
        let shares = filled(&left, &all, turn);
        for someone in (0..all.len()).filter(|n| shares[*n] < all[*n].2) {
            let given_up = all.iter().zip(&shares).map(|((_, has, _), share)| {
                (*share).min(shares[someone] + 1).max(*has)
            });
            prop_assert!(!fits(someone, &left, &all, &given_up.collect::<Vec<_>>()));
        }
    }

    /// Water is filled in until it is used up: the level is the highest at which all get what they want, or that.
    #[test]
    fn of_one_resource_and_equal_weights_the_shares_are_those_of_filling_water_in(
        left in 0_i64..60, weight in 1_u32..4, wants in vec(0_u32..15, 1..7), turn: u64,
    ) {
        let all: Vec<_> = wants.iter().map(|wants| (vec![weight], 0, *wants)).collect();
        let shares = filled(&[left], &all, turn);
        let most = left as u64 / u64::from(weight);
        let at = |level: u32| wants.iter().map(|wants| u64::from(*wants.min(&level))).sum::<u64>();
        let level = (0..15).rev().find(|level| at(*level) <= most).unwrap();
        prop_assert_eq!(shares.iter().map(|share| u64::from(*share)).sum::<u64>(), most.min(at(15)));
        for (wants, share) in wants.iter().zip(&shares) {
            prop_assert!(*share == *wants.min(&level) || *share == *wants.min(&(level + 1)));
        }
    }

    #[test]
    fn what_cannot_be_divided_goes_to_each_of_equals_in_turn(
        left in 0_i64..20, count in 1_usize..7, first in 0_u64..1000,
    ) {
        let all = vec![(vec![1], 0, 20); count];
        let mut got = vec![0; count];
        for turn in first..first + count as u64 {
            let shares = filled(&[left], &all, turn);
            got.iter_mut().zip(shares).for_each(|(got, share)| *got += i64::from(share));
        }
        prop_assert_eq!(got, vec![left; count]);
    }

    #[test]
    fn whoever_wants_nothing_changes_nothing_for_the_others(
        (left, all, turn) in any_world(), (weights, has, _) in anybody(), at: prop::sample::Index,
    ) {
        let without = filled(&left, &all, turn);
        let (mut with, place) = (all, at.index(without.len() + 1));
        with.insert(place, (weights, has, has));
        let mut shares = filled(&left, &with, turn);
        prop_assert_eq!(shares.remove(place), has);
        prop_assert_eq!(shares, without);
    }

    #[test]
    fn two_who_each_need_two_resources_never_wait_for_each_other(
        left in vec(1_i64..8, 2), weights in vec(vec(1_u32..4, 2), 2), turn: u64,
    ) {
        let all: Vec<_> = weights.into_iter().map(|weights| (weights, 0, 5)).collect();
        let shares = filled(&left, &all, turn);
        let could_begin = (0..2).any(|n| fits(n, &left, &all, &[0, 0]));
        prop_assert_eq!(shares.iter().any(|share| *share > 0), could_begin);
    }
}

#[test]
fn the_fewest_attempts_are_served_first_whatever_they_weigh() {
    // A heavy one counts like a light one: two attempts each, as far as 9 permits go.
    let all = [(vec![1], 0, 9), (vec![3], 0, 9)];
    assert_eq!(filled(&[9], &all, 0), [3, 2]);
    // Whoever has many already waits until the others have as many.
    assert_eq!(filled(&[3], &[(vec![1], 4, 9), (vec![1], 0, 9)], 0), [4, 3]);
}
