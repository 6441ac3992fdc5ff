//! How many tasks of each labourer are where.

use futures::future::try_join_all;
use serde::Serialize;
use task_manager::{
    TaskManager,
    ids::LabourerId,
    labourer::{self, Labourer},
    storage::StoreError,
    task::Status,
    time::Timestamp,
};

/// How many tasks of a labourer are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TaskCounts {
    /// Waiting in the queue.
    pub queued: u64,
    /// Attempts within their lease.
    pub running: u64,
    /// Attempts past their lease, not yet put in order.
    pub expired: u64,
    /// In the retry table.
    pub parked: u64,
    /// Closed as succeeded.
    pub succeeded: u64,
    /// Closed as exhausted.
    pub exhausted: u64,
    /// Closed as ignored.
    pub ignored: u64,
}

impl TaskCounts {
    /// Tasks that are not closed.
    pub fn open(&self) -> u64 {
        self.queued + self.running + self.expired + self.parked
    }

    /// Tasks that are closed.
    pub fn closed(&self) -> u64 {
        self.succeeded + self.exhausted + self.ignored
    }
}

/// A labourer's tasks and slots at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LabourerStatus {
    /// Whose.
    pub labourer_id: LabourerId,
    /// Where its tasks are.
    pub counts: TaskCounts,
    /// Slots there are, as last decided.
    pub slots: u32,
    /// Whether it is paused, else its health and why, with the time if that was long ago; empty
    /// when there is nothing to say.
    pub remark: String,
}

/// All labourers of the config, by name.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn list(manager: &TaskManager) -> Result<Vec<LabourerStatus>, StoreError> {
    let snapshots = snapshots(manager).await?;
    let now = manager.now();
    let status = |snapshot: Snapshot<'_>| LabourerStatus {
        labourer_id: snapshot.labourer.id.clone(),
        counts: snapshot.counts,
        slots: snapshot.slots(),
        remark: snapshot.remark(now),
    };
    Ok(snapshots.into_iter().map(status).collect())
}

/// Where the tasks of a labourer are.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn count(
    manager: &TaskManager,
    labourer: &Labourer,
    row: Option<&labourer::State>,
) -> Result<TaskCounts, StoreError> {
    let (store, id) = (manager.store(), &labourer.id);
    let (queued, running, expired, parked, succeeded, exhausted, ignored) = futures::try_join!(
        manager.queue_length(id),
        manager.count_running(labourer, row),
        manager.count_expired(labourer, row),
        store.count_parked(id),
        store.count_closed(id, Status::Succeeded),
        store.count_closed(id, Status::Exhausted),
        store.count_closed(id, Status::Ignored),
    )?;
    Ok(TaskCounts { queued, running, expired, parked, succeeded, exhausted, ignored })
}

/// How many tasks of a labourer were closed from then until now.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn count_closed_since(
    manager: &TaskManager,
    labourer: &LabourerId,
    since: Timestamp,
) -> Result<u64, StoreError> {
    let mut closed = 0;
    for status in Status::ALL {
        let store = manager.store();
        closed += store.count_closed_in(labourer, status, since, manager.now()).await?;
    }
    Ok(closed)
}

/// What is read of a labourer.
pub(crate) struct Snapshot<'m> {
    pub labourer: &'m Labourer,
    pub row: Option<labourer::State>,
    pub counts: TaskCounts,
}

impl Snapshot<'_> {
    /// Slots there are, as last decided.
    pub fn slots(&self) -> u32 {
        let most = self.labourer.max_simultaneous_invocations;
        self.row.as_ref().map_or(most, |row| row.slot_limit)
    }

    /// Whether it is paused, else its health and why; with the time, if that is long ago.
    pub fn remark(&self, now: Timestamp) -> String {
        let Some(row) = &self.row else { return String::new() };
        let health = || match (&row.health, row.refreshed_at) {
            (Some(health), Some(at)) if !row.is_fresh(now) => {
                Some(format!("{health} (as of {})", at.utc()))
            }
            (health, _) => health.clone(),
        };
        row.pause_in_words(now).or_else(health).unwrap_or_default()
    }
}

/// All labourers of the config, read side by side.
pub(crate) async fn snapshots(manager: &TaskManager) -> Result<Vec<Snapshot<'_>>, StoreError> {
    let labourers: Vec<_> = manager.labourers().collect();
    let mut rows = manager.store().rows(labourers.iter().map(|labourer| &labourer.id)).await?;
    let reads = labourers.into_iter().map(|labourer| {
        let row = rows.remove(&labourer.id);
        async move {
            let counts = count(manager, labourer, row.as_ref()).await?;
            Ok(Snapshot { labourer, row, counts })
        }
    });
    try_join_all(reads).await
}
