//! Reports: closing or parking the task, and handing its slot over in the same transaction.

use serde::Serialize;
use tracing::{info, warn};

use super::{TaskManager, finish::leave_undone, outcomes::is_probing};
use crate::{
    attempt::{
        closing::{self, Decision, Ending, Fate, Found, Left},
        dispatch::{check, claim},
        invocation::Attempt,
    },
    ecology::Trouble,
    greenfield::KeyRange,
    ids::{ClaimToken, LabourerId, TaskId},
    labourer::{self, Labourer},
    metrics,
    report::Report,
    storage::{Contention, StoreError, TransactionOutcome},
    task::Status,
    transition::Write,
};

/// How often a report is decided again after others changed what it was decided on.
const DECISIONS: u32 = 8;
/// How many of the queue's heads a handover tries before it gives the slot back.
const CANDIDATES: usize = 6;

/// The answer to a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Which task.
    pub task_id: TaskId,
    /// What the report did.
    pub outcome: Effect,
    /// The task that got the slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handed_over_to: Option<TaskId>,
}

/// What a report did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The task is closed as succeeded.
    Succeeded,
    /// The task is closed: its attempts are spent.
    Exhausted,
    /// The task is closed: nobody wants it done.
    Ignored,
    /// The task is parked, to be tried again.
    Parked,
    /// The success is kept; it closes the task when the attempt that is live now ends.
    Accepted,
    /// Nothing: the same was told before, or the task was closed before.
    AlreadyDone,
    /// Nothing: a failure of an attempt that is no longer the live one.
    Stale,
    /// Nothing: the labourer's reports need the claim token of their attempt.
    ClaimRequired,
    /// Nothing: nobody knows the task.
    Unknown,
}

impl From<Fate> for Effect {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::Closed(Status::Succeeded) => Self::Succeeded,
            Fate::Closed(Status::Exhausted) => Self::Exhausted,
            Fate::Closed(Status::Ignored) => Self::Ignored,
            Fate::Parked(_) => Self::Parked,
            Fate::Accepted => Self::Accepted,
        }
    }
}

impl From<Left> for Effect {
    fn from(left: Left) -> Self {
        match left {
            Left::AlreadyClosed(_) | Left::AlreadyAccepted | Left::AlreadyParked => {
                Self::AlreadyDone
            }
            Left::Stale => Self::Stale,
            Left::ClaimRequired => Self::ClaimRequired,
            Left::Unknown => Self::Unknown,
        }
    }
}

/// What became of closing a task together with its slot.
enum Closed {
    /// Done; the attempt that got the slot, if any.
    Done(Option<Box<Attempt>>),
    /// The task is no longer what it was: decide again.
    Changed,
}

impl TaskManager {
    /// Does what a report says, once, however often it comes.
    #[doc(alias = "mark_task_as_completed")]
    #[doc(alias = "mark_task_as_failed")]
    #[doc(alias = "move_task_to_retry_table")]
    pub async fn receive(&self, report: &Report) -> Result<Receipt, StoreError> {
        for _ in 0..DECISIONS {
            let (found, row) = self.find(report).await?;
            let id = labourer_of(&found).or(report.labourer_id.as_ref());
            let Some(id) = id.cloned() else {
                return Ok(self.leave(report, Left::Unknown));
            };
            let labourer = self.labourer_or_default(&id);
            let decision = closing::on_report(found, report, self.context(&labourer, row.as_ref()));
            let ending = match decision {
                Decision::Leave(left) => return Ok(self.leave(report, left)),
                Decision::Write(ending) => ending,
            };
            let fate = ending.fate;
            if let Closed::Done(next) = self.close(&ending, &labourer, row.as_ref()).await? {
                return self.done(report, fate, next, &labourer, row).await;
            }
        }
        Err(StoreError::Contended {
            operation: "report",
            resource: report.task_id.to_string(),
            attempts: DECISIONS,
            contention: Contention::Conflict,
        })
    }

    fn leave(&self, report: &Report, left: Left) -> Receipt {
        let task_id = report.task_id.clone();
        match left {
            Left::Unknown => warn!(%task_id, "a report for a task that nobody knows"),
            left => info!(%task_id, ?left, "a report that changes nothing"),
        }
        Receipt { task_id, outcome: left.into(), handed_over_to: None }
    }

    async fn done(
        &self,
        report: &Report,
        fate: Fate,
        next: Option<Box<Attempt>>,
        labourer: &Labourer,
        row: Option<labourer::State>,
    ) -> Result<Receipt, StoreError> {
        self.count_trouble(labourer, Trouble::of_report(&report.outcome, fate)).await;
        let (task_id, outcome) = (report.task_id.clone(), Effect::from(fate));
        info!(%task_id, labourer_id = %labourer.id, ?outcome, "reported");
        let handed_over_to = next.as_ref().map(|attempt| attempt.task.id.clone());
        if let (Some(attempt), Some(row)) = (next, row) {
            // The report is in the tables. What goes wrong from here on is the next task's affair.
            if let Err(error) = self.invoke(*attempt, labourer, &row).await {
                warn!(%error, labourer_id = %labourer.id, "after a handover: the lease decides");
            }
        }
        Ok(Receipt { task_id, outcome, handed_over_to })
    }

    /// Looks where the task is, and for its labourer's row on the way. Most are in the tasks table.
    async fn find(&self, report: &Report) -> Result<(Found, Option<labourer::State>), StoreError> {
        let id = &report.task_id;
        let (task, row) = match &report.labourer_id {
            Some(labourer) => self.store.task_and_row(id, labourer).await?,
            None => (self.store.task(id).await?, None),
        };
        let found = match (task, &report.labourer_id) {
            (Some(task), _) => Found::InTasks(Box::new(task)),
            (None, Some(labourer)) => self.store.find(id, [labourer]).await?,
            (None, None) => self.store.find(id, self.config.labourers.keys()).await?,
        };
        let row = match (&found, row) {
            (Found::InTasks(task), Some(row)) if row.labourer_id == task.labourer_id => Some(row),
            (Found::InTasks(task), _) => self.store.row(&task.labourer_id).await?,
            (_, row) => row,
        };
        Ok((found, row))
    }

    async fn close(
        &self,
        ending: &Ending,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<Closed, StoreError> {
        let has_succeeded = ending.fate == Fate::Closed(Status::Succeeded);
        let row = row.filter(|row| {
            ending.leaves_slot
                && row.allows_handover(self.now())
                && (has_succeeded || !is_probing(labourer, row))
        });
        if let Some(row) = row
            && let Some(closed) = self.hand_over(ending, labourer, row).await?
        {
            return Ok(closed);
        }
        Ok(match self.finish(ending.clone(), labourer).await? {
            true => Closed::Done(None),
            false => Closed::Changed,
        })
    }

    /// Closes with the claim of one of the queue's heads; nothing if no head could be claimed.
    async fn hand_over(
        &self,
        ending: &Ending,
        labourer: &Labourer,
        row: &labourer::State,
    ) -> Result<Option<Closed>, StoreError> {
        let window = row.window(labourer.max_simultaneous_invocations);
        let queued = KeyRange::queued(self.now());
        let heads = self.store.candidates(&labourer.id, queued, window, false).await?;
        let mut drawn: Vec<_> = heads.iter().map(|head| (self.random.fraction(), head)).collect();
        drawn.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        for (_, head) in drawn.into_iter().take(CANDIDATES) {
            let Some(task) = self.store.task(&head.id).await? else { continue };
            let now = self.now();
            if !task.greenfield.is_queued(now) || check(&task, labourer).is_err() {
                continue;
            }
            let lease = labourer.lease(row.function_timeout);
            let token = ClaimToken::from_random(self.random.id());
            let (attempt, write) = claim(task, token, now, lease, self.config.scale, &self.author);
            let writes: Vec<Write> = ending.writes.iter().cloned().chain([write]).collect();
            match self.store.apply_or_yield(&writes).await {
                Ok(TransactionOutcome::Applied) => {
                    metrics::count(metrics::CLAIMED, &labourer.id, 1);
                    metrics::count(metrics::HANDED_OVER, &labourer.id, 1);
                    self.log_ending(&writes).await;
                    return Ok(Some(Closed::Done(Some(Box::new(attempt)))));
                }
                Ok(TransactionOutcome::Refused(places))
                    if places.iter().any(|p| *p < ending.writes.len()) =>
                {
                    let mut writes = writes;
                    // Of what may be left undone, the ending without a handover knows.
                    let goes_on = leave_undone(&mut writes, &places);
                    return Ok((!goes_on).then_some(Closed::Changed));
                }
                // Others are at this head: try the next one.
                Ok(TransactionOutcome::Refused(_)) | Err(StoreError::Contended { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

fn labourer_of(found: &Found) -> Option<&LabourerId> {
    match found {
        Found::InTasks(task) | Found::Parked(task) | Found::Closed(task) => Some(&task.labourer_id),
        Found::Nowhere => None,
    }
}
