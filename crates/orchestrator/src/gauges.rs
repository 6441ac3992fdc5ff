//! Gauges for the stack's alarms and dashboard, recorded at the end of a tick, of labourers that have
//! something to do.

use std::{collections::HashMap, time::Duration};

use function::tick::Ticked;
use futures::{StreamExt, stream};
use task_manager::{
    TaskManager,
    labourer::{self, Labourer},
    metrics::{self, Standing},
    storage::StoreError,
};
use tracing::warn;

use crate::TurnSummary;

/// The most time spent reading the queues, out of the time reserved for the end of a tick.
const PATIENCE: Duration = Duration::from_secs(3);
/// Labourers that are read concurrently.
const AT_ONCE: usize = 32;

/// Records the gauges of a tick, if metrics are collected. A failure here does not fail the tick.
pub async fn record(manager: &TaskManager, ticked: &Ticked<TurnSummary>) {
    if !metrics::are_kept() {
        return;
    }
    if tokio::time::timeout(PATIENCE, record_all(manager, ticked)).await.is_err() {
        warn!("out of time: length and age of some queues were not recorded");
    }
}

async fn record_all(manager: &TaskManager, ticked: &Ticked<TurnSummary>) {
    let rows = manager.store().labourers().rows(ticked.labourers.keys()).await;
    let rows = rows.unwrap_or_else(|error| {
        warn!(%error, "cannot read the rows of the labourers for the metrics");
        HashMap::new()
    });
    let done = ticked
        .labourers
        .iter()
        .filter_map(|(id, result)| Some((id, manager.labourers().get(id).ok()?, result.done()?)));
    let standings = done.map(async |(id, labourer, tally)| {
        (id, stand(manager, labourer, tally, rows.get(id)).await)
    });
    let mut standings = stream::iter(standings).buffer_unordered(AT_ONCE);
    while let Some((id, standing)) = standings.next().await {
        match standing {
            // A metric is paid for by the hour in which it has a value.
            Ok(standing) if standing.is_idle() => {}
            Ok(standing) => metrics::stands(id, standing),
            Err(error) => {
                warn!(%error, labourer_id = %id, "cannot read length and age of the queue");
            }
        }
    }
}

async fn stand(
    manager: &TaskManager,
    labourer: &Labourer,
    tally: &TurnSummary,
    row: Option<&labourer::State>,
) -> Result<Standing, StoreError> {
    Ok(Standing {
        queued: manager.queue().length_at_least(&labourer.id).await?,
        running: tally.running,
        slot_limit: tally.slot_limit,
        health: tally.status.status(),
        ages: manager.labourers().ages(labourer, row).await?,
    })
}
