//! The protocol of permits, explored state by state: two labourers that share what there is of one or two resources.
//!
//! Tasks are numbers here, and whatever begins ends: how tasks move is proved by the other models. What is new is that
//! an attempt of one labourer begins by what was read of both a while ago, by processes that may know different configs.
//! A process that does not go on has crashed: others begin anew, and find what it left.
//!
//! - [`scope`]: what is explored; [`book`], [`tables`], [`state`]: what there is
//! - [`sharer`], [`steps`]: who does what; [`system`]: what may happen next
//! - [`invariants`]: what must hold
//! - [`bugs`]: what the invariants are tried on

mod book;
mod bugs;
mod invariants;
mod scope;
mod sharer;
mod state;
mod steps;
mod system;
mod tables;

use std::collections::BTreeSet;

use super::explore::{explore, first_breach};
use bugs::Bug;
use scope::{Config, Shared};

/// One resource, which attempts of the first take one of, and those of the second two.
fn one(permits: u32) -> Config {
    Config { permits: vec![permits], uses: [vec![1], vec![2]] }
}

/// Two resources, and both need both.
fn both(permits: [u32; 2]) -> Config {
    Config { permits: permits.to_vec(), uses: [vec![1, 1], vec![1, 1]] }
}

/// The second labourer uses nothing.
fn unlimited(permits: u32) -> Config {
    Config { uses: [vec![1], vec![0]], ..one(permits) }
}

/// Three permits, weights 1 and 2, two who share them out.
fn small() -> Shared {
    Shared::of(vec![one(3)])
}

/// The same while another config is pushed, and somebody still has the one before.
fn pushed(from: Config, to: Config) -> Shared {
    Shared { queued: [2, 1], sharers: 1, ..Shared::of(vec![from, to]) }
}

/// Each with the situations that it shows.
fn worlds() -> Vec<(&'static str, Shared)> {
    let two_resources = Shared { queued: [2, 2], sharers: 1, ..Shared::of(vec![both([2, 1])]) };
    let heavier = Config { uses: [vec![2], vec![1]], ..one(3) };
    vec![
        ("three permits, weights 1 and 2, two sharers", Shared { queued: [2, 1], ..small() }),
        ("two resources, both need both", two_resources),
        ("permits are lowered", pushed(one(3), one(2))),
        ("weights change", pushed(one(3), heavier)),
        ("one gets to use it", pushed(unlimited(2), one(2))),
        ("one uses it no more", pushed(one(2), unlimited(2))),
    ]
}

#[test]
fn no_order_of_steps_breaks_a_promise_of_permits() {
    let mut reached = BTreeSet::new();
    for (name, world) in worlds() {
        reached.extend(explore(name, &world).must_hold());
    }
    let missed: Vec<_> = invariants::SITUATIONS.iter().filter(|s| !reached.contains(*s)).collect();
    assert!(missed.is_empty(), "never seen: {missed:?}");
}

/// Worlds of `make model`.
fn large() -> Vec<(&'static str, Shared)> {
    let two = |world| Shared { sharers: 2, ..world };
    let heavier = || Config { uses: [vec![2], vec![1]], ..one(3) };
    let counted = |world| Shared { counters: 2, ..world };
    let timed = |world| Shared { horizon: 4, queued: [2, 1], ..world };
    vec![
        ("three permits, weights 1 and 2, in turns", Shared { turns: 2, ..small() }),
        ("the same, with counters", Shared { queued: [2, 1], ..counted(small()) }),
        ("two resources, both need both", two(Shared::of(vec![both([2, 2])]))),
        ("permits are lowered, two sharers", two(pushed(one(3), one(2)))),
        ("permits are raised, two sharers", two(pushed(one(2), one(3)))),
        ("permits are lowered, with counters", counted(pushed(one(3), one(2)))),
        (
            "lowered and raised",
            Shared { queued: [2, 1], sharers: 1, ..Shared::of(vec![one(3), one(1), one(2)]) },
        ),
        ("weights change, and leases pass", timed(pushed(one(3), heavier()))),
        ("one gets to use it, two sharers", two(pushed(unlimited(2), one(2)))),
        ("one uses it no more, two sharers", two(pushed(one(2), unlimited(2)))),
        (
            "one uses it no more, with counters, and leases pass",
            timed(counted(pushed(one(2), unlimited(2)))),
        ),
        (
            "one uses it no more, and again",
            Shared { queued: [1, 2], ..Shared::of(vec![one(2), unlimited(2), one(2)]) },
        ),
    ]
}

/// `WORLD=2` explores the second one only.
#[test]
#[ignore = "takes minutes"]
fn no_order_of_steps_breaks_a_promise_of_permits_in_the_large() {
    let chosen = std::env::var("WORLD").ok().map(|world| world.parse::<usize>().unwrap());
    for (number, (name, world)) in (1..).zip(large()) {
        if chosen.is_none_or(|chosen| chosen == number) {
            explore(name, &world).must_hold();
        }
    }
}

/// A small world in which the bug shows.
fn world_of(bug: Bug) -> Shared {
    let world = match bug {
        Bug::OlderConfigRaises => pushed(one(3), one(2)),
        Bug::LetGoAlone => Shared { sharers: 2, queued: [1, 1], ..pushed(unlimited(2), one(2)) },
        _ => Shared { queued: [3, 1], ..small() },
    };
    Shared { bug: Some(bug), ..world }
}

/// `make seeded-bugs` shows the table.
#[test]
fn every_seeded_bug_of_permits_breaks_a_promise() {
    let mut escaped = Vec::new();
    println!("{:<62}{:<66}{:>6}", "seeded bug", "caught by", "steps");
    for (bug, words) in Bug::ALL {
        match first_breach(&world_of(bug)) {
            Some((promise, steps)) => println!("{words:<62}{promise:<66}{steps:>6}"),
            None => escaped.push(words),
        }
    }
    assert!(escaped.is_empty(), "not caught: {escaped:?}");
}
