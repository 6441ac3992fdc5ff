//! Where a task is, in a word.

use clap::ValueEnum;
use task_manager::{
    config::Config,
    greenfield::Phase,
    slots::Row,
    task::{Status, Task},
    time::Timestamp,
};

/// Where a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum State {
    Running,
    Expired,
    Queued,
    Parked,
    Exhausted,
    Succeeded,
    Ignored,
}

impl State {
    /// The state of a task as it was read.
    pub fn of(task: &Task, config: &Config, row: Option<&Row>, now: Timestamp) -> Self {
        if let Some(closed) = task.closed {
            return closed.status.into();
        }
        if task.due_at.is_some() {
            return Self::Parked;
        }
        let labourer = config.labourers.get(&task.labourer_id);
        let remembered = row.and_then(|row| row.function_timeout);
        let lease = labourer.map(|labourer| labourer.lease(remembered)).unwrap_or_default();
        match task.greenfield.phase(now, lease, config.scale) {
            Phase::Queued => Self::Queued,
            Phase::Running { .. } => Self::Running,
            Phase::Expired { .. } => Self::Expired,
        }
    }

    /// Its name.
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

impl From<Status> for State {
    fn from(status: Status) -> Self {
        match status {
            Status::Exhausted => Self::Exhausted,
            Status::Succeeded => Self::Succeeded,
            Status::Ignored => Self::Ignored,
        }
    }
}
