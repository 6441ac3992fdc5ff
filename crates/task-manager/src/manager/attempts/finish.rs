//! What every end of an attempt has in common: its writes, its slot, metrics and the event log.

use tracing::warn;

use super::Attempts;
use crate::{
    attempt::closing::Ending,
    labourer::Labourer,
    metrics,
    storage::{StoreError, TransactionOutcome},
    task::{Status, Task},
    transition::{JobWrite, Write},
};

impl Attempts<'_> {
    /// Applies an ending and frees the slot. False if the task changed meanwhile: nothing is written
    /// then.
    pub(crate) async fn finish(
        self,
        ending: Ending,
        labourer: &Labourer,
    ) -> Result<bool, StoreError> {
        let Ending { mut writes, leaves_slot, .. } = ending;
        let free = Write::FreeSlots { labourer_id: labourer.id.clone(), count: 1 };
        writes.extend(leaves_slot.then_some(free));
        while let TransactionOutcome::Refused(places) = self.manager.store.apply(&writes).await? {
            if !leave_undone(&mut writes, &places) {
                return Ok(false);
            }
            warn!(labourer_id = %labourer.id, "the attempt held no counted slot, or its task was in two tables");
        }
        self.log_ending(&writes).await;
        Ok(true)
    }

    pub(super) async fn log_ending(self, writes: &[Write]) {
        for write in writes {
            match write {
                Write::Close(task) => metrics::count(closed_metric(task), &task.labourer_id, 1),
                Write::Park(task) => metrics::count(metrics::FAILED, &task.labourer_id, 1),
                _ => {}
            }
        }
        let events = writes.iter().filter_map(|write| match write {
            Write::Close(task) => Some((&**task, closed_action(task))),
            Write::Park(task) => Some((&**task, "scheduled_for_retry")),
            _ => None,
        });
        self.manager.log_meta(events).await;
    }
}

/// Removes the refused writes, if the others are right without them; false if they are not.
///
/// Two kinds may be left out. A slot that was never counted cannot be freed: the labourer's row is
/// missing, or sosw's orchestrator started the attempt. And a task that is already in the table it
/// moves to stays there as it is, while this copy is deleted: sosw moves tasks in two steps, and may
/// have stopped between them.
pub(super) fn leave_undone(writes: &mut Vec<Write>, places: &[usize]) -> bool {
    let is_copy = |write: &Write| matches!(write, Write::Park(_) | Write::Close(_));
    let refused: Vec<_> = places.iter().filter_map(|place| writes.get(*place)).collect();
    if !refused.iter().all(|write| is_copy(write) || matches!(write, Write::FreeSlots { .. })) {
        return false;
    }
    let is_counted = refused.into_iter().any(is_copy);
    let mut place = 0..;
    writes.retain(|write| {
        let is_refused = place.next().is_some_and(|place| places.contains(&place));
        let was_counted = is_counted && matches!(write, Write::Job(JobWrite::Count { .. }));
        !(is_refused || was_counted)
    });
    true
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
