//! What operators do to resources. It counts from now on, and what is live goes on.

use std::collections::BTreeSet;

use serde::Serialize;
use task_manager::{
    TaskManager,
    config::{Remark, Warnings},
    ids::ResourceId,
    labourer,
    manager::resources::{live::LiveError, rate_settings::NewRate},
    resource::ledger::Pause,
    storage::StoreError,
    time::Timestamp,
};

use super::{ResourceSnapshot, Shared, list, words};

/// More are refused.
const MOST_PERMITS: u32 = 1_000_000;

/// A resource that was paused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PausedResource {
    pub resource: ResourceId,
    /// `None`: until it is resumed.
    pub until: Option<Timestamp>,
    /// Attempts of the labourers that use it; they may end.
    pub running: u32,
}

/// What was set of limits, and ends when a config is pushed.
///
/// # Errors
/// When DynamoDB does not answer.
pub(crate) async fn set_by_hand(manager: &TaskManager) -> Result<Warnings, StoreError> {
    let shared = Shared::read_all(manager, |_| true).await?;
    let of_resource = |id: &ResourceId| {
        let permits = shared.permits(id).and_then(|permits| permits.set.as_ref()).map(words::set);
        let rate = shared.rates.get(id).and_then(|rate| rate.set.as_ref()).map(words::set_rate);
        let path = format!("resources.{id}");
        let ends = move |set| Remark::new(&path, format!("{set}; that ends with this config"));
        permits.into_iter().chain(rate).map(ends).collect::<Vec<_>>()
    };
    let resources: BTreeSet<_> =
        shared.ledger.resources.keys().chain(shared.rates.keys()).collect();
    Ok(resources.into_iter().flat_map(of_resource).collect())
}

/// Sets the permits of a resource, until another config is pushed.
///
/// # Errors
/// When the resource is unknown or has none, so many cannot be, or DynamoDB does not answer.
pub async fn set_permits(
    manager: &TaskManager,
    resource: &ResourceId,
    permits: u32,
    reason: Option<&str>,
) -> Result<ResourceSnapshot, LiveError> {
    manager.resources().known(resource)?;
    if !(1..=MOST_PERMITS).contains(&permits) {
        let why = format!(
            "got {permits} permits, expected 1 to {MOST_PERMITS}; to let nothing start, pause it"
        );
        return Err(LiveError::Refused { resource: resource.clone(), why });
    }
    manager.resources().set_permits(resource, permits, reason).await?;
    list::show(manager, resource).await
}

/// Sets the rate of a resource, until another config is pushed.
///
/// # Errors
/// When the resource is unknown or has none, such a rate cannot be, or DynamoDB does not answer.
pub async fn set_rate(
    manager: &TaskManager,
    resource: &ResourceId,
    rate: NewRate,
    reason: Option<&str>,
) -> Result<ResourceSnapshot, LiveError> {
    manager.resources().set_rate(resource, rate, reason).await?;
    list::show(manager, resource).await
}

/// Lets nothing start that uses a resource until then, or, without an end, until it is resumed: neither by its permits
/// nor by its rate. The latest pause replaces any earlier one.
///
/// # Errors
/// When the resource is unknown, or DynamoDB does not answer. It may then be paused by halves: pause it again.
pub async fn pause(
    manager: &TaskManager,
    resource: &ResourceId,
    until: Option<Timestamp>,
    reason: Option<&str>,
) -> Result<PausedResource, LiveError> {
    let end = until.unwrap_or_else(labourer::State::until_resumed);
    let pause = Pause { until: end, reason: reason.map(str::to_owned) };
    change(manager, resource, Some(&pause)).await?;
    let paused = list::show(manager, resource).await?;
    let running = paused.labourers.iter().map(|labourer| labourer.running).sum();
    let until = Some(end).filter(|end| *end < labourer::State::until_resumed());
    Ok(PausedResource { resource: resource.clone(), until, running })
}

/// Lets what uses a resource start again. Returns whether it was paused.
///
/// # Errors
/// When the resource is unknown, or DynamoDB does not answer.
pub async fn resume(manager: &TaskManager, resource: &ResourceId) -> Result<bool, LiveError> {
    manager.resources().known(resource)?;
    let shared = Shared::read_all(manager, |id| id == resource).await?;
    let was_paused = shared.pause(resource, manager.now()).is_some();
    if was_paused {
        change(manager, resource, None).await?;
    }
    Ok(was_paused)
}

async fn change(
    manager: &TaskManager,
    id: &ResourceId,
    pause: Option<&Pause>,
) -> Result<(), LiveError> {
    manager.resources().known(id)?;
    let Some(resource) = manager.config().resources.get(id) else { return Ok(()) };
    let (has_permits, has_rate) = (resource.permits.is_some(), resource.rate.is_some());
    // Also if the other one fails: as much is paused as can be.
    let permits = match has_permits {
        true => manager.resources().pause_permits(id, pause).await.map(drop),
        false => Ok(()),
    };
    if has_rate {
        manager.resources().pause_rate(id, pause).await?;
    }
    permits
}
