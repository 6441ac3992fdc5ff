//! Parked tasks that are due: back to the head of the queue.

use super::Queue;
use crate::{
    greenfield::KeyRange,
    labourer::Labourer,
    manager::attempts::upkeep::Upkeep,
    metrics,
    queue::{Head, REQUEUE_MOST, fitting_moves, requeue, without_refused},
    storage::{StoreError, TransactionOutcome},
    transition::Write,
};

impl Queue<'_> {
    /// Moves parked tasks that are due to the head of the queue, in the order in which they were due.
    ///
    /// A retry is older work than anything queued, so it goes before the oldest task. All tasks that
    /// are due share the room before that one, so they are counted first: batches that each went
    /// before the oldest would reverse their order. Two scavengers may requeue the same tasks, each
    /// with its own places; the condition on the parked item lets one of them win, and the other
    /// leaves that task out. A task that sosw 0.7's scavenger copied to the queue already (it moves in two
    /// steps) is only deleted from the retry table.
    #[doc(alias = "retry_task")]
    #[doc(alias = "get_tasks_to_retry_for_labourer")]
    pub async fn requeue(
        self,
        labourer: &Labourer,
        may_go_on: impl Fn() -> bool,
    ) -> Result<Upkeep, StoreError> {
        let mut upkeep = Upkeep::default();
        let now = self.manager.now();
        let mut due =
            self.manager.store.retry().due(&labourer.id, now, REQUEUE_MOST as u32).await?;
        let Some(first) = due.iter().min_by_key(|task| task.due_at).cloned() else {
            return Ok(upkeep);
        };
        // They keep their order over any number of transactions.
        let count = match due.len() < REQUEUE_MOST {
            true => due.len() as u64,
            false => self.manager.store.retry().count_due(&labourer.id, now).await?,
        };
        let queued = KeyRange::queued(now);
        let oldest = self.manager.store.tasks().candidates(&labourer.id, queued, 1, false).await?;
        let oldest = oldest.first().map(|candidate| candidate.greenfield);
        let mut head = Head::before(oldest, count, &first, self.manager.config.scale);
        let mut moved = 0;
        while !due.is_empty() && moved < count && may_go_on() {
            due.truncate(fitting_moves(&due));
            moved += due.len() as u64;
            let mut writes = requeue(due, &mut head, now, &self.manager.author);
            while let TransactionOutcome::Refused(refused) =
                self.manager.store.apply(&writes).await?
            {
                upkeep.lost += refused.len() as u32;
                writes = without_refused(writes, &refused);
            }
            let queued: Vec<_> = writes.iter().filter_map(Write::queued).collect();
            upkeep.requeued += queued.len() as u32;
            metrics::count(metrics::REQUEUED, &labourer.id, queued.len() as u32);
            self.manager.log_meta(queued.into_iter().map(|task| (task, "ready_for_retry"))).await;
            due = self.manager.store.retry().due(&labourer.id, now, REQUEUE_MOST as u32).await?;
        }
        Ok(upkeep)
    }
}
