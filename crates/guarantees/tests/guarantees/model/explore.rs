//! Explores a scope, and prints what was found.

use std::{
    fmt::Debug,
    hash::Hash,
    time::{Duration, Instant},
};

use stateright::{Checker, HasDiscoveries, Model, Path};

/// Longer than any exploration here takes.
const PATIENCE: Duration = Duration::from_secs(1200);

/// A world that can be explored.
pub trait World:
    Model<State: Explorable, Action: Explorable> + Clone + Send + Sync + 'static
{
}

impl<M> World for M where
    M: Model<State: Explorable, Action: Explorable> + Clone + Send + Sync + 'static
{
}

pub trait Explorable: Clone + Debug + PartialEq + Send + Sync + 'static {}

impl<T: Clone + Debug + PartialEq + Send + Sync + 'static> Explorable for T {}

/// A broken promise, and the steps that break it.
type Breach<M> = (&'static str, Path<<M as Model>::State, <M as Model>::Action>);

/// What an exploration found.
pub struct Explored<M: World> {
    broken: Vec<Breach<M>>,
    reached: Vec<&'static str>,
    is_complete: bool,
}

/// Explores all states of a world.
pub fn explore<M: World<State: Hash>>(name: &str, world: &M) -> Explored<M> {
    let start = Instant::now();
    let checker = checked(world);
    println!(
        "{name}: {} states of {} steps, at most {} deep, in {:.1?}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        start.elapsed(),
    );
    let found = checker.discoveries().into_iter();
    let (broken, reached): (Vec<_>, Vec<_>) = found.partition(|(name, _)| is_promise(name));
    let reached: Vec<_> = reached.into_iter().map(|(name, _)| name).collect();
    reached.iter().for_each(|name| println!("    reached: {name}"));
    Explored { broken, reached, is_complete: start.elapsed() < PATIENCE }
}

/// The promise that is broken with the fewest steps, and how many.
pub fn first_breach<M: World<State: Hash>>(world: &M) -> Option<(&'static str, usize)> {
    let checker = checked(world);
    let found = checker.discoveries().into_iter().filter(|(name, _)| is_promise(name));
    let breaches = found.map(|(name, path)| (name, path.into_actions().len()));
    breaches.min_by_key(|(name, steps)| (*steps, *name))
}

fn checked<M: World<State: Hash>>(world: &M) -> impl Checker<M> {
    let checker = world.clone().checker().threads(2).timeout(PATIENCE);
    checker.finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join()
}

/// Promises are numbered; the others are situations that must be reached.
fn is_promise(name: &str) -> bool {
    name.starts_with(char::is_numeric)
}

impl<M: World> Explored<M> {
    /// Fails with the shortest way to a broken promise; returns the situations that were reached.
    pub fn must_hold(self) -> Vec<&'static str> {
        assert!(self.is_complete, "the exploration did not come to its end");
        for (name, path) in &self.broken {
            println!("BROKEN {name}");
            for (_, action) in path.clone().into_vec() {
                println!("  {action:?}");
            }
        }
        assert!(self.broken.is_empty(), "a promise is broken");
        self.reached
    }
}
