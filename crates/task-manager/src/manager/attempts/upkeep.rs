//! Attempts that end without a report to us: their lease passed, or a Python worker assistant marked
//! their task as completed.

use std::ops::Add;

use serde::Serialize;
use tracing::{info, warn};

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

/// Entries of the index that one call reads.
const MOST: u32 = 500;

/// What a scavenger's tick did to the tasks of a labourer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Upkeep {
    /// Expired attempts whose task was parked.
    pub parked: u32,
    /// Expired attempts whose task had none left: closed as exhausted.
    pub exhausted: u32,
    /// Tasks closed as succeeded.
    pub archived: u32,
    /// Parked tasks that returned to the queue.
    pub requeued: u32,
    /// Tasks that another process moved first.
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
    /// Ends attempts whose lease has passed: their tasks are parked, or closed as exhausted.
    ///
    /// A labourer that crashed, was killed at its time-out, or whose event Lambda dropped never
    /// reports, so a lease is the only end of its attempt. The labourer may still be running and
    /// report while this decides. Whoever commits first wins, as both require the claim and the place
    /// that they read: a report that is later finds the task parked or started again, and is applied
    /// there (a success is always accepted, a failure is stale). The lease is longer than any
    /// invocation (the function's time-out is asked again before anything is ended by an old one), so in
    /// practice the attempt is dead; that this is not certain costs a second
    /// execution, never a lost result.
    #[doc(alias = "move_task_to_retry_table")]
    pub async fn expire(
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        may_go_on: impl Fn() -> bool,
    ) -> Result<Upkeep, StoreError> {
        let mut candidates = self.past_lease(labourer, row).await?;
        // Without a row, this one has what the decision needs, and is written nowhere.
        let mut known =
            row.cloned().unwrap_or_else(|| labourer::State::new(labourer.id.clone(), 0, 0));
        if !candidates.is_empty() {
            let (before, labourers) = (known.function_timeout, self.manager.labourers());
            if let Some(why) = labourers.renew_timeout(labourer, &mut known).await? {
                warn!(labourer_id = %labourer.id, why, "leases rest on what was known of the function's time-out; the next tick asks again");
            }
            if known.function_timeout != before {
                candidates = self.past_lease(labourer, Some(&known)).await?;
            }
        }
        let (upkeep, ended) =
            self.end_each(candidates, labourer, Some(&known), may_go_on, closing::on_expiry).await;
        let silent = upkeep.parked + upkeep.exhausted;
        metrics::count(metrics::EXPIRED, &labourer.id, silent);
        self.manager.labourers().count_trouble(labourer, Trouble::failed(silent)).await;
        if silent > 0 && !labourer.uses.permits.is_empty() {
            self.manager.resources().pass_on_freed().await;
        }
        ended.map(|()| upkeep)
    }

    /// What the index shows past its lease, as far as the time-out of the function is known.
    async fn past_lease(
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<Vec<Candidate>, StoreError> {
        let lease = labourer.lease_by(row);
        let expired = KeyRange::expired(self.manager.now(), lease, self.manager.config.scale);
        self.manager.store.tasks().candidates(&labourer.id, expired, MOST, false).await
    }

    /// Closes tasks that a Python worker assistant marked as completed.
    ///
    /// sosw 0.7's assistant sets `completed_at` and leaves the rest to its scavenger. Both may work on one
    /// set of tables while a team moves over, so such a mark can appear between any two of our
    /// writes. Every write that would queue or park a task therefore requires that it has no mark, and
    /// this runs before [`Attempts::expire`]: a marked task whose lease has passed is a success.
    #[doc(alias = "archive_task")]
    pub async fn archive(
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
        may_go_on: impl Fn() -> bool,
    ) -> Result<Upkeep, StoreError> {
        let invoked = KeyRange::invoked(self.manager.now());
        let candidates = self.manager.store.tasks().completed(&labourer.id, invoked, MOST).await?;
        let decide = |task: Task, ctx: Context<'_>| {
            task.completed_at.is_some().then(|| closing::on_completed(task, ctx))
        };
        let (upkeep, ended) = self.end_each(candidates, labourer, row, may_go_on, decide).await;
        ended.map(|()| upkeep)
    }

    /// Ends the attempts for which `decide` returns an ending. After an error, what was done before
    /// it still counts.
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
        // The index may lag: the item itself decides.
        let Some(task) = self.manager.store.tasks().get(&candidate.id).await? else {
            return Ok(none);
        };
        let id = task.id.clone();
        let Some(ending) = decide(task, self.manager.context(labourer, row)) else {
            return Ok(none);
        };
        if !self.end_and_free(&ending, labourer).await? {
            return Ok(Upkeep { lost: 1, ..none });
        }
        let fate = ending.fate();
        info!(task_id = %id, labourer_id = %labourer.id, ?fate, "ended without a report");
        Ok(ending.fates.iter().map(|fate| counted(*fate)).fold(none, Add::add))
    }
}

fn counted(fate: Fate) -> Upkeep {
    let none = Upkeep::default();
    match fate {
        Fate::Closed(Status::Exhausted) => Upkeep { exhausted: 1, ..none },
        Fate::Closed(_) | Fate::SuccessKept => Upkeep { archived: 1, ..none },
        Fate::Parked(_) | Fate::Waits | Fate::Divided => Upkeep { parked: 1, ..none },
    }
}
