//! What several labourers share is never used by more than there is for, and never idle while somebody waits.

mod life;
mod passing;
mod price;
mod rated;
mod set;

use std::collections::BTreeMap;

use guarantees::world::{World, id, labourer};
use serde_json::{Value, json};
use task_manager::{
    config::Config,
    ecology::Steps,
    ids::ResourceId,
    labourer::Labourer,
    resource::{Resource, Uses, Weights, ledger::Ledger},
};

pub fn named(name: &str) -> ResourceId {
    ResourceId::new(name).unwrap()
}

/// A resource of so many permits.
pub fn resource(name: &str, permits: u32) -> Resource {
    let (id, metrics) = (named(name), Vec::new());
    Resource { id, permits: Some(permits), rate: None, metrics, steps: Steps::default() }
}

/// A labourer with ten slots whose attempts hold so many permits.
pub fn user(name: &str, holds: &[(&str, u32)]) -> Labourer {
    let permits: Weights = holds.iter().map(|(name, weight)| (named(name), *weight)).collect();
    let uses = Uses { permits, rates: Weights::new() };
    Labourer { max_simultaneous_invocations: 10, uses, ..labourer(name) }
}

pub fn config(
    resources: impl IntoIterator<Item = Resource>,
    labourers: impl IntoIterator<Item = Labourer>,
) -> Config {
    let resources: BTreeMap<_, _> =
        resources.into_iter().map(|one| (one.id.clone(), one)).collect();
    Config { resources, ..Config::of(labourers) }
}

/// `a` and `b` share six permits.
pub async fn two() -> World {
    World::with(config([resource("db", 6)], [user("a", &[("db", 1)]), user("b", &[("db", 1)])]))
        .await
}

/// Tasks `{"n": 0}`, `{"n": 1}`, … for a labourer.
pub async fn create(world: &World, labourer: &str, count: usize) {
    world.create(labourer, (0..count).map(|n| json!({ "n": n }))).await;
}

/// The attempts that were begun since the last call, by labourer.
pub async fn begun(world: &World) -> BTreeMap<String, Vec<Value>> {
    let mut begun: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for event in world.events().await {
        begun.entry(event["labourer_id"].as_str().unwrap().to_owned()).or_default().push(event);
    }
    begun
}

/// How many of each.
pub async fn begun_counts(world: &World) -> BTreeMap<String, usize> {
    begun(world).await.into_iter().map(|(name, events)| (name, events.len())).collect()
}

pub fn counts<const N: usize>(counts: [(&str, usize); N]) -> BTreeMap<String, usize> {
    counts.map(|(name, count)| (name.to_owned(), count)).into()
}

pub async fn ledger(world: &World) -> Ledger {
    world.manager.resources().ledger().await.unwrap()
}

pub async fn share(world: &World, labourer: &str) -> Option<u32> {
    world.manager.store().labourers().row(&id(labourer)).await.unwrap().unwrap().share
}

/// What the live attempts of all hold of a resource, counted by their rows.
pub async fn held(world: &World, resource: &str) -> u32 {
    let mut held = 0;
    for labourer in world.manager.config().labourers.values() {
        let weight = labourer.uses.permits.get(&named(resource)).copied().unwrap_or_default();
        let row = world.manager.store().labourers().row(&labourer.id).await.unwrap();
        held += weight * row.map_or(0, |row| row.running());
    }
    held
}

/// Another tick, a minute later.
pub async fn tick(world: &World) {
    world.pass(60.0);
    world.orchestrate().await;
}
