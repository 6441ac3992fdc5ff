//! Why a task is not running, and what would have to change: a pure function of what was read.

use serde::Serialize;
use task_manager::{
    greenfield::{Phase, Scale},
    jobs::job::Count,
    labourer::{self, Labourer},
    task::{Status, Task},
    time::Timestamp,
};

use crate::{resources::Shared, words::argument};

mod queued;
mod block;
mod missing;
mod read;

pub use block::InBlock;
pub use missing::explain_missing;
pub use read::{explain_in_few_reads, explain_task};

/// Everything that may keep a task from running.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Its labourer, if it is in the config.
    pub labourer: Option<&'a Labourer>,
    /// The labourer's row, if there is one.
    pub row: Option<&'a labourer::State>,
    /// What it shares with others, if it was read: only of a labourer that does.
    pub shared: Option<&'a Shared>,
    /// How many tasks stand before it in the queue, a block as one.
    pub before: Count,
    /// Of a block, the number of the task that was asked for.
    pub member: Option<u64>,
    pub scale: Scale,
    pub now: Timestamp,
}

/// The state of a task, and everything that keeps it from running.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// One or two words; stable, since scripts read it.
    pub state: &'static str,
    /// How many tasks stand before it, a block as one, while it is queued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Count>,
    /// The block that it is, or that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<InBlock>,
    /// What keeps it from running; what must be resolved first comes first.
    pub reasons: Vec<Reason>,
}

impl Explanation {
    /// Is anything left to be done for the task?
    pub fn is_of_open_task(&self) -> bool {
        !matches!(self.state, "closed" | "deleted")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    pub why: String,
    /// What has to happen next, by whom.
    pub change: String,
}

impl Reason {
    fn new(why: impl Into<String>, change: impl Into<String>) -> Self {
        Self { why: why.into(), change: change.into() }
    }
}

/// Explains a task, wherever it is; of one that is in a block, what keeps the block from running.
pub fn explain(task: &Task, about: Circumstances<'_>) -> Explanation {
    let explained = match (task.closed, task.due_at) {
        (Some(_), _) => explanation("closed", [closed(task)]),
        (None, Some(_)) => explanation("parked", [parked(task, about)]),
        (None, None) => in_tasks(task, about),
    };
    Explanation { block: InBlock::of(task), ..explained }
}

fn explanation(state: &'static str, reasons: impl IntoIterator<Item = Reason>) -> Explanation {
    let reasons = reasons.into_iter().collect();
    Explanation { state, before: None, block: None, reasons }
}

fn closed(task: &Task) -> Reason {
    let at = task.closed.map(|closed| closed.at.utc()).unwrap_or_default();
    match task.closed.map(|closed| closed.status) {
        Some(Status::Exhausted) => Reason::new(
            format!("it failed for good at {at}{}: {}", block::with_others(task), last_error(task)),
            match &task.job_id {
                Some(job) => format!(
                    "fix the cause, then run `sosw jobs retry-failed {}`; what it printed: `sosw logs {}`",
                    argument(job),
                    argument(&task.id)
                ),
                None => format!(
                    "fix the cause, then run `sosw tasks retry {0}`; what it printed: `sosw logs {0}`",
                    argument(&task.id)
                ),
            },
        ),
        Some(Status::Ignored) => Reason::new(
            format!("it was cancelled at {at}"),
            match &task.job_id {
                Some(_) => "it is not started again: submit its job again",
                None => "it is not started again: create a new task",
            },
        ),
        _ => Reason::new(format!("it succeeded at {at}"), "none: its work is done"),
    }
}

fn parked(task: &Task, about: Circumstances<'_>) -> Reason {
    if let Some(reason) = block::parked(task, about) {
        return reason;
    }
    let now = about.now;
    let due = task.due_at.unwrap_or(now);
    let why = format!("it waits until {}: {}", due.utc(), last_error(task));
    match due <= now {
        true => Reason::new(why, "none: the next tick of the scavenger queues it"),
        false => Reason::new(why, "none: at that time the scavenger queues it"),
    }
}

fn last_error(task: &Task) -> String {
    match task.errors.last() {
        Some(error) => format!("{}, {}", error.kind, error.message),
        None => "no error is recorded".into(),
    }
}

fn in_tasks(task: &Task, about: Circumstances<'_>) -> Explanation {
    let remembered = about.row.and_then(|row| row.function_timeout);
    let lease = about.labourer.map(|labourer| labourer.lease(remembered)).unwrap_or_default();
    let lease = task.lease(lease);
    match task.greenfield.phase(about.now, lease, about.scale) {
        Phase::Queued => {
            let queued = explanation("queued", queued::reasons(task, about));
            Explanation { before: Some(about.before), ..queued }
        }
        _ if task.is_untouched() => explanation("not due", [not_due(task)]),
        Phase::Running { .. } if block::is_accepted(task, about.member) => {
            explanation("running", [block::accepted()])
        }
        Phase::Running { since } => {
            let why = format!("attempt {} began at {}", task.attempts, since.utc());
            let change = format!("none: its report is awaited until {}", (since + lease).utc());
            explanation("running", [Reason::new(why, change)])
        }
        Phase::Expired { since } => {
            let attempt = task.attempts;
            let why = format!(
                "attempt {attempt}, begun at {}, did not report before its lease passed",
                since.utc()
            );
            let change = "none: the next tick of the scavenger parks it for a retry, or closes it";
            explanation("expired", [Reason::new(why, change)])
        }
    }
}

fn not_due(task: &Task) -> Reason {
    let due = task.greenfield.queued_from().utc();
    Reason::new(
        format!("its place in the queue is in the future, at {due}"),
        "none: it is due then",
    )
}

#[cfg(test)]
mod tests;
