//! The health of each labourer, its reason, and since when.

use std::collections::BTreeMap;

use serde::Serialize;
pub use task_manager::ecology::{Change, Series};
use task_manager::{
    TaskManager, config::Config, ids::LabourerId, storage::StoreError, time::Timestamp,
};

use crate::{
    resources::Wait,
    status::{LabourerSnapshot, snapshots},
};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabourerHealth {
    pub labourer_id: LabourerId,
    /// Attempts within their lease.
    pub running: u64,
    /// The limit of slots, as last decided.
    pub slot_limit: u32,
    /// Attempts that it may have live by what it shares with others, if it uses permits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
    /// What it waits for of what it shares.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<Wait>,
    /// The limit of slots in full health.
    pub max_simultaneous_invocations: u32,
    pub queued: u64,
    /// `paused until …: reason`, if it is paused.
    pub paused: Option<String>,
    /// Health and its reason, if its slots depend on health.
    pub health: Option<String>,
    /// When health or limit last changed.
    pub since: Option<Timestamp>,
    /// The metrics without a value, each with the reason.
    pub missing: Option<BTreeMap<String, String>>,
    /// The last changes, newest last.
    pub changes: Option<Vec<Change>>,
    /// For people: `paused`, else `health`, with the time if that was long ago, and what it waits for.
    #[serde(skip)]
    pub remark: String,
}

/// All labourers of the config, then those that left it and have open tasks, by name.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn list(manager: &TaskManager) -> Result<Vec<LabourerHealth>, StoreError> {
    let snapshots = snapshots(manager).await?;
    let now = manager.now();
    Ok(snapshots.iter().map(|snapshot| of(snapshot, now)).collect())
}

/// The last changes of a labourer's health or limit, newest last: one read.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn changes(
    manager: &TaskManager,
    labourer: &LabourerId,
) -> Result<Vec<Change>, StoreError> {
    let row = manager.store().labourers().row(labourer).await?;
    Ok(row.and_then(|row| row.ecology).map(|memory| memory.changes).unwrap_or_default())
}

/// What the health of labourers and resources is read from: every metric that a config names.
pub fn series(config: &Config) -> impl Iterator<Item = &Series> {
    let metrics = config.labourers.values().flat_map(|labourer| &labourer.health.metrics);
    let of_resources = config.resources.values().flat_map(|resource| &resource.metrics);
    metrics.chain(of_resources).flat_map(|metric| metric.query.series())
}

fn of(snapshot: &LabourerSnapshot, now: Timestamp) -> LabourerHealth {
    let row = snapshot.row.as_ref();
    let memory = row.and_then(|row| row.ecology.as_ref());
    LabourerHealth {
        labourer_id: snapshot.labourer.id.clone(),
        running: snapshot.counts.running,
        slot_limit: snapshot.slots(),
        share: row.and_then(|row| row.share),
        waits: snapshot.waits.clone(),
        max_simultaneous_invocations: snapshot.labourer.max_simultaneous_invocations,
        queued: snapshot.counts.queued,
        paused: row.and_then(|row| row.pause_in_words(now)),
        health: row.and_then(|row| row.health.clone()),
        since: memory.map(|memory| memory.since),
        missing: memory.map(|memory| memory.missing.clone()),
        changes: memory.map(|memory| memory.changes.clone()),
        remark: snapshot.remark(now),
    }
}
