//! What every end of an attempt has in common: its writes, its slot, metrics and the event log.

use tracing::warn;

use super::Attempts;
use crate::{
    attempt::closing::Ending,
    describe,
    labourer::Labourer,
    metrics,
    queue::without,
    storage::{StoreError, TransactionOutcome},
    task::{Status, Task},
    transition::{JobWrite, Write},
};

impl Attempts<'_> {
    /// Applies an ending and frees the slot. False if the task changed meanwhile: nothing is written
    /// then.
    pub(crate) async fn end_and_free(
        self,
        ending: &Ending,
        labourer: &Labourer,
    ) -> Result<bool, StoreError> {
        let mut writes = ending.with_slot(&labourer.id);
        while let TransactionOutcome::Refused(refused) = self.manager.store.apply(&writes).await? {
            if !may_be_left_out(&writes, &refused) {
                return Ok(false);
            }
            let frees = |write: &&Write| matches!(write, Write::FreeSlot { .. });
            let is_uncounted =
                refused.iter().filter_map(|place| writes.get(*place)).any(|write| frees(&write));
            writes = without_refused(writes, &refused);
            writes.extend(ending.count(&labourer.id, ending.counts).filter(|_| is_uncounted));
            warn!(labourer_id = %labourer.id, "the attempt held no counted slot, or its task was in two tables");
        }
        self.log_ending(&writes).await;
        Ok(true)
    }

    /// A piece of a block that was halved has succeeded, so its labourer works. If that is not written down
    /// now, the next one does.
    async fn restore_trials(self, writes: &[Write]) {
        let shows_work = |write: &Write| match write {
            Write::Close(task) => {
                let is_piece = task.block.as_ref().is_some_and(|block| block.splits > 0);
                (is_piece && has_succeeded(task)).then(|| task.labourer_id.clone())
            }
            _ => None,
        };
        if let Some(labourer_id) = writes.iter().find_map(shows_work) {
            let restored = self.manager.labourers().restore_trials(&labourer_id).await;
            if let Err(error) = restored {
                warn!(error = describe(&error), %labourer_id, "trials of halving blocks not given back");
            }
        }
    }

    pub(super) async fn log_ending(self, writes: &[Write]) {
        for write in writes {
            let (metric, task) = match write {
                Write::Close(task) => (closed_metric(task), task),
                Write::Park(task) => (metrics::FAILED, task),
                _ => continue,
            };
            let count = u32::try_from(task.size()).unwrap_or(u32::MAX);
            metrics::count(metric, &task.labourer_id, count);
        }
        self.restore_trials(writes).await;
        let events = writes.iter().filter_map(|write| match write {
            Write::Close(task) => Some((&**task, closed_action(task))),
            Write::Park(task) => Some((&**task, "scheduled_for_retry")),
            _ => None,
        });
        self.manager.log_meta(events).await;
    }
}

/// Can the other writes of an ending be applied without those that were refused?
///
/// Two kinds may be left out. A slot that was never counted cannot be freed: the labourer's row is
/// missing, or sosw 0.7's orchestrator started the attempt. And a task that is already in the table
/// it moves to, and no older there, stays as it is, while this copy is deleted: sosw 0.7 moves tasks in
/// two steps, and may have stopped between them.
pub(super) fn may_be_left_out(writes: &[Write], refused: &[usize]) -> bool {
    let refused = refused.iter().filter_map(|index| writes.get(*index));
    let mut needed =
        refused.filter(|write| !is_copy(write) && !matches!(write, Write::FreeSlot { .. }));
    needed.next().is_none()
}

/// The writes without those that were refused; and, with a copy that stays as it is, without its
/// count for the job, because it was counted when it was written.
fn without_refused(writes: Vec<Write>, refused: &[usize]) -> Vec<Write> {
    let is_counted = refused.iter().filter_map(|index| writes.get(*index)).any(is_copy);
    let mut writes = without(writes, refused);
    writes.retain(|write| !(is_counted && matches!(write, Write::Job(JobWrite::Count { .. }))));
    writes
}

/// Does it put the task into another table, where it may be already? sosw 0.7 has no blocks.
fn is_copy(write: &Write) -> bool {
    match write {
        Write::Park(task) | Write::Close(task) => task.block.is_none(),
        _ => false,
    }
}

fn has_succeeded(task: &Task) -> bool {
    task.closed.is_some_and(|closed| closed.status == Status::Succeeded)
}

fn closed_action(task: &Task) -> &'static str {
    match task.closed.map(|closed| closed.status) {
        Some(Status::Exhausted) => "archived_dead",
        _ => "archived",
    }
}

fn closed_metric(task: &Task) -> &'static str {
    match task.closed.map(|closed| closed.status) {
        Some(Status::Exhausted) => metrics::EXHAUSTED,
        Some(Status::Ignored) => metrics::IGNORED,
        _ => metrics::SUCCEEDED,
    }
}
