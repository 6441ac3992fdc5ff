//! Fills free slots while a job is chunked: its first tasks start before its last ones exist.

use std::time::Duration;

use task_manager::{TaskManager, ids::LabourerId, time::Timestamp};
use tokio::sync::Mutex;

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

    /// Fills free slots.
    pub async fn start(&self) {
        let manager = self.manager;
        let Some(labourer) = manager.config().labourers.get(&self.labourer) else { return };
        manager.attempts().fill_slots(labourer, || manager.now() < self.until).await;
    }
}
