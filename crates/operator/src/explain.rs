//! Why a task is not running, and what would have to change: a pure function of what was read.

use serde::Serialize;
use task_manager::{
    attempt::{closing::Found, dispatch},
    greenfield::{Phase, Scale},
    labourer::{self, Labourer},
    task::{Status, Task},
    time::Timestamp,
};

mod read;

pub use read::explain_task;

/// What is known of a task's circumstances.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Its labourer, if the config knows it.
    pub labourer: Option<&'a Labourer>,
    /// The labourer's row, if there is one.
    pub row: Option<&'a labourer::State>,
    /// How many tasks stand before it in the queue.
    pub before: u64,
    /// Constants of the number line.
    pub scale: Scale,
    /// The time.
    pub now: Timestamp,
}

/// Where a task stands, and everything that keeps it from running.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Where it stands, in a word or two.
    pub state: &'static str,
    /// How many tasks stand before it, while it is queued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// What keeps it from running, the first obstacle first.
    pub reasons: Vec<Reason>,
}

/// One obstacle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Why it is not running.
    pub why: String,
    /// What would have to change.
    pub change: String,
}

impl Reason {
    fn new(why: impl Into<String>, change: impl Into<String>) -> Self {
        Self { why: why.into(), change: change.into() }
    }
}

/// Explains a task, wherever it was found.
pub fn explain(found: &Found, about: Circumstances<'_>) -> Explanation {
    match found {
        Found::Nowhere => {
            let change = "look for a mistake in its id, or create it";
            explanation("unknown", [Reason::new("no table has a task of this id", change)])
        }
        Found::Closed(task) => explanation("closed", [closed(task)]),
        Found::Parked(task) => explanation("parked", [parked(task, about.now)]),
        Found::InTasks(task) => in_tasks(task, about),
    }
}

fn explanation(state: &'static str, reasons: impl IntoIterator<Item = Reason>) -> Explanation {
    Explanation { state, before: None, reasons: reasons.into_iter().collect() }
}

fn closed(task: &Task) -> Reason {
    let at = task.closed.map(|closed| closed.at.utc()).unwrap_or_default();
    match task.closed.map(|closed| closed.status) {
        Some(Status::Exhausted) => Reason::new(
            format!("it was given up at {at}: {}", last_error(task)),
            match &task.job_id {
                Some(job) => format!("mend the cause, then sosw jobs retry-failed {job}"),
                None => "nothing starts it again: mend the cause, then create a new task".into(),
            },
        ),
        Some(Status::Ignored) => Reason::new(
            format!("it was closed at {at}: nobody wanted it done"),
            "nothing starts it again: create a new task",
        ),
        _ => Reason::new(format!("it succeeded at {at}"), "nothing: its work is done"),
    }
}

fn parked(task: &Task, now: Timestamp) -> Reason {
    let due = task.due_at.unwrap_or(now);
    let why = format!("it waits until {}: {}", due.utc(), last_error(task));
    match due <= now {
        true => Reason::new(why, "nothing: the next tick of the scavenger queues it"),
        false => Reason::new(why, "its time must come, then the scavenger queues it"),
    }
}

fn last_error(task: &Task) -> String {
    match task.errors.last() {
        Some(error) => format!("{}, {}", error.kind, error.message),
        None => "no error is known".into(),
    }
}

fn in_tasks(task: &Task, about: Circumstances<'_>) -> Explanation {
    let remembered = about.row.and_then(|row| row.function_timeout);
    let lease = about.labourer.map(|labourer| labourer.lease(remembered)).unwrap_or_default();
    match task.greenfield.phase(about.now, lease, about.scale) {
        Phase::Queued => {
            let queued = explanation("queued", queued(task, about));
            Explanation { before: Some(about.before), ..queued }
        }
        _ if task.is_untouched() => explanation("not due", [not_due(task)]),
        Phase::Running { since } => {
            let why = format!("attempt {} began at {}", task.attempts, since.utc());
            let change = format!("nothing: its report is awaited until {}", (since + lease).utc());
            explanation("running", [Reason::new(why, change)])
        }
        Phase::Expired { since } => {
            let attempt = task.attempts;
            let why = format!("attempt {attempt}, begun at {}, outlived its lease", since.utc());
            let change = "nothing: the next tick of the scavenger parks it, or closes it";
            explanation("expired", [Reason::new(why, change)])
        }
    }
}

fn not_due(task: &Task) -> Reason {
    let due = task.greenfield.queued_from().utc();
    Reason::new(format!("its place in the queue lies ahead, at {due}"), "its time must come")
}

fn queued(task: &Task, about: Circumstances<'_>) -> Vec<Reason> {
    let name = &task.labourer_id;
    let Some(labourer) = about.labourer else {
        let change = format!("add {name} to the config's labourers");
        return vec![Reason::new(format!("the config knows no labourer {name}"), change)];
    };
    if let Err(unusable) = dispatch::check(task, labourer) {
        let why = format!("it cannot be run: {}", unusable.message);
        return vec![Reason::new(why, "the next tick of the orchestrator closes it")];
    }
    let Some(row) = about.row else {
        let why = format!("no orchestrator has seen {name} yet");
        return vec![Reason::new(why, "the orchestrator must tick with this config")];
    };
    let obstacles = [paused(row, about.now), no_slot(labourer, row), others_first(row, about)];
    let reasons: Vec<_> = obstacles.into_iter().flatten().collect();
    match reasons.is_empty() {
        true => vec![next(row, about.now)],
        false => reasons,
    }
}

fn paused(row: &labourer::State, now: Timestamp) -> Option<Reason> {
    let name = &row.labourer_id;
    let why = format!("{name} is {}", row.pause_in_words(now)?);
    Some(Reason::new(why, format!("sosw resume {name}")))
}

fn no_slot(labourer: &Labourer, row: &labourer::State) -> Option<Reason> {
    if row.running < row.slot_limit {
        return None;
    }
    let (limit, most) = (row.slot_limit, labourer.max_simultaneous_invocations);
    let health = row.health.as_deref().unwrap_or("its health is unknown");
    Some(match (limit, limit < most) {
        (0, _) => Reason::new(
            format!("no slot may be used: {health}"),
            "its health must rise; each tick of the orchestrator looks at it",
        ),
        (_, true) => Reason::new(
            format!("{} of {limit} slots are in use, of {most} in health: {health}", row.running),
            "an attempt must end, or its health must rise",
        ),
        (_, false) => Reason::new(
            format!("{} of {limit} slots are in use", row.running),
            "an attempt must end, or max_simultaneous_invocations be raised",
        ),
    })
}

fn others_first(row: &labourer::State, about: Circumstances<'_>) -> Option<Reason> {
    let free = u64::from(row.slot_limit.saturating_sub(row.running));
    let tasks = match about.before {
        0 => return None,
        more if more < free => return None,
        1 => "1 task stands".to_owned(),
        more => format!("{more} tasks stand"),
    };
    let change = "they must be started first; more slots would start them sooner";
    Some(Reason::new(format!("{tasks} before it in the queue"), change))
}

/// Nothing is in its way but the time between two ticks; or the ticks do not come.
fn next(row: &labourer::State, now: Timestamp) -> Reason {
    let change = match row.refreshed_at {
        Some(at) if !row.is_fresh(now) => {
            format!("the orchestrator must tick: it has not confirmed the slots since {}", at.utc())
        }
        _ => "nothing: the next tick of the orchestrator starts it".into(),
    };
    Reason::new("slots are free for it", change)
}

#[cfg(test)]
mod tests;
