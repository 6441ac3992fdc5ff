//! No more tasks start in a while than a rate allows, whoever starts them, and nearly as many do.

mod blocks;
mod live;
mod price;
mod staying;
mod windows;

use std::{sync::Arc, time::Duration};

use guarantees::{
    wire::Call,
    world::{World, labourer},
};
use serde_json::json;
use task_manager::{
    TaskManager,
    config::Config,
    ecology::Steps,
    ids::ResourceId,
    labourer::Labourer,
    resource::{Rate, Resource, Uses, Weights, rate::RateState},
    time::Timestamp,
};

pub fn named(name: &str) -> ResourceId {
    ResourceId::new(name).unwrap()
}

/// At most `limit` in ten seconds, up to `burst` of them at once.
pub fn rate(limit: u32, burst: u32) -> Rate {
    Rate { limit, per: Duration::from_secs(10), burst }
}

/// A labourer with many slots that takes so many tokens for each task.
pub fn user(name: &str, takes: &[(&str, u32)]) -> Labourer {
    let rates: Weights = takes.iter().map(|(name, weight)| (named(name), *weight)).collect();
    let uses = Uses { permits: Weights::new(), rates };
    Labourer { max_simultaneous_invocations: 10_000, uses, ..labourer(name) }
}

pub fn config(
    rates: impl IntoIterator<Item = (&'static str, Rate)>,
    labourers: impl IntoIterator<Item = Labourer>,
) -> Config {
    let resource = |(name, rate)| {
        let (id, metrics) = (named(name), Vec::new());
        Resource { id, permits: None, rate: Some(rate), metrics, steps: Steps::default() }
    };
    let resources = rates.into_iter().map(resource).map(|one| (one.id.clone(), one)).collect();
    Config { resources, ..Config::of(labourers) }
}

/// `worker`, whose tasks take one token each of `stripe`.
pub async fn world(rate: Rate) -> World {
    World::with(config([("stripe", rate)], [user("worker", &[("stripe", 1)])])).await
}

/// A manager of another process: it knows nothing of what others have seen.
pub fn process(world: &World, ahead: f64) -> TaskManager {
    let clock = world.elsewhere(ahead);
    TaskManager::new(&world.clients, Arc::new(world.manager.config().clone()), "other")
        .unpaced()
        .with_clock(Arc::new(move || clock.now()))
}

/// What is started now by a process that has just queued something.
pub async fn fill(manager: &TaskManager, labourer: &str) -> u32 {
    let labourer = manager.labourers().named(labourer).unwrap();
    let filled = manager.attempts().fill_slots(labourer, || true).await;
    filled.started.invoked
}

pub async fn create(world: &World, labourer: &str, count: usize) {
    world.create(labourer, (0..count).map(|n| json!({ "n": n }))).await;
}

pub async fn state(world: &World) -> RateState {
    let mut states = process(world, 0.0).resources().rate_states().await.unwrap();
    states.remove(&named("stripe")).unwrap()
}

/// Is the call about the item of a rate?
pub fn is_of_rate(call: &Call) -> bool {
    call.names(" rate\"")
}

/// The most tokens in any window, of those that were taken at these times.
pub fn most_within(starts: &[(Timestamp, u32)], window: Duration) -> u32 {
    let from = |(begin, _): &(Timestamp, u32)| {
        let within = starts.iter().filter(|(at, _)| *at >= *begin && at.since(*begin) < window);
        within.map(|(_, tokens)| tokens).sum()
    };
    starts.iter().map(from).max().unwrap_or(0)
}
