//! Fills free slots while a job is chunked: its first tasks start before its last ones exist.

use std::time::Duration;

use task_manager::{
    TaskManager, describe, ids::LabourerId, manager::attempts::start::Limit, storage::StoreError,
    time::Timestamp,
};
use tokio::sync::Mutex;
use tracing::warn;

/// The shortest time between two attempts to fill slots.
const PAUSE: Duration = Duration::from_secs(1);

/// Starts tasks of one labourer while others are being created.
pub(crate) struct Starter<'m> {
    manager: &'m TaskManager,
    labourer: LabourerId,
    until: Timestamp,
    next: Mutex<Option<Timestamp>>,
}

impl<'m> Starter<'m> {
    pub fn new(manager: &'m TaskManager, labourer: LabourerId, until: Timestamp) -> Self {
        Self { manager, labourer, until, next: Mutex::default() }
    }

    /// Fills free slots unless that is in progress or was done less than [`PAUSE`] ago: ranges of a job
    /// are created concurrently, and would race for the same heads of the queue.
    pub async fn start_now_and_then(&self) {
        let Ok(mut next) = self.next.try_lock() else { return };
        if next.is_none_or(|next| self.manager.now() >= next) {
            self.start().await;
            *next = Some(self.manager.now() + PAUSE);
        }
    }

    /// Fills free slots. On failure, the next tick of the orchestrator starts the tasks.
    pub async fn start(&self) {
        if let Err(error) = self.fill_slots().await {
            let (error, labourer_id) = (describe(&error), &self.labourer);
            warn!(error, %labourer_id, "cannot fill free slots; the orchestrator's next tick does");
        }
    }

    /// Fills free slots only if the labourer's limit is known to be valid: its row was confirmed recently,
    /// or the limit does not depend on health.
    async fn fill_slots(&self) -> Result<(), StoreError> {
        let manager = self.manager;
        let Some(labourer) = manager.config().labourers.get(&self.labourer) else { return Ok(()) };
        let row = manager.labourers().register(labourer).await?;
        let limit = match row.is_fresh(manager.now()) {
            true => Limit::OfRow(row.slot_limit),
            false if labourer.health.limits_slots() => return Ok(()),
            false => Limit::Decided(labourer.max_simultaneous_invocations),
        };
        let may_go_on = || manager.now() < self.until;
        manager.attempts().start(labourer, row, limit, may_go_on).await.map(drop)
    }
}
