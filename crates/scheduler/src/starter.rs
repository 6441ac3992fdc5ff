//! Fills free slots while a job is chunked: its first tasks start before its last ones exist.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

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
    /// Attempts that were started so far.
    started: AtomicU64,
}

impl<'m> Starter<'m> {
    pub fn new(manager: &'m TaskManager, labourer: LabourerId, until: Timestamp) -> Self {
        Self { manager, labourer, until, next: Mutex::default(), started: AtomicU64::default() }
    }

    /// Fills free slots unless that is in progress or was done less than [`PAUSE`] ago: ranges of a job
    /// are created concurrently, and would race for the same heads of the queue.
    pub async fn start_now_and_then(&self) {
        let Ok(mut next) = self.next.try_lock() else { return };
        if next.is_none_or(|next| self.manager.now() >= next) {
            self.start(0).await;
            *next = Some(self.manager.now() + PAUSE);
        }
    }

    /// Fills the free slots that so many tasks are for, or blocks of them, once all are created.
    pub async fn start_all(&self, created: u64) {
        self.start(created.saturating_sub(self.started.load(Ordering::Relaxed))).await;
    }

    /// Fills free slots. So many tasks are to be started in them, as soon as the index shows them.
    async fn start(&self, unstarted: u64) {
        let manager = self.manager;
        let Some(labourer) = manager.config().labourers.get(&self.labourer) else { return };
        let may_go_on = || manager.now() < self.until;
        // Others lose nothing by waiting for the next tick but time: what is shared would be idle meanwhile.
        let unstarted = if labourer.uses.permits.is_empty() { 0 } else { unstarted };
        let filled = manager.attempts().fill_slots_with(labourer, unstarted, may_go_on).await;
        self.started.fetch_add(filled.started.invoked.into(), Ordering::Relaxed);
    }
}
