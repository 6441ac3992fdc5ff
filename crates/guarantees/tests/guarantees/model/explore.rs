//! Explores a scope, and prints what was found.

use std::time::{Duration, Instant};

use stateright::{Checker, HasDiscoveries, Model, Path};

use super::{scope::Scope, state::State, system::Action};

/// Longer than any exploration here takes.
const PATIENCE: Duration = Duration::from_secs(1200);

/// What an exploration found.
pub struct Explored {
    broken: Vec<(&'static str, Path<State, Action>)>,
    is_complete: bool,
}

/// Explores all states of a scope.
pub fn explore(name: &str, scope: &Scope) -> Explored {
    let start = Instant::now();
    let checker = scope.clone().checker().threads(2).timeout(PATIENCE);
    let checker = checker.finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    println!(
        "{name}: {} states of {} steps, at most {} deep, in {:.1?}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        start.elapsed(),
    );
    let found = checker.discoveries().into_iter();
    let (broken, reached): (Vec<_>, Vec<_>) = found.partition(|(name, _)| is_promise(name));
    reached.iter().for_each(|(name, _)| println!("    reached: {name}"));
    Explored { broken, is_complete: start.elapsed() < PATIENCE }
}

/// The promise that is broken with the fewest steps, and how many.
pub fn first_breach(scope: &Scope) -> Option<(&'static str, usize)> {
    let checker = scope.clone().checker().threads(2).timeout(PATIENCE);
    let checker = checker.finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let found = checker.discoveries().into_iter().filter(|(name, _)| is_promise(name));
    let breaches = found.map(|(name, path)| (name, path.into_actions().len()));
    breaches.min_by_key(|(name, steps)| (*steps, *name))
}

/// Promises are numbered; the others are situations that must be reached.
fn is_promise(name: &str) -> bool {
    name.starts_with(char::is_numeric)
}

impl Explored {
    /// Fails with the shortest way to a broken promise.
    pub fn must_hold(self) {
        assert!(self.is_complete, "the exploration did not come to its end");
        for (name, path) in &self.broken {
            println!("BROKEN {name}");
            for (state, action) in path.clone().into_vec() {
                println!("  at {}: {action:?}", state.now);
            }
        }
        assert!(self.broken.is_empty(), "a promise is broken");
    }
}
