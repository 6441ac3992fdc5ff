//! A unit of work: its status and its record.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use labourer::Timestamp;

/// The status of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Known, never begun. Left when a worker begins it.
    Pending,
    /// A worker holds it, or died while it did. Left when its owner reports, or when another worker begins
    /// it after its lock has expired.
    InProgress,
    /// Its last attempt failed and others are left. Left by the next one that begins it.
    Failed,
    /// Its last attempt failed and none is left. Left by an operator's `retry`.
    Exhausted,
    /// Done, for ever.
    Succeeded,
    /// An operator decided that it need not be done. Left by an operator's `retry`.
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
    /// worker may begin the unit. The default, 900 s, is the longest a Lambda function can run, but for
    /// those on managed instances, which have up to 5,400 s.
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
    /// Its status.
    pub status: Status,
    /// How often it was begun.
    pub attempts: u32,
    /// How often it may be begun.
    pub max_attempts: u32,
    /// Until when its owner holds it. Only in progress.
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
    /// Identifies the write that produced this record; the next write expects it to be unchanged.
    pub change: String,
}

/// One failed attempt at a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitError {
    /// Which attempt.
    pub attempt: u32,
    /// The failure's kind; `LockExpired` when the worker died.
    pub kind: String,
    /// The failure's message.
    pub message: String,
    /// When.
    pub at: Timestamp,
}
