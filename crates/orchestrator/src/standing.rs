//! How labourers stand at the end of a tick: read once, for metrics and history.

use std::collections::BTreeMap;

use function::tick::Ticked;
use futures::{StreamExt, stream};
use task_manager::{
    TaskManager,
    ecology::Health,
    history::{Gauges, OfResource},
    ids::LabourerId,
    labourer::{self, Labourer},
    metrics::Standing,
    storage::StoreError,
};
use tracing::warn;

use crate::TurnSummary;

/// Labourers that are read concurrently.
const AT_ONCE: usize = 32;
/// Why nothing starts for a labourer that left the config.
const LEFT: &str = "not in the config";

/// Everybody who may have had something to do.
#[derive(Debug, Default)]
pub struct Standings {
    pub rows: BTreeMap<LabourerId, labourer::State>,
    /// Of those whose queue could be read.
    pub standings: BTreeMap<LabourerId, Standing>,
    /// For people: why they have so few slots.
    pub reasons: BTreeMap<LabourerId, String>,
    /// Of the config.
    pub resources: Vec<OfResource>,
}

impl Standings {
    /// For the history.
    pub fn gauges(&self) -> BTreeMap<LabourerId, Gauges> {
        let gauges = self.standings.iter().map(|(id, standing)| {
            let reason = self.reasons.get(id).cloned().unwrap_or_default();
            let health = Health::try_from(standing.health).unwrap_or_default();
            let Standing { queued, running, slot_limit: slots, ages, .. } = *standing;
            (id.clone(), Gauges { queued, oldest: ages.queued, running, slots, health, reason })
        });
        gauges.collect()
    }
}

/// Reads rows and queues after a tick: of the labourers of the config, and of those that left it.
///
/// # Errors
/// When the rows cannot be read. A queue that cannot is left out.
pub async fn read(
    manager: &TaskManager,
    ticked: &Ticked<TurnSummary>,
) -> Result<Standings, StoreError> {
    let everybody = manager.labourers().everybody().await?;
    let mut all = Standings::default();
    let reads = everybody.visits.iter().filter_map(|(labourer, row)| {
        let summary = match ticked.labourers.get(&labourer.id) {
            Some(turn) => Some(turn.done()?),
            // Of one that was not served nobody knows what would have been decided.
            None if manager.config().labourers.contains_key(&labourer.id) => return None,
            None => None,
        };
        let row = row.as_ref();
        Some(async move { (labourer, summary, stand(manager, labourer, summary, row).await) })
    });
    let mut reads = stream::iter(reads.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
    while let Some((labourer, summary, standing)) = reads.next().await {
        let id = labourer.id.clone();
        match standing {
            Ok(standing) => {
                let reason = summary.map_or(LEFT.to_owned(), TurnSummary::reason);
                all.reasons.insert(id.clone(), reason);
                all.standings.insert(id, standing);
            }
            Err(error) => {
                warn!(%error, labourer_id = %id, "cannot read length and age of the queue");
            }
        }
    }
    drop(reads);
    let rows = everybody.visits.into_iter();
    all.rows = rows.filter_map(|(labourer, row)| Some((labourer.id, row?))).collect();
    all.resources = manager.resources().stand(&all.rows).await?;
    Ok(all)
}

async fn stand(
    manager: &TaskManager,
    labourer: &Labourer,
    summary: Option<&TurnSummary>,
    row: Option<&labourer::State>,
) -> Result<Standing, StoreError> {
    Ok(Standing {
        queued: manager.queue().length_at_least(&labourer.id).await?,
        running: row.map_or(0, labourer::State::running),
        slot_limit: summary.map_or(0, |summary| summary.slot_limit),
        health: summary.map_or(Health::High, |summary| summary.status).status(),
        ages: manager.labourers().ages(labourer, row).await?,
    })
}
