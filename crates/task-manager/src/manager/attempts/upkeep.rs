//! What time does to tasks: leases that pass, parked tasks that are due, and tasks that a Python
//! worker assistant marked as completed.

use std::ops::Add;

use serde::Serialize;
use tracing::info;

use super::Attempts;
use crate::{
    attempt::{
        closing::{self, Context, Ending, Fate},
        dispatch::Candidate,
    },
    ecology::Trouble,
    greenfield::KeyRange,
    labourer::{self, Labourer},
    metrics,
    storage::StoreError,
    task::{Status, Task},
};

/// Items of a queue that one look takes.
const LOOK: u32 = 500;

/// What was put in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
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

impl Add for Upkeep {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            parked: self.parked + other.parked,
            exhausted: self.exhausted + other.exhausted,
            archived: self.archived + other.archived,
            requeued: self.requeued + other.requeued,
            lost: self.lost + other.lost,
        }
    }
}

impl Attempts<'_> {
    /// Ends attempts whose lease has passed: their tasks are parked, or closed when their attempts
    /// are spent.
    #[doc(alias = "move_task_to_retry_table")]
    pub async fn expire(
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        may_go_on: impl Fn() -> bool,
    ) -> Result<Upkeep, StoreError> {
        let now = self.manager.now();
        let expired = KeyRange::expired(now, labourer.lease_by(row), self.manager.config.scale);
        let candidates =
            self.manager.store.tasks().candidates(&labourer.id, expired, LOOK, false).await?;
        let (upkeep, ended) =
            self.end_each(candidates, labourer, row, may_go_on, closing::on_expiry).await;
        let silent = upkeep.parked + upkeep.exhausted;
        metrics::count(metrics::EXPIRED, &labourer.id, silent);
        self.manager.labourers().count_trouble(labourer, Trouble::failed(silent)).await;
        ended.map(|()| upkeep)
    }

    /// Closes tasks that a Python worker assistant marked as completed.
    #[doc(alias = "archive_task")]
    pub async fn archive(
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        may_go_on: impl Fn() -> bool,
    ) -> Result<Upkeep, StoreError> {
        let invoked = KeyRange::invoked(self.manager.now());
        let candidates = self.manager.store.tasks().completed(&labourer.id, invoked, LOOK).await?;
        let decide = |task: Task, ctx: Context<'_>| {
            task.completed_at.is_some().then(|| closing::on_completed(task, ctx))
        };
        let (upkeep, ended) = self.end_each(candidates, labourer, row, may_go_on, decide).await;
        ended.map(|()| upkeep)
    }

    /// Ends those of these attempts that `decide` gives an ending. What was done before an error is
    /// done, and counted.
    async fn end_each(
        self,
        candidates: Vec<Candidate>,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        may_go_on: impl Fn() -> bool,
        decide: fn(Task, Context<'_>) -> Option<Ending>,
    ) -> (Upkeep, Result<(), StoreError>) {
        let mut upkeep = Upkeep::default();
        for candidate in candidates {
            if !may_go_on() {
                break;
            }
            match self.end_one(&candidate, labourer, row, decide).await {
                Ok(ended) => upkeep = upkeep + ended,
                Err(error) => return (upkeep, Err(error)),
            }
        }
        (upkeep, Ok(()))
    }

    async fn end_one(
        self,
        candidate: &Candidate,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        decide: fn(Task, Context<'_>) -> Option<Ending>,
    ) -> Result<Upkeep, StoreError> {
        let none = Upkeep::default();
        // The index may lag; the table is what counts, and its item moves as a whole.
        let Some(task) = self.manager.store.tasks().get(&candidate.id).await? else {
            return Ok(none);
        };
        let id = task.id.clone();
        let Some(ending) = decide(task, self.manager.context(labourer, row)) else {
            return Ok(none);
        };
        let fate = ending.fate;
        if !self.finish(ending, labourer).await? {
            return Ok(Upkeep { lost: 1, ..none });
        }
        info!(task_id = %id, labourer_id = %labourer.id, ?fate, "ended without a report");
        Ok(match fate {
            Fate::Closed(Status::Exhausted) => Upkeep { exhausted: 1, ..none },
            Fate::Closed(_) | Fate::Accepted => Upkeep { archived: 1, ..none },
            Fate::Parked(_) => Upkeep { parked: 1, ..none },
        })
    }
}
