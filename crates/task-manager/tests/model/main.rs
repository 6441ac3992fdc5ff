//! The protocol, explored state by state.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use stateright::{Checker, HasDiscoveries, Model};

mod assistant;
mod bugs;
mod invariants;
mod item;
mod labourer;
mod ledger;
mod orchestrator;
mod recovery;
mod scavenger;
mod scope;
mod state;
mod steps;
mod system;
mod tables;

use scope::Scope;

#[test]
fn the_protocol_keeps_its_promises() {
    let scope = Scope {
        tasks: std::env::var("TASKS").map_or(2, |t| t.parse().unwrap()),
        slots: 1,
        max_attempts: std::env::var("ATTEMPTS").map_or(2, |t| t.parse().unwrap()),
        horizon: std::env::var("HORIZON").map_or(5, |t| t.parse().unwrap()),
        trouble: std::env::var("TROUBLE").map_or(1, |t| t.parse().unwrap()),
        twins: 2,
        bug: None,
        known: Default::default(),
    };
    let start = std::time::Instant::now();
    let checker =
        scope.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    println!(
        "{} states, {} unique, depth {}, {:?}",
        checker.state_count(),
        checker.unique_state_count(),
        checker.max_depth(),
        start.elapsed()
    );
    for (name, path) in checker.discoveries() {
        if name.starts_with(char::is_numeric) {
            println!("BROKEN {name}");
            for (state, action) in path.into_vec() {
                println!("  {action:?}    {}", state.now);
            }
        } else {
            println!("seen: {name}");
        }
    }
}
