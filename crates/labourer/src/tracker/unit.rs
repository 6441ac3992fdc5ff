//! A unit of work: where it stands, and every step it can take. Pure: what was read and the time go
//! in, the new record comes out.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{outcome::Failure, time::Timestamp};

/// Errors a unit remembers, the latest ones.
pub const MOST_ERRORS: usize = 10;

/// Where a unit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Known, never begun. Left by the first one that begins it.
    Pending,
    /// Somebody works on it, or died doing so. Left by what its owner says, or by whoever begins it
    /// once its lock has expired.
    InProgress,
    /// Its last attempt failed and others are left. Left by the next one that begins it.
    Failed,
    /// Its last attempt failed and none is left. Left by an operator's `retry`.
    Exhausted,
    /// Done, for ever.
    Succeeded,
    /// Somebody decided that it need not be done. Left by an operator's `retry`.
    Ignored,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::InProgress,
        Self::Failed,
        Self::Exhausted,
        Self::Succeeded,
        Self::Ignored,
    ];
    /// What is still to be done.
    pub const UNFINISHED: [Self; 3] = [Self::Pending, Self::InProgress, Self::Failed];
    /// What went wrong, for now or for good.
    pub const WENT_WRONG: [Self; 2] = [Self::Failed, Self::Exhausted];

    /// Its name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::Failed => "failed",
            Self::Exhausted => "exhausted",
            Self::Succeeded => "succeeded",
            Self::Ignored => "ignored",
        }
    }

    /// The status of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// How long a unit is held, and how often it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a lock holds that nobody extends. Longer than the work takes: afterwards another
    /// worker may begin the unit. The default, 900 s, is the longest a Lambda function can run.
    pub lock: Duration,
    /// Attempts until a unit is exhausted. The default is 3.
    pub max_attempts: u32,
    /// How long a succeeded unit is remembered. By default for ever.
    pub keep: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { lock: Duration::from_secs(900), max_attempts: 3, keep: None }
    }
}

/// What the table knows about a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What the unit belongs to: a task, a job, or any name.
    pub scope: String,
    /// Its name there.
    pub unit: String,
    /// Where it stands.
    pub status: Status,
    /// How often it was begun.
    pub attempts: u32,
    /// How often it may be begun.
    pub max_attempts: u32,
    /// Until when its owner has it to himself. Only in progress.
    pub locked_until: Option<Timestamp>,
    /// The token of its owner. Only in progress.
    pub owner: Option<String>,
    /// What was saved with it.
    pub data: Value,
    /// What went wrong, the latest last.
    pub errors: Vec<UnitError>,
    /// When it came into being.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When the table may forget it.
    pub expires_at: Option<Timestamp>,
    /// Names the write that made this record what it is; the next write states it as its belief.
    pub change: String,
}

/// One failed attempt at a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitError {
    /// Which attempt.
    pub attempt: u32,
    /// The failure's kind; `LockExpired` where nobody was left to tell.
    pub kind: String,
    /// The failure's message.
    pub message: String,
    /// When.
    pub at: Timestamp,
}

/// What becomes of somebody who wants to begin a unit.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The record to write; whoever manages to write it has the unit.
    Start(Record),
    /// The record to write: its last attempt died, and none is left.
    Exhaust(Record),
    /// Somebody has it.
    Held {
        /// Until then, unless it is done earlier or extended.
        until: Timestamp,
    },
    /// There is nothing to do.
    Done,
    /// Nobody may begin it any more.
    Exhausted,
}

impl Record {
    /// A unit nobody has begun.
    pub fn new(scope: &str, unit: &str, limits: Limits, now: Timestamp) -> Self {
        Self {
            scope: scope.to_owned(),
            unit: unit.to_owned(),
            status: Status::Pending,
            attempts: 0,
            max_attempts: limits.max_attempts,
            locked_until: None,
            owner: None,
            data: Value::Null,
            errors: Vec::new(),
            created_at: now,
            updated_at: now,
            expires_at: None,
            change: token(),
        }
    }

    /// Whether it can be begun now, and as what.
    pub fn begin(&self, limits: Limits, now: Timestamp) -> Decision {
        let died = match (self.status, self.locked_until) {
            (Status::Succeeded | Status::Ignored, _) => return Decision::Done,
            (Status::Exhausted, _) => return Decision::Exhausted,
            (Status::InProgress, Some(until)) if until >= now => return Decision::Held { until },
            (Status::InProgress, _) => true,
            (Status::Pending | Status::Failed, _) => false,
        };
        let mut next = self.changed(now);
        next.max_attempts = limits.max_attempts;
        if died {
            next.remember("LockExpired", "its lock expired before it was done", now);
        }
        if self.attempts >= limits.max_attempts {
            return Decision::Exhaust(next.left_as(Status::Exhausted));
        }
        next.status = Status::InProgress;
        next.attempts += 1;
        next.owner = Some(token());
        next.locked_until = Some(now + limits.lock);
        Decision::Start(next)
    }

    /// Its owner did it.
    pub fn succeeded(&self, data: Value, limits: Limits, now: Timestamp) -> Self {
        let mut next = self.changed(now).left_as(Status::Succeeded);
        next.data = data;
        next.expires_at = limits.keep.map(|keep| now + keep);
        next
    }

    /// Its owner could not do it.
    pub fn failed(&self, failure: &Failure, now: Timestamp) -> Self {
        let mut next = self.changed(now);
        next.remember(failure.kind(), failure.message(), now);
        let spent = next.attempts >= next.max_attempts;
        next.left_as(if spent { Status::Exhausted } else { Status::Failed })
    }

    /// Its owner gives it back untouched: the attempt does not count.
    pub fn released(&self, now: Timestamp) -> Self {
        let mut next = self.changed(now);
        next.attempts = next.attempts.saturating_sub(1);
        next.left_as(Status::Pending)
    }

    /// It need not be done.
    pub fn ignored(&self, why: &str, now: Timestamp) -> Self {
        let mut next = self.changed(now);
        next.remember("Ignored", why, now);
        next.left_as(Status::Ignored)
    }

    /// It is to be done again, with all its attempts.
    pub fn again(&self, now: Timestamp) -> Self {
        let mut next = self.changed(now);
        next.attempts = 0;
        next.left_as(Status::Pending)
    }

    /// Its owner saves what it has so far.
    pub fn saved(&self, data: Value, now: Timestamp) -> Self {
        Self { data, ..self.changed(now) }
    }

    /// Its owner needs longer.
    pub fn extended(&self, lock: Duration, now: Timestamp) -> Self {
        Self { locked_until: Some(now + lock), ..self.changed(now) }
    }

    fn changed(&self, now: Timestamp) -> Self {
        Self { updated_at: now, change: token(), ..self.clone() }
    }

    fn left_as(self, status: Status) -> Self {
        Self { status, owner: None, locked_until: None, ..self }
    }

    fn remember(&mut self, kind: &str, message: &str, at: Timestamp) {
        let (kind, message) = (kind.to_owned(), message.chars().take(1000).collect());
        self.errors.push(UnitError { attempt: self.attempts, kind, message, at });
        let surplus = self.errors.len().saturating_sub(MOST_ERRORS);
        self.errors.drain(..surplus);
    }
}

fn token() -> String {
    Uuid::new_v4().simple().to_string()
}
