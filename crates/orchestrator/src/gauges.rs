//! What a tick saw, as numbers for the stack's alarms and its dashboard.

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

use crate::Tally;

/// What looking at the queues may take at most, of the time that a tick keeps for its end.
const PATIENCE: Duration = Duration::from_secs(3);
/// Labourers that are looked at at once.
const AT_ONCE: usize = 32;

/// Tells the numbers of a tick, where they are kept. Their failure is not the tick's.
pub async fn tell(manager: &TaskManager, ticked: &Ticked<Tally>) {
    if !metrics::are_kept() {
        return;
    }
    if tokio::time::timeout(PATIENCE, tell_all(manager, ticked)).await.is_err() {
        warn!("there was no time to look at the length and age of all queues");
    }
}

async fn tell_all(manager: &TaskManager, ticked: &Ticked<Tally>) {
    let rows = manager.store().rows(ticked.labourers.keys()).await;
    let rows = rows.unwrap_or_else(|error| {
        warn!(%error, "no row could be read for the metrics");
        HashMap::new()
    });
    let done = ticked
        .labourers
        .iter()
        .filter_map(|(id, told)| Some((id, manager.labourer(id).ok()?, told.done()?)));
    let standings = done.map(async |(id, labourer, tally)| {
        (id, stand(manager, labourer, tally, rows.get(id)).await)
    });
    let mut standings = stream::iter(standings).buffer_unordered(AT_ONCE);
    while let Some((id, standing)) = standings.next().await {
        match standing {
            Ok(standing) => metrics::stands(id, standing),
            Err(error) => {
                warn!(%error, labourer_id = %id, "length and age of its queue are not known");
            }
        }
    }
}

async fn stand(
    manager: &TaskManager,
    labourer: &Labourer,
    tally: &Tally,
    row: Option<&labourer::State>,
) -> Result<Standing, StoreError> {
    Ok(Standing {
        queued: manager.queue_length_or_some(&labourer.id).await?,
        running: tally.running,
        slot_limit: tally.slot_limit,
        health: tally.status.status(),
        ages: manager.ages(labourer, row).await?,
    })
}
