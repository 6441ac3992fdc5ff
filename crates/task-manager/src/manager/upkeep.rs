//! What time does to tasks: leases that pass, parked tasks that are due, and tasks that a Python
//! worker assistant marked as completed.

use serde::Serialize;
use tracing::info;

use super::TaskManager;
use crate::{
    attempt::{
        closing::{self, Context, Ending, Fate},
        dispatch::Candidate,
    },
    ecology::Trouble,
    greenfield::KeyRange,
    labourer::{self, Labourer},
    metrics,
    queue::{Head, REQUEUE_MOST, fitting, requeue, without_refused},
    storage::{StoreError, TransactionOutcome},
    task::{Status, Task},
    transition::Write,
};

/// Items of a queue that one look takes.
const LOOK: u32 = 500;

/// What was put in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Upkeep {
    /// Silent tasks that were parked.
    pub parked: u32,
    /// Silent tasks whose attempts were spent.
    pub exhausted: u32,
    /// Tasks that had succeeded and were closed.
    pub archived: u32,
    /// Parked tasks that are back in the queue.
    pub requeued: u32,
    /// Moves that others made first.
    pub lost: u32,
}

impl TaskManager {
    /// Ends attempts whose lease has passed: their tasks are parked, or closed when their attempts
    /// are spent.
    #[doc(alias = "move_task_to_retry_table")]
    pub async fn expire(
        &self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        may_go_on: impl Fn() -> bool,
        upkeep: &mut Upkeep,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let lease = labourer.lease(row.and_then(|row| row.function_timeout));
        let expired = KeyRange::expired(now, lease, self.config.scale);
        let candidates = self.store.candidates(&labourer.id, expired, LOOK, false).await?;
        let before = upkeep.parked + upkeep.exhausted;
        let ended =
            self.end_each(candidates, labourer, row, may_go_on, upkeep, closing::on_expiry).await;
        let lost = upkeep.parked + upkeep.exhausted - before;
        metrics::count(metrics::EXPIRED, &labourer.id, lost);
        self.count_trouble(labourer, Trouble::failed(lost)).await;
        ended
    }

    /// Closes tasks that a Python worker assistant marked as completed.
    #[doc(alias = "archive_task")]
    pub async fn archive(
        &self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        may_go_on: impl Fn() -> bool,
        upkeep: &mut Upkeep,
    ) -> Result<(), StoreError> {
        let invoked = KeyRange::invoked(self.now());
        let candidates = self.store.completed(&labourer.id, invoked, LOOK).await?;
        let decide = |task: Task, ctx: Context<'_>| {
            task.completed_at.is_some().then(|| closing::on_completed(task, ctx))
        };
        self.end_each(candidates, labourer, row, may_go_on, upkeep, decide).await
    }

    async fn end_each(
        &self,
        candidates: Vec<Candidate>,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        may_go_on: impl Fn() -> bool,
        upkeep: &mut Upkeep,
        decide: fn(Task, Context<'_>) -> Option<Ending>,
    ) -> Result<(), StoreError> {
        for candidate in candidates {
            if !may_go_on() {
                break;
            }
            // The index may lag; the table is what counts, and its item moves as a whole.
            let Some(task) = self.store.task(&candidate.id).await? else { continue };
            let id = task.id.clone();
            let Some(ending) = decide(task, self.context(labourer, row)) else { continue };
            let fate = ending.fate;
            if !self.finish(ending, labourer).await? {
                upkeep.lost += 1;
                continue;
            }
            info!(task_id = %id, labourer_id = %labourer.id, ?fate, "put in order");
            match fate {
                Fate::Closed(Status::Exhausted) => upkeep.exhausted += 1,
                Fate::Closed(_) | Fate::Accepted => upkeep.archived += 1,
                Fate::Parked(_) => upkeep.parked += 1,
            }
        }
        Ok(())
    }

    /// Moves parked tasks that are due back to the head of the queue, in order.
    #[doc(alias = "retry_task")]
    #[doc(alias = "get_tasks_to_retry_for_labourer")]
    pub async fn requeue(
        &self,
        labourer: &Labourer,
        may_go_on: impl Fn() -> bool,
        upkeep: &mut Upkeep,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut due = self.store.due(&labourer.id, now, REQUEUE_MOST as u32).await?;
        let Some(first) = due.iter().min_by_key(|task| task.due_at).cloned() else {
            return Ok(());
        };
        // All that are due keep their order, however many transactions it takes to move them.
        let count = match due.len() < REQUEUE_MOST {
            true => due.len() as u64,
            false => self.store.count_due(&labourer.id, now).await?,
        };
        let queued = KeyRange::queued(now);
        let oldest = self.store.candidates(&labourer.id, queued, 1, false).await?;
        let oldest = oldest.first().map(|candidate| candidate.greenfield);
        let mut head = Head::before(oldest, count, &first, self.config.scale);
        let mut moved = 0;
        while !due.is_empty() && moved < count && may_go_on() {
            due.truncate(fitting(&due));
            moved += due.len() as u64;
            let mut writes = requeue(due, &mut head, now, &self.author);
            while let TransactionOutcome::Refused(places) = self.store.apply(&writes).await? {
                upkeep.lost += places.len() as u32;
                writes = without_refused(writes, &places);
            }
            let queued: Vec<_> = writes.iter().filter_map(Write::queued).collect();
            upkeep.requeued += queued.len() as u32;
            metrics::count(metrics::REQUEUED, &labourer.id, queued.len() as u32);
            self.log_meta(queued.into_iter().map(|task| (task, "ready_for_retry"))).await;
            due = self.store.due(&labourer.id, now, REQUEUE_MOST as u32).await?;
        }
        Ok(())
    }
}
