//! The state of a task, in one word.

use serde::Serialize;
use task_manager::{
    config::Config,
    greenfield::Phase,
    labourer,
    task::{Status, Task},
    time::Timestamp,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// An attempt is within its lease.
    Running,
    /// Its attempt is silent past its lease: the next tick of the scavenger ends it.
    Expired,
    /// In the queue of its labourer.
    Queued,
    /// In the retry table, until its time has come.
    Parked,
    /// Closed: its attempts are spent, or it could not be run.
    Exhausted,
    /// Closed: its work is done.
    Succeeded,
    /// Closed: it was cancelled.
    Ignored,
}

impl TaskState {
    /// Every state, those that need attention first.
    pub const ALL: [Self; 7] = [
        Self::Running,
        Self::Expired,
        Self::Queued,
        Self::Parked,
        Self::Exhausted,
        Self::Succeeded,
        Self::Ignored,
    ];

    /// Is it an end?
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Exhausted | Self::Succeeded | Self::Ignored)
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The state of a task as it was read.
    pub fn of(task: &Task, config: &Config, row: Option<&labourer::State>, now: Timestamp) -> Self {
        if let Some(closed) = task.closed {
            return closed.status.into();
        }
        if task.due_at.is_some() {
            return Self::Parked;
        }
        let labourer = config.labourers.get(&task.labourer_id);
        let remembered = row.and_then(|row| row.function_timeout);
        let lease = labourer.map(|labourer| labourer.lease(remembered)).unwrap_or_default();
        match task.greenfield.phase(now, task.lease(lease), config.scale) {
            Phase::Queued => Self::Queued,
            Phase::Running { .. } => Self::Running,
            Phase::Expired { .. } => Self::Expired,
        }
    }

    /// Its stable name, in JSON and as an argument.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Expired => "expired",
            Self::Queued => "queued",
            Self::Parked => "parked",
            Self::Exhausted => "exhausted",
            Self::Succeeded => "succeeded",
            Self::Ignored => "ignored",
        }
    }
}

impl From<Status> for TaskState {
    fn from(status: Status) -> Self {
        match status {
            Status::Exhausted => Self::Exhausted,
            Status::Succeeded => Self::Succeeded,
            Status::Ignored => Self::Ignored,
        }
    }
}
