//! A report ends an attempt: its task is closed or parked, and its slot is handed over or freed.

use serde::Serialize;
use tracing::{info, warn};

use super::{Attempts, hand_over::Ended};
use crate::{
    attempt::{
        closing::{self, Decision, Ending, Fate, Found, Unchanged},
        invocation::Attempt,
    },
    ecology::Trouble,
    ids::{LabourerId, TaskId},
    labourer::{self, Labourer},
    report::Report,
    storage::{Contention, StoreError, TransactionOutcome},
    task::Status,
};

/// How often a decision is repeated because the task changed between reading and writing it.
const DECISIONS: u32 = 8;

/// The answer to a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    pub task_id: TaskId,
    pub outcome: Effect,
    /// The task that got the slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handed_over_to: Option<TaskId>,
    /// What of the report was converted, dropped or ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// What a report did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The task is closed as succeeded.
    Succeeded,
    /// The task is closed as exhausted: it has no attempts left.
    Exhausted,
    /// The task is closed as ignored: its job was cancelled.
    Ignored,
    /// The task is parked until its next attempt.
    Parked,
    /// The success is kept; the task is closed when its newer, live attempt ends.
    Accepted,
    /// The tasks of the block did not all end alike: each goes on as the report says.
    Divided,
    /// Nothing: the same was reported before, or the task was closed before.
    AlreadyDone,
    /// Nothing: the attempt that failed is no longer the latest one.
    Stale,
    /// Nothing: reports of this labourer must carry the claim token of their attempt.
    ClaimRequired,
    /// Nothing: a success without a claim, of a task of which no attempt was ever begun.
    NeverClaimed,
    /// Nothing: there is no such task.
    Unknown,
}

impl Effect {
    fn is_change(self) -> bool {
        !matches!(
            self,
            Self::AlreadyDone
                | Self::Stale
                | Self::ClaimRequired
                | Self::NeverClaimed
                | Self::Unknown
        )
    }
}

impl Receipt {
    /// The receipt for a block and a piece of it: what changed, if something did.
    fn with_piece(self, piece: Self) -> Self {
        let tells_more = piece.outcome.is_change() && !self.outcome.is_change();
        let outcome = if tells_more { piece.outcome } else { self.outcome };
        let handed_over_to = self.handed_over_to.or(piece.handed_over_to);
        Self { outcome, handed_over_to, ..self }
    }
}

impl From<Fate> for Effect {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::Closed(Status::Succeeded) => Self::Succeeded,
            Fate::Closed(Status::Exhausted) => Self::Exhausted,
            Fate::Closed(Status::Ignored) => Self::Ignored,
            Fate::Parked(_) => Self::Parked,
            Fate::SuccessKept => Self::Accepted,
            Fate::Divided | Fate::Waits => Self::Divided,
        }
    }
}

impl From<Unchanged> for Effect {
    fn from(left: Unchanged) -> Self {
        match left {
            Unchanged::AlreadyClosed(_) | Unchanged::AlreadyAccepted | Unchanged::AlreadyParked => {
                Self::AlreadyDone
            }
            Unchanged::Stale => Self::Stale,
            Unchanged::ClaimRequired => Self::ClaimRequired,
            Unchanged::NeverClaimed => Self::NeverClaimed,
            Unchanged::Unknown => Self::Unknown,
        }
    }
}

impl Attempts<'_> {
    /// Applies a report once, however often it is delivered.
    #[doc(alias = "mark_task_as_completed")]
    #[doc(alias = "mark_task_as_failed")]
    #[doc(alias = "move_task_to_retry_table")]
    pub async fn receive(self, report: &Report) -> Result<Receipt, StoreError> {
        if !report.remarks.is_empty() {
            warn!(task_id = %report.task_id, remarks = ?report.remarks, "the report is not kept as it was sent");
        }
        let (mut receipt, mut left) = self.receive_of(&report.task_id, report).await?;
        while let Some(piece) = left.pop() {
            let (of_piece, pieces) = self.receive_of(&piece, report).await?;
            receipt = receipt.with_piece(of_piece);
            left.extend(pieces);
        }
        Ok(receipt)
    }

    /// Applies a report to the task of this id; of a block, to the members that it still has. Answers which
    /// pieces hold others of which the report speaks.
    async fn receive_of(
        self,
        id: &TaskId,
        report: &Report,
    ) -> Result<(Receipt, Vec<TaskId>), StoreError> {
        for _ in 0..DECISIONS {
            let (found, row) = self.find(id, report.labourer_id.as_ref()).await?;
            let pieces = pieces_of(&found, report);
            let labourer_id = labourer_of(&found).or(report.labourer_id.as_ref());
            let Some(labourer_id) = labourer_id.cloned() else {
                return Ok((unchanged(id, report, Unchanged::Unknown), pieces));
            };
            let labourer = self.manager.labourers().get_or_left(&labourer_id);
            let decision =
                closing::on_report(found, report, self.manager.context(&labourer, row.as_ref()));
            let ending = match decision {
                Decision::Leave(left) => return Ok((unchanged(id, report, left), pieces)),
                Decision::Supplement(write, left) => {
                    match self.manager.store.apply(&[*write]).await? {
                        TransactionOutcome::Applied => {
                            return Ok((unchanged(id, report, left), pieces));
                        }
                        TransactionOutcome::Refused(_) => continue,
                    }
                }
                Decision::Write(ending) => ending,
            };
            if let Ended::Done(next) =
                self.hand_over_or_free(id, &ending, &labourer, row.as_ref()).await?
            {
                let receipt = self.done(id, report, &ending, next, &labourer, row).await;
                return Ok((receipt, pieces));
            }
        }
        Err(StoreError::Contended {
            operation: "report",
            resource: id.to_string(),
            attempts: DECISIONS,
            contention: Contention::Conflict,
        })
    }

    async fn done(
        self,
        id: &TaskId,
        report: &Report,
        ending: &Ending,
        next: Option<Box<Attempt>>,
        labourer: &Labourer,
        row: Option<labourer::State>,
    ) -> Receipt {
        let trouble = Trouble::of_report(report, ending);
        self.manager.labourers().count_trouble(labourer, trouble).await;
        let (task_id, outcome) = (id.clone(), Effect::from(ending.fate()));
        info!(%task_id, labourer_id = %labourer.id, ?outcome, "reported");
        let handed_over_to = next.as_ref().map(|attempt| attempt.task.id.clone());
        let is_freed = next.is_none() && !labourer.uses.permits.is_empty();
        if let (Some(attempt), Some(row)) = (next, row) {
            // The report is applied. An error from here on concerns the next task only.
            if let Err(error) = self.invoke(*attempt, labourer, &row).await {
                warn!(%error, labourer_id = %labourer.id, "the next task could not be invoked: its lease decides");
            }
        }
        if is_freed {
            self.manager.resources().pass_on_freed().await;
        }
        let remarks = report.remarks.clone();
        Receipt { task_id, outcome, handed_over_to, remarks }
    }

    /// The task, wherever it is, and its labourer's row, without the counters beside it: one call if it is
    /// in the tasks table, where nearly all reported tasks are.
    async fn find(
        self,
        id: &TaskId,
        labourer_id: Option<&LabourerId>,
    ) -> Result<(Found, Option<labourer::State>), StoreError> {
        let (task, row) = match labourer_id {
            Some(labourer) => self.manager.store.tasks().get_with_row(id, labourer).await?,
            None => (self.manager.store.tasks().get(id).await?, None),
        };
        let found = match (task, labourer_id) {
            (Some(task), _) => Found::InTasks(Box::new(task)),
            (None, Some(labourer)) => self.manager.store.find(id, [labourer]).await?,
            (None, None) => {
                self.manager.store.find(id, self.manager.config.labourers.keys()).await?
            }
        };
        let row = match (&found, row) {
            (Found::InTasks(task), Some(row)) if row.labourer_id == task.labourer_id => Some(row),
            (Found::InTasks(task), _) => {
                self.manager.store.labourers().row_alone(&task.labourer_id).await?
            }
            (_, row) => row,
        };
        Ok((found, row))
    }
}

fn unchanged(id: &TaskId, report: &Report, left: Unchanged) -> Receipt {
    let task_id = id.clone();
    match left {
        Unchanged::Unknown => warn!(%task_id, "report of an unknown task: ignored"),
        Unchanged::NeverClaimed => {
            warn!(%task_id, "success without a claim, of a task that was never started: ignored");
        }
        left => info!(%task_id, ?left, "the outcome was known, or does not count"),
    }
    let remarks = report.remarks.clone();
    Receipt { task_id, outcome: left.into(), handed_over_to: None, remarks }
}

/// The pieces of a block to which members went that its report speaks of.
fn pieces_of(found: &Found, report: &Report) -> Vec<TaskId> {
    let task = match found {
        Found::InTasks(task) | Found::Parked(task) | Found::Closed(task) => task,
        Found::Nowhere => return Vec::new(),
    };
    let Some((block, members)) = task.block.as_ref().zip(report.members.as_ref()) else {
        return Vec::new();
    };
    block.pieces_with(members).map(|(id, _)| id.clone()).collect()
}

fn labourer_of(found: &Found) -> Option<&LabourerId> {
    match found {
        Found::InTasks(task) | Found::Parked(task) | Found::Closed(task) => Some(&task.labourer_id),
        Found::Nowhere => None,
    }
}
