//! Starts attempts: claims the first tasks of a queue within the free slots, then invokes them.

use futures::{StreamExt, stream};
use serde::Serialize;
use tracing::warn;

use super::Attempts;
use crate::{
    attempt::{
        closing,
        dispatch::{Candidate, InvokeAnswer, check, claim, is_spent_block},
        invocation::Attempt,
    },
    greenfield::KeyRange,
    ids::ClaimToken,
    labourer::{self, Labourer},
    manager::resources::rates::Licence,
    metrics,
    queue::{CLAIM_MOST, fitting, without},
    resource::rate::RateWait,
    storage::{RetryPolicy, StoreError, TransactionOutcome},
    task::Task,
    transition::Write,
};

/// Concurrent invocations for one labourer.
const IN_FLIGHT: usize = 64;
/// How often another batch is tried after one that claimed nothing: a lost race, or an index that lagged.
const LOST_RACES: u32 = 8;
/// How many claimed tasks that the index still shows as queued are skipped at most.
const MAX_SKIPPED: u32 = 450;

/// The number of slots, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Decided by the caller: a claim writes it to the labourer's row.
    Decided(u32),
    /// Read from the labourer's row: a claim requires that the row still has it.
    OfRow(u32),
}

impl Limit {
    fn slots(self) -> u32 {
        match self {
            Self::Decided(slots) | Self::OfRow(slots) => slots,
        }
    }

    /// Does it still hold, now that the row is this?
    fn holds(self, row: &labourer::State) -> bool {
        match self {
            Self::Decided(_) => true,
            Self::OfRow(slots) => row.slot_limit == slots,
        }
    }
}

/// What became of the tasks that a call tried to start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Started {
    /// Attempts that Lambda accepted.
    pub invoked: u32,
    /// Tasks that another process claimed first.
    pub lost: u32,
    /// Claims taken back because Lambda throttled the invocation.
    pub throttled: u32,
    /// Claims taken back because too little of the lease was left to invoke the attempt, or because the job
    /// of a block could not be read.
    #[serde(skip_serializing_if = "is_none")]
    pub late: u32,
    /// Tasks parked because Lambda refused the function, or blocks because their job has other tasks by now.
    pub refused: u32,
    /// Tasks closed because they cannot be run.
    pub unusable: u32,
    /// Blocks that crashed in each attempt: halved, or exhausted as a whole.
    #[serde(skip_serializing_if = "is_none")]
    pub halved: u32,
    /// Tasks closed as succeeded: a Python worker assistant had marked them as completed.
    pub archived: u32,
    /// Attempts that Lambda may or may not have accepted.
    pub unknown: u32,
    /// The rate that has no token for the next task, if that is why no more were started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for_rate: Option<RateWait>,
    /// Claims that were made.
    #[serde(skip)]
    pub batches: u32,
    /// Were there no more slots? (Then nothing is known of the queue.)
    #[serde(skip)]
    pub used_all_slots: bool,
}

fn is_none(count: &u32) -> bool {
    *count == 0
}

impl Started {
    /// This and what was started later.
    pub fn then(self, later: Self) -> Self {
        Self {
            invoked: self.invoked + later.invoked,
            lost: self.lost + later.lost,
            throttled: self.throttled + later.throttled,
            late: self.late + later.late,
            refused: self.refused + later.refused,
            unusable: self.unusable + later.unusable,
            halved: self.halved + later.halved,
            archived: self.archived + later.archived,
            unknown: self.unknown + later.unknown,
            batches: self.batches + later.batches,
            ..later
        }
    }

    fn count(&mut self, answer: &InvokeAnswer) {
        *match answer {
            InvokeAnswer::Accepted => &mut self.invoked,
            InvokeAnswer::Throttled => &mut self.throttled,
            InvokeAnswer::TooLate | InvokeAnswer::Unread(_) => &mut self.late,
            InvokeAnswer::Refused { .. } | InvokeAnswer::OtherTasks(_) => &mut self.refused,
            InvokeAnswer::Unacceptable { .. } => &mut self.unusable,
            InvokeAnswer::Unknown(_) => &mut self.unknown,
        } += 1;
    }

    fn closed(&self) -> u32 {
        self.unusable + self.archived + self.halved
    }

    /// Is it better to leave the rest to the next tick?
    pub fn met_trouble(&self) -> bool {
        self.refused > 0 || self.may_be_tried_again()
    }

    /// Was there trouble that may be over in a moment? Of a function that Lambda refuses it is not.
    pub fn may_be_tried_again(&self) -> bool {
        self.throttled + self.late + self.unknown > 0
    }
}

/// Which part of a queue is read.
#[derive(Clone, Copy)]
struct Window {
    /// Entries to skip: claimed tasks that the index still shows as queued.
    skip: u32,
    /// Tasks to take.
    take: u32,
}

/// The result of claiming one batch.
enum Batch {
    Claimed(Vec<Attempt>),
    /// Others claimed all of the tasks first.
    Lost,
    /// The index lags: all of the tasks it shows, this many, are claimed already.
    Stale(u32),
    /// All tasks that were read have been closed; others may follow them.
    Closed,
    NoSlots,
    /// There is no token for the first task.
    NoTokens(RateWait),
    Empty,
}

impl Attempts<'_> {
    /// Starts tasks of `labourer` until its slots or the tokens of its rates are used, its queue is empty, Lambda
    /// refuses an invocation, or `may_go_on` returns false (asked before every batch).
    #[doc(alias = "mark_task_invoked")]
    pub async fn start(
        self,
        labourer: &Labourer,
        row: labourer::State,
        limit: Limit,
        may_go_on: impl Fn() -> bool,
    ) -> Result<Started, StoreError> {
        self.start_batches(labourer, row, limit, u32::MAX, may_go_on).await
    }

    /// The same for at most so many claims: who shares a rate with others takes turns with them.
    pub async fn start_batches(
        self,
        labourer: &Labourer,
        row: labourer::State,
        limit: Limit,
        most: u32,
        may_go_on: impl Fn() -> bool,
    ) -> Result<Started, StoreError> {
        let (mut row, mut started, mut races, mut skip) = (row, Started::default(), 0, 0);
        // Without a share it has no limit: somebody has lifted it by another config.
        let has_no_share =
            |row: &labourer::State| !labourer.uses.permits.is_empty() && row.share.is_none();
        if labourer.stopped.is_some() || has_no_share(&row) {
            return Ok(started);
        }
        while started.batches < most && may_go_on() && !started.met_trouble() && races < LOST_RACES
        {
            let free = row.free(limit.slots(), self.manager.now());
            started.used_all_slots = free == 0;
            started.waits_for_rate = self.manager.resources().known_wait(labourer);
            if free == 0 || started.waits_for_rate.is_some() {
                break;
            }
            let batch = self.manager.resources().batch(labourer);
            let window = Window { skip, take: free.min(CLAIM_MOST as u32).min(batch) };
            match self.claim_batch(labourer, &row, limit, window, &mut started).await? {
                Batch::Empty => break,
                Batch::NoTokens(wait) => {
                    started.waits_for_rate = Some(wait);
                    break;
                }
                Batch::Closed => {}
                Batch::Claimed(attempts) => {
                    (skip, races) = (0, 0);
                    started.batches += 1;
                    row.taken += attempts.len() as u64;
                    self.invoke_all(attempts, labourer, &row, &mut started).await?;
                }
                Batch::Lost => races += 1,
                Batch::Stale(claimed) => {
                    races += 1;
                    skip = claimed.min(MAX_SKIPPED);
                    // Counted together with lost races, which need no wait.
                    self.manager.store.back_off(RetryPolicy::PATIENT, races).await;
                }
                Batch::NoSlots => {
                    races += 1;
                    match self.manager.store.labourers().row(&labourer.id).await? {
                        Some(fresh) if limit.holds(&fresh) && !has_no_share(&fresh) => {
                            row = fresh;
                        }
                        _ => break,
                    }
                }
            }
        }
        Ok(started)
    }

    async fn claim_batch(
        self,
        labourer: &Labourer,
        row: &labourer::State,
        limit: Limit,
        window: Window,
        started: &mut Started,
    ) -> Result<Batch, StoreError> {
        let closed = started.closed();
        let (shown, mut tasks) = self.usable_heads(labourer, row, window, started).await?;
        if tasks.is_empty() {
            return Ok(match shown {
                _ if started.closed() > closed => Batch::Closed,
                0 => Batch::Empty,
                shown => Batch::Stale(shown),
            });
        }
        // Of what is not claimed after all, the tokens are lost: nobody could know whether they are still unused.
        let sizes: Vec<_> = tasks.iter().map(Task::size).collect();
        let start_by = match self.manager.resources().license(labourer, &sizes).await? {
            Licence::Wait(wait) => return Ok(Batch::NoTokens(wait)),
            Licence::Start { tasks: count, start_by } => {
                tasks.truncate(count);
                start_by
            }
        };
        let mut batch = self.claim_all(labourer, row, limit, tasks, started).await?;
        if let Batch::Claimed(attempts) = &mut batch {
            attempts.iter_mut().for_each(|attempt| attempt.start_by = start_by);
        }
        Ok(batch)
    }

    /// Claims these tasks, but for those that others claim first: slots that are handed over meanwhile
    /// take the same heads one by one.
    async fn claim_all(
        self,
        labourer: &Labourer,
        row: &labourer::State,
        limit: Limit,
        mut tasks: Vec<Task>,
        started: &mut Started,
    ) -> Result<Batch, StoreError> {
        while !tasks.is_empty() {
            let now = self.manager.now();
            let lease = labourer.lease(row.function_timeout);
            let heads: Vec<_> = tasks.iter().map(Candidate::from).collect();
            let (attempts, mut writes): (Vec<_>, Vec<_>) = tasks
                .into_iter()
                .map(|task| {
                    let token = ClaimToken::from_random(self.manager.random.id());
                    claim(task, token, now, lease, self.manager.config.scale, &self.manager.author)
                })
                .unzip();
            writes.push(Write::TakeSlots {
                labourer_id: labourer.id.clone(),
                count: attempts.len() as u32,
                tasks: attempts.iter().map(|attempt| attempt.task.size()).sum(),
                limit: limit.slots(),
                freed: row.freed,
                share: row.share,
                now,
                confirm: matches!(limit, Limit::Decided(_)),
            });
            let lost = match self.manager.store.apply(&writes).await? {
                TransactionOutcome::Applied => {
                    heads.iter().for_each(|head| self.manager.claimed.remember(head, now));
                    metrics::count(metrics::CLAIMED, &labourer.id, attempts.len() as u32);
                    return Ok(Batch::Claimed(attempts));
                }
                TransactionOutcome::Refused(refused) if refused.contains(&attempts.len()) => {
                    return Ok(Batch::NoSlots);
                }
                TransactionOutcome::Refused(refused) => refused,
            };
            started.lost += lost.len() as u32;
            lost.iter()
                .filter_map(|place| heads.get(*place))
                .for_each(|head| self.manager.claimed.remember(head, now));
            tasks = without(attempts, &lost).into_iter().map(|attempt| attempt.task).collect();
        }
        Ok(Batch::Lost)
    }

    /// The number of tasks that the queue's index shows, and the first queued ones of the table, in
    /// order. Tasks that cannot run are closed.
    async fn usable_heads(
        self,
        labourer: &Labourer,
        row: &labourer::State,
        window: Window,
        started: &mut Started,
    ) -> Result<(u32, Vec<Task>), StoreError> {
        let now = self.manager.now();
        let queued = KeyRange::queued(now);
        let shown = window.skip + window.take;
        let candidates =
            self.manager.store.tasks().candidates(&labourer.id, queued, shown, false).await?;
        let mut tasks =
            self.manager.store.tasks().get_all(candidates.iter().map(|head| &head.id)).await?;
        tasks.retain(|task| task.greenfield.is_queued(now));
        tasks.sort_by_key(|task| task.greenfield);
        tasks.truncate(window.take as usize);
        let mut usable = Vec::with_capacity(tasks.len());
        for task in tasks {
            let Err(why) = check(&task, labourer) else {
                usable.push(task);
                continue;
            };
            let ctx = self.manager.context(labourer, Some(row));
            if is_spent_block(&task, labourer) {
                started.halved += u32::from(self.halve(task, labourer).await?);
                continue;
            }
            if task.has_succeeded() {
                let ending = closing::on_completed(task, ctx);
                started.archived += u32::from(self.end_and_free(&ending, labourer).await?);
                continue;
            }
            warn!(task_id = %task.id, labourer_id = %labourer.id, kind = why.kind, "the task cannot run: closed");
            let ending = closing::on_unusable(task, why.kind, &why.message, ctx);
            started.unusable += u32::from(self.end_and_free(&ending, labourer).await?);
        }
        usable.truncate(fitting(&usable));
        Ok((candidates.len() as u32, usable))
    }

    async fn invoke_all(
        self,
        attempts: Vec<Attempt>,
        labourer: &Labourer,
        row: &labourer::State,
        started: &mut Started,
    ) -> Result<(), StoreError> {
        let calls = attempts.into_iter().map(|attempt| self.invoke(attempt, labourer, row));
        let mut answers = stream::iter(calls).buffer_unordered(IN_FLIGHT);
        let mut trouble = None;
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(answer) => started.count(&answer),
                Err(error) => trouble = Some(error),
            }
        }
        trouble.map_or(Ok(()), Err)
    }
}
