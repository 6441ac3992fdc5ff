//! Parked tasks that are due: back to the head of the queue.

use super::Queue;
use crate::{
    attempt::dispatch::is_spent_block,
    greenfield::KeyRange,
    labourer::Labourer,
    manager::attempts::upkeep::Upkeep,
    metrics,
    queue::{Head, REQUEUE_MOST, fitting_moves, requeue, without_refused},
    storage::{StoreError, TransactionOutcome, retry::DueTask},
    task::Task,
    time::Timestamp,
    transition::Write,
};

/// What was requeued, and when there is more to do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Requeued {
    pub upkeep: Upkeep,
    /// When the next parked task falls due, if that is before the horizon.
    pub next_due: Option<Timestamp>,
}

/// What one look at the retry table shows.
struct Look {
    /// Tasks that are due, at most [`REQUEUE_MOST`].
    due: Vec<Task>,
    next_due: Option<Timestamp>,
}

impl Queue<'_> {
    /// Moves parked tasks that are due to the head of the queue, in the order in which they were due.
    ///
    /// A retry is older work than anything queued, so it goes before the oldest task. All tasks that
    /// are due share the room before that one, so they are counted first: batches that each went
    /// before the oldest would reverse their order. Two scavengers may requeue the same tasks, each
    /// with its own places; the condition on the parked item lets one of them win, and the other
    /// leaves that task out. A task that sosw 0.7's scavenger copied to the queue already (it moves in two
    /// steps) is only deleted from the retry table.
    ///
    /// The same read shows when the next one falls due, if that is before `horizon`.
    #[doc(alias = "retry_task")]
    #[doc(alias = "get_tasks_to_retry_for_labourer")]
    pub async fn requeue(
        self,
        labourer: &Labourer,
        horizon: Timestamp,
        may_go_on: impl Fn() -> bool,
    ) -> Result<Requeued, StoreError> {
        let mut upkeep = Upkeep::default();
        let now = self.manager.now();
        let Look { mut due, mut next_due } = self.look(labourer, now, horizon).await?;
        let Some(first) = due.iter().min_by_key(|task| task.due_at).cloned() else {
            return Ok(Requeued { upkeep, next_due });
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
            let events = queued.iter().map(|task| (*task, "ready_for_retry"));
            self.manager.log_meta(events).await;
            self.halve_spent(queued, labourer).await?;
            Look { due, next_due } = self.look(labourer, now, horizon).await?;
        }
        Ok(Requeued { upkeep, next_due })
    }

    /// Halves those of these blocks whose attempts are spent, now: slots that are handed over pass them by, and
    /// may do so for as long as there are others.
    async fn halve_spent(self, queued: Vec<&Task>, labourer: &Labourer) -> Result<(), StoreError> {
        for task in queued.into_iter().filter(|task| is_spent_block(task, labourer)) {
            self.manager.attempts().halve(task.clone(), labourer).await?;
        }
        Ok(())
    }

    async fn look(
        self,
        labourer: &Labourer,
        now: Timestamp,
        horizon: Timestamp,
    ) -> Result<Look, StoreError> {
        let (retry, by) = (self.manager.store.retry(), horizon.max(now));
        let shown = retry.due_by(&labourer.id, by, REQUEUE_MOST as u32).await?;
        let is_due = |task: &&DueTask| task.at <= now;
        let due = retry.get_all(&labourer.id, shown.iter().filter(is_due).map(|task| &task.id));
        let next_due = shown.iter().find(|task| !is_due(task)).map(|task| task.at);
        Ok(Look { due: due.await?, next_due })
    }
}
