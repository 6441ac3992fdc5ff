//! What a tick saw, as numbers for the stack's alarms and its dashboard.

use std::sync::LazyLock;

use task_manager::{TaskManager, metrics, storage::StoreError, tick::Ticked};
use tracing::warn;

use crate::Tally;

/// Where nobody looks at the numbers, nothing is read for them.
static IS_WANTED: LazyLock<bool> = LazyLock::new(|| std::env::var_os("SOSW_STACK").is_some());

/// Tells the numbers of a tick. Their failure is not the tick's.
pub async fn tell(manager: &TaskManager, ticked: &Ticked<Tally>) {
    if *IS_WANTED && let Err(error) = tell_all(manager, ticked).await {
        warn!(%error, "the ages of the queues are not known");
    }
}

async fn tell_all(manager: &TaskManager, ticked: &Ticked<Tally>) -> Result<(), StoreError> {
    let rows = manager.store().rows(ticked.labourers.keys()).await?;
    for (id, told) in &ticked.labourers {
        let (Some(tally), Ok(labourer)) = (told.done(), manager.labourer(id)) else { continue };
        let ages = manager.ages(labourer, rows.get(id)).await?;
        metrics::standing(id, tally.running, tally.slot_limit, ages);
        metrics::refused(id, tally.started.throttled + tally.started.refused);
    }
    Ok(())
}
