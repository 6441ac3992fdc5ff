//! The protocol, explored state by state.
//!
//! Whatever production decides, it decides in pure functions; the model calls the same ones, and
//! applies the writes they answer to tables of its own, each with the condition that the write
//! documents. Between any two steps of a process everything else may happen: other processes,
//! time, crashes, refusals by Lambda, reports that come twice or late. So a stale read is a read
//! whose action is late, and a lost response is a crash after the write.
//!
//! - [`scope`]: what is explored; [`item`], [`tables`], [`state`]: what there is
//! - [`orchestrator`], [`assistant`], [`scavenger`], [`labourer`]: who does what, in [`steps`]
//! - [`system`]: what may happen next; [`ledger`]: what an observer remembers of it
//! - [`invariants`] and [`recovery`]: what must hold
//! - [`bugs`]: what the invariants are tried on

mod assistant;
mod blocks;
mod bugs;
mod explore;
mod invariants;
mod item;
mod labourer;
mod ledger;
mod orchestrator;
mod permits;
mod recovery;
mod scavenger;
mod scope;
mod state;
mod steps;
mod system;
mod tables;

use bugs::Bug;
use explore::explore;
use scope::Scope;

/// One task through everything that may go wrong twice.
fn one_task() -> Scope {
    Scope { tasks: 1, horizon: 4, trouble: 2, ..Scope::small() }
}

/// Two tasks that hand a slot over.
fn two_tasks() -> Scope {
    Scope { tasks: 2, horizon: 3, ..Scope::small() }
}

/// Two tasks whose slots are given back at counters beside the row.
fn with_counters() -> Scope {
    Scope { counters: 2, ..two_tasks() }
}

#[test]
fn no_order_of_steps_breaks_a_promise() {
    explore("one task, one piece of trouble", &Scope { trouble: 1, ..one_task() }).must_hold();
    explore("two tasks, no trouble", &Scope { trouble: 0, ..two_tasks() }).must_hold();
    let counted = Scope { trouble: 0, slots: 2, horizon: 2, ..with_counters() };
    explore("two tasks, two slots, counters, no trouble", &counted).must_hold();
}

/// Millions of states: `make model`.
#[test]
#[ignore = "takes minutes"]
fn no_order_of_steps_breaks_a_promise_in_the_large() {
    let by_three = Scope { tasks: 3, slots: 2, horizon: 2, twins: 1, ..Scope::small() };
    let thrice = Scope { max_attempts: 3, horizon: 6, twins: 1, ..one_task() };
    for (name, scope) in [
        ("two tasks, one slot, trouble once", two_tasks()),
        ("three tasks, two slots, trouble once", by_three),
        ("one task, three attempts, trouble twice", thrice),
        ("two tasks, one slot, counters, trouble once", with_counters()),
    ] {
        let explored = explore(name, &scope);
        explored.must_hold();
    }
}

/// `make seeded-bugs` shows the table.
#[test]
fn every_seeded_bug_breaks_a_promise() {
    let scopes = [
        Scope { trouble: 1, horizon: 3, ..one_task() },
        Scope { trouble: 1, horizon: 2, ..two_tasks() },
        Scope { trouble: 1, ..one_task() },
        one_task(),
    ];
    let counted = [0, 1].map(|trouble| Scope { trouble, horizon: 2, ..with_counters() });
    let mut escaped = Vec::new();
    println!("{:<62}{:<66}{:>6}", "seeded bug", "caught by", "steps");
    for (bug, words) in Bug::ALL {
        let scopes = if bug.is_about_counters() { &counted[..] } else { &scopes };
        let found = scopes.iter().find_map(|scope| {
            explore::first_breach(&Scope {
                bug: Some(bug),
                known: Default::default(),
                ..scope.clone()
            })
        });
        match found {
            Some((promise, steps)) => println!("{words:<62}{promise:<66}{steps:>6}"),
            None => escaped.push(words),
        }
    }
    assert!(escaped.is_empty(), "not caught: {escaped:?}");
}
