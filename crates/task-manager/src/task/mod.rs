//! A unit of work, as all its tables keep it.

pub mod trace;
pub mod payload;
pub mod digest;
pub mod block;
pub mod request;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    attributes::{self, Item},
    greenfield::Greenfield,
    history::Success,
    ids::{ClaimToken, JobId, LabourerId, TaskId},
    limits::{MAX_ERROR_KIND, MAX_ERROR_MESSAGE, MAX_ERROR_TRACE, cut},
    task::{block::Block, request::Request, trace::Trace},
    time::Timestamp,
};

/// A task: in the queue, invoked, parked or closed.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its name in all tables.
    pub id: TaskId,
    pub labourer_id: LabourerId,
    /// When it was created. Some items of sosw 0.7 have no such time.
    pub created_at: Option<Timestamp>,
    pub greenfield: Greenfield,
    /// Attempts begun, the live one included.
    pub attempts: u32,
    /// What the labourer receives: JSON text, or any other text; a block has none. sosw may store a task without one,
    /// and reads a payload that is there but empty as an error: nothing here may add it.
    pub payload: Option<String>,
    /// The token of the latest attempt; nothing once the task is back in the queue.
    pub claim: Option<ClaimToken>,
    /// The lease that the live attempt was granted, whatever the config says by now. Attempts of sosw 0.7
    /// and of the versions before have none.
    pub claim_lease: Option<Duration>,
    /// The tokens of attempts that ended without success.
    pub past_claims: Vec<ClaimToken>,
    pub job_id: Option<JobId>,
    pub trace: Option<Trace>,
    /// If it stands for several tasks of its job: which, and what became of others.
    pub block: Option<Box<Block>>,
    /// When it was completed, or marked so by a Python worker assistant.
    pub completed_at: Option<Timestamp>,
    /// When an older attempt reported success while a newer one was live. The task is closed as
    /// succeeded when that one ends.
    pub accepted_at: Option<Timestamp>,
    /// When it leaves the retry table.
    pub due_at: Option<Timestamp>,
    pub closed: Option<Closed>,
    /// The invocations of attempts that were reported with them, newest last, at most [`Task::REQUESTS`].
    pub requests: Vec<Request>,
    /// What went wrong, newest last, at most [`Task::ERRORS`].
    pub errors: Vec<TaskError>,
    /// What happened, when, by whom; newest last, at most [`Task::HISTORY`].
    pub history: Vec<String>,
    /// Every other attribute (`stat_*`, `result_*`, `arn`, …): a move keeps them all.
    pub others: Item,
    /// What of the item could not be read. Such a task is closed with the reason, not run.
    pub defects: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    pub at: Timestamp,
    pub status: Status,
    /// When DynamoDB may delete it; never, if not set.
    pub expires_at: Option<Timestamp>,
    /// What the index says of a success beside its time; nothing of one that others closed.
    pub success: Option<Success>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its attempts are spent, or it could not be run. `{labourer}_0`.
    Exhausted,
    /// Its work is done. `{labourer}_1`.
    Succeeded,
    /// It was cancelled. `{labourer}_2`.
    Ignored,
}

impl Status {
    pub const ALL: [Self; 3] = [Self::Exhausted, Self::Succeeded, Self::Ignored];

    /// The digit in `labourer_id_task_status`.
    pub fn digit(self) -> char {
        match self {
            Self::Exhausted => '0',
            Self::Succeeded => '1',
            Self::Ignored => '2',
        }
    }

    /// The key of the closed tasks of `labourer` with this status.
    pub fn key(self, labourer: &LabourerId) -> String {
        format!("{labourer}_{}", self.digit())
    }

    /// The status in a `labourer_id_task_status`.
    pub fn of_key(key: &str) -> Option<Self> {
        let digit = key.rsplit_once('_')?.1;
        Self::ALL.into_iter().find(|status| digit.chars().eq([status.digit()]))
    }
}

/// One thing that went wrong with a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskError {
    pub attempt: u32,
    /// A stable name: `expired`, `crashed`, or what the labourer calls it.
    pub kind: String,
    pub message: String,
    pub at: Timestamp,
    /// Where in the labourer's code; only the newest error keeps it.
    pub trace: Option<String>,
}

impl TaskError {
    /// The error `kind` of an attempt, cut to what is kept.
    pub fn new(attempt: u32, kind: &str, message: &str, at: Timestamp) -> Self {
        Self {
            attempt,
            kind: cut(kind, MAX_ERROR_KIND),
            message: cut(message, MAX_ERROR_MESSAGE),
            at,
            trace: None,
        }
    }

    pub fn with_trace(mut self, trace: Option<&str>) -> Self {
        self.trace = trace.map(|text| cut(text, MAX_ERROR_TRACE));
        self
    }
}

impl Task {
    /// Errors that are kept.
    pub const ERRORS: usize = 10;
    /// Invocations that are kept.
    pub const REQUESTS: usize = 10;
    /// Entries of the history that are kept.
    pub const HISTORY: usize = 30;
    /// Tokens of ended attempts that are kept: there are more than attempts, as a snooze counts none.
    pub const PAST_CLAIMS: usize = 30;

    /// A task without any attempt.
    pub fn new(
        id: TaskId,
        labourer_id: LabourerId,
        created_at: Timestamp,
        greenfield: Greenfield,
        payload: String,
    ) -> Self {
        Self {
            id,
            labourer_id,
            created_at: Some(created_at),
            greenfield,
            attempts: 0,
            payload: Some(payload),
            claim: None,
            past_claims: Vec::new(),
            job_id: None,
            trace: None,
            block: None,
            completed_at: None,
            claim_lease: None,
            accepted_at: None,
            due_at: None,
            closed: None,
            requests: Vec::new(),
            errors: Vec::new(),
            history: Vec::new(),
            others: Item::new(),
            defects: Vec::new(),
        }
    }

    /// Was it ever attempted? One that was not waits for its place, however far in the future.
    pub fn is_untouched(&self) -> bool {
        self.attempts == 0 && self.claim.is_none() && self.completed_at.is_none()
    }

    /// Was an attempt of it ever begun? Some attempts are not counted (one that was snoozed, one that
    /// Lambda never started): they leave their tokens. A claim that was taken back leaves nothing, as
    /// Lambda did not take its event.
    pub fn was_claimed(&self) -> bool {
        !self.is_untouched() || !self.past_claims.is_empty()
    }

    /// How long its attempt may be silent, where one that begins now is granted `lease`: what it was granted
    /// is not taken back, and it gains from what became longer.
    pub fn lease(&self, lease: Duration) -> Duration {
        self.claim_lease.map_or(lease, |granted| granted.max(lease))
    }

    /// What the labourer receives; empty if there is nothing.
    pub fn payload_text(&self) -> &str {
        self.payload.as_deref().unwrap_or_default()
    }

    /// About how many bytes its item has.
    pub fn bytes(&self) -> usize {
        const REST: usize = 1024;
        const BYTES_OF_REQUEST: usize = 70;
        let errors = self.errors.iter().map(|error| {
            error.kind.len() + error.message.len() + error.trace.as_ref().map_or(0, String::len)
        });
        let history = self.history.iter().map(String::len);
        let others = self.others.iter().map(|(name, value)| name.len() + attributes::bytes(value));
        let block = self.block.as_ref().map_or(0, |block| block.bytes());
        REST + block
            + BYTES_OF_REQUEST * self.requests.len()
            + self.payload_text().len()
            + errors.chain(history).chain(others).sum::<usize>()
    }

    /// The `stats` of its labourer's report, by name and in their order.
    pub fn stats(&self) -> Map<String, Value> {
        self.reported("stat_")
    }

    /// The `result` of its labourer's report, likewise.
    pub fn result(&self) -> Map<String, Value> {
        self.reported("result_")
    }

    fn reported(&self, prefix: &str) -> Map<String, Value> {
        let fields = self.others.iter().filter_map(|(name, value)| {
            Some((name.strip_prefix(prefix)?.to_owned(), attributes::to_json(value)))
        });
        let mut fields: Vec<_> = fields.collect();
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        fields.into_iter().collect()
    }

    /// Notes that a report had no claim. Nothing else shows it later, and whoever wants to require claims
    /// must know.
    pub fn note_without_claim(&mut self, now: Timestamp, by: &str) {
        self.note(now, WITHOUT_CLAIM, by);
    }

    /// Does its history show a report without a claim?
    pub fn was_reported_without_claim(&self) -> bool {
        self.history.iter().any(|entry| entry.contains(WITHOUT_CLAIM))
    }

    /// Is its work done, all of it, though it is not closed yet?
    pub fn has_succeeded(&self) -> bool {
        let is_whole = |block: &Block| block.accepted == block.members;
        let is_accepted = self.block.as_deref().is_none_or(is_whole) && self.accepted_at.is_some();
        is_accepted || self.completed_at.is_some()
    }

    /// Puts the token of the attempt that ended to those of its past, forgetting the oldest.
    pub fn retire_claim(&mut self) {
        self.past_claims.extend(self.claim.take());
        let surplus = self.past_claims.len().saturating_sub(Self::PAST_CLAIMS);
        self.past_claims.drain(..surplus);
    }

    /// Adds an error, forgetting the oldest and all older traces.
    pub fn add_error(&mut self, error: TaskError) {
        for older in &mut self.errors {
            older.trace = None;
        }
        self.errors.push(error);
        let surplus = self.errors.len().saturating_sub(Self::ERRORS);
        self.errors.drain(..surplus);
    }

    /// Adds an invocation, forgetting the oldest. One that is there already, as it was reported twice, is not
    /// added.
    pub fn add_request(&mut self, request: Request) {
        if self.requests.iter().any(|known| known.id == request.id) {
            return;
        }
        self.requests.push(request);
        let surplus = self.requests.len().saturating_sub(Self::REQUESTS);
        self.requests.drain(..surplus);
    }

    /// Adds an entry to the history, forgetting the oldest.
    pub fn note(&mut self, now: Timestamp, what: &str, by: &str) {
        self.history.push(entry(now, what, by));
        let surplus = self.history.len().saturating_sub(Self::HISTORY);
        self.history.drain(..surplus);
    }
}

/// In the history: a report that did not say which attempt it was of.
const WITHOUT_CLAIM: &str = "reported without a claim";

/// An entry of a task's history.
pub fn entry(now: Timestamp, what: &str, by: &str) -> String {
    format!("{now} {what} by {by}")
}
