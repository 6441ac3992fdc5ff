//! What a tick saw, as numbers for the stack's alarms and its dashboard.

use task_manager::{
    TaskManager,
    metrics::{self, Standing},
    storage::StoreError,
    tick::Ticked,
};
use tracing::warn;

use crate::Tally;

/// Tells the numbers of a tick, where they are kept. Their failure is not the tick's.
pub async fn tell(manager: &TaskManager, ticked: &Ticked<Tally>) {
    if metrics::are_kept()
        && let Err(error) = tell_all(manager, ticked).await
    {
        warn!(%error, "lengths and ages of the queues are not known");
    }
}

async fn tell_all(manager: &TaskManager, ticked: &Ticked<Tally>) -> Result<(), StoreError> {
    let rows = manager.store().rows(ticked.labourers.keys()).await?;
    for (id, told) in &ticked.labourers {
        let (Some(tally), Ok(labourer)) = (told.done(), manager.labourer(id)) else { continue };
        let standing = Standing {
            queued: manager.queue_length_or_some(id).await?,
            running: tally.running,
            slot_limit: tally.slot_limit,
            health: tally.status.status(),
            ages: manager.ages(labourer, rows.get(id)).await?,
        };
        metrics::stands(id, standing);
    }
    Ok(())
}
