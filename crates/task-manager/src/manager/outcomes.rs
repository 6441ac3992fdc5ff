//! What became of a labourer's attempts since the last tick: its health from within.

use super::TaskManager;
use crate::{ecology::Outcomes, labourer::Labourer, slots::Row, storage::StoreError, task::Status};

/// Parked tasks that are looked at: enough to see trouble, whatever the length of the table.
const PARKED: u32 = 100;

impl TaskManager {
    /// What became of the attempts that ended since the row was last confirmed. Nothing is read
    /// for a labourer whose limit does not depend on it.
    pub async fn outcomes(&self, labourer: &Labourer, row: &Row) -> Result<Outcomes, StoreError> {
        let running = Outcomes { running: row.running, ..Outcomes::default() };
        let Some(since) = row.refreshed_at.filter(|_| labourer.looks_at_outcomes()) else {
            return Ok(running);
        };
        let (store, id) = (&self.store, &labourer.id);
        let (succeeded, exhausted, parked) = futures::try_join!(
            store.count_closed_since(id, Status::Succeeded, since),
            store.count_closed_since(id, Status::Exhausted, since),
            store.latest_parked(id, PARKED),
        )?;
        let failed = parked.iter().filter(|task| task.errors.last().is_some_and(|e| e.at > since));
        let count = |tasks: u64| u32::try_from(tasks).unwrap_or(u32::MAX);
        Ok(Outcomes {
            succeeded: count(succeeded),
            failed: count(exhausted).saturating_add(count(failed.count() as u64)),
            ..running
        })
    }
}
