//! How many tasks each labourer has in each state. They are counted in the indexes of the tables, which know
//! nothing of members: a block counts as one. What a job counts are its tasks.

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

use crate::{
    resources::{self, Shared, Standing, Wait},
    tasks::TaskState,
};

/// How many tasks a labourer has in each state; a block is counted as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TaskCounts {
    /// Waiting in the queue.
    pub queued: u64,
    /// Attempts within their lease.
    pub running: u64,
    /// Attempts past their lease, until the scavenger's next tick ends them.
    pub expired: u64,
    /// In the retry table, waiting for the next attempt.
    pub parked: u64,
    /// Closed as succeeded.
    pub succeeded: u64,
    /// Closed because their attempts are spent, or because they cannot be run.
    pub exhausted: u64,
    /// Closed because they were cancelled.
    pub ignored: u64,
}

impl TaskCounts {
    pub fn open(&self) -> u64 {
        self.queued + self.running + self.expired + self.parked
    }

    pub fn closed(&self) -> u64 {
        self.succeeded + self.exhausted + self.ignored
    }

    pub fn of(&self, state: TaskState) -> u64 {
        match state {
            TaskState::Queued => self.queued,
            TaskState::Running => self.running,
            TaskState::Expired => self.expired,
            TaskState::Parked => self.parked,
            TaskState::Succeeded => self.succeeded,
            TaskState::Exhausted => self.exhausted,
            TaskState::Ignored => self.ignored,
        }
    }
}

/// A labourer's tasks and slots at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LabourerStatus {
    pub labourer_id: LabourerId,
    pub counts: TaskCounts,
    /// The limit of slots, as last decided.
    pub slots: u32,
    /// For people: why nothing is started for it, else that it is paused, else its health and the reason,
    /// with the time if that was long ago, and what it waits for of what it shares. Empty if none of it is known.
    pub remark: String,
    /// Why nothing is started for it, if the config is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// All labourers of the config, then those that left it and have open tasks, by name.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn list(manager: &TaskManager) -> Result<Vec<LabourerStatus>, StoreError> {
    let snapshots = snapshots(manager).await?;
    let now = manager.now();
    let status = |snapshot: LabourerSnapshot| LabourerStatus {
        labourer_id: snapshot.labourer.id.clone(),
        counts: snapshot.counts,
        slots: snapshot.slots(),
        remark: snapshot.remark(now),
        stopped: snapshot.labourer.stopped,
    };
    Ok(snapshots.into_iter().map(status).collect())
}

/// Counts the tasks of a labourer by state.
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
        manager.queue().length(id),
        manager.attempts().count_running(labourer, row),
        manager.attempts().count_expired(labourer, row),
        store.retry().count(id),
        store.closed().count(id, Status::Succeeded),
        store.closed().count(id, Status::Exhausted),
        store.closed().count(id, Status::Ignored),
    )?;
    Ok(TaskCounts { queued, running, expired, parked, succeeded, exhausted, ignored })
}

/// How many tasks of a labourer were closed since then, and how; none of them is open. A block is counted as one.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn count_closed_since(
    manager: &TaskManager,
    labourer: &LabourerId,
    since: Timestamp,
) -> Result<TaskCounts, StoreError> {
    let (closed, now) = (manager.store().closed(), manager.now());
    let count = |status| closed.count_within(labourer, status, since, now);
    let (succeeded, exhausted, ignored) = futures::try_join!(
        count(Status::Succeeded),
        count(Status::Exhausted),
        count(Status::Ignored)
    )?;
    Ok(TaskCounts { succeeded, exhausted, ignored, ..TaskCounts::default() })
}

/// What is read of a labourer.
pub(crate) struct LabourerSnapshot {
    pub labourer: Labourer,
    pub row: Option<labourer::State>,
    pub counts: TaskCounts,
    /// What it waits for of what it shares.
    pub waits: Vec<Wait>,
}

impl LabourerSnapshot {
    /// The limit of slots, as last decided.
    pub fn slots(&self) -> u32 {
        slots(&self.labourer, self.row.as_ref())
    }

    /// As [`LabourerStatus::remark`].
    pub fn remark(&self, now: Timestamp) -> String {
        let running = self.row.as_ref().map_or(0, labourer::State::running);
        remark(&self.labourer, self.row.as_ref(), running, &self.waits, now)
    }
}

/// The limit of slots, as last decided.
pub(crate) fn slots(labourer: &Labourer, row: Option<&labourer::State>) -> u32 {
    match labourer.stopped {
        Some(_) => 0,
        None => row.map_or(labourer.max_simultaneous_invocations, |row| row.slot_limit),
    }
}

/// As [`LabourerStatus::remark`], of one with so many attempts.
pub(crate) fn remark(
    labourer: &Labourer,
    row: Option<&labourer::State>,
    running: u32,
    waits: &[Wait],
    now: Timestamp,
) -> String {
    if let Some(why) = &labourer.stopped {
        return why.clone();
    }
    let Some(row) = row else { return String::new() };
    let health = || match (&row.health, row.refreshed_at) {
        (Some(health), Some(at)) if !row.is_fresh(now) => {
            Some(format!("{health} (as of {})", at.utc()))
        }
        (health, _) => health.clone(),
    };
    if let Some(paused) = row.pause_in_words(now) {
        return paused;
    }
    match resources::brief(waits, Standing { running, ..Standing::of(row, 0) }) {
        // Health that limits nothing is not what it waits for.
        Some(waits) if row.slot_limit < labourer.max_simultaneous_invocations => {
            health().into_iter().chain([waits]).collect::<Vec<_>>().join("; ")
        }
        Some(waits) => waits,
        None => health().unwrap_or_default(),
    }
}

/// All labourers of the config, and those that left it and have open tasks, read concurrently.
pub(crate) async fn snapshots(manager: &TaskManager) -> Result<Vec<LabourerSnapshot>, StoreError> {
    let (everybody, shared) =
        futures::try_join!(manager.labourers().everybody(), Shared::read(manager))?;
    let rows = everybody.visits.iter().filter_map(|(_, row)| row.as_ref());
    let shared = &shared.with_rows(rows);
    let reads = everybody.visits.into_iter().map(|(labourer, row)| async move {
        let counts = count(manager, &labourer, row.as_ref()).await?;
        let standing = row.as_ref().map(|row| Standing::of(row, counts.queued));
        let waits = standing.map(|standing| shared.waits(&labourer, standing, manager.now()));
        Ok(LabourerSnapshot { labourer, row, counts, waits: waits.unwrap_or_default() })
    });
    let mut all = try_join_all(reads).await?;
    let known = &manager.config().labourers;
    all.retain(|snapshot| known.contains_key(&snapshot.labourer.id) || snapshot.counts.open() > 0);
    Ok(all)
}
