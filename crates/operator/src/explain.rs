//! Why a task is not running, and what would have to change: a pure function of what was read.

use serde::Serialize;
use task_manager::{
    attempt::dispatch,
    greenfield::{Phase, Scale},
    labourer::{self, Labourer},
    task::{Status, Task},
    time::Timestamp,
};

use crate::tasks::Missing;

mod block;
mod read;

pub use block::InBlock;
pub use read::explain_task;

/// Everything that may keep a task from running.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Its labourer, if it is in the config.
    pub labourer: Option<&'a Labourer>,
    /// The labourer's row, if there is one.
    pub row: Option<&'a labourer::State>,
    /// How many tasks stand before it in the queue, a block as one.
    pub before: u64,
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
    pub before: Option<u64>,
    /// The block that it is, or that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<InBlock>,
    /// What keeps it from running; what must be resolved first comes first.
    pub reasons: Vec<Reason>,
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

/// Explains a task that is in no table.
pub fn explain_missing(missing: &Missing) -> Explanation {
    let (state, change) = match missing {
        Missing::Task(_) => {
            let change = "check the id, or create the task";
            return explanation(
                "unknown",
                [Reason::new("no table has a task with this id", change)],
            );
        }
        Missing::Job(_) | Missing::Number { .. } => ("unknown", "check the id and the number"),
        Missing::NotYetMade { job, .. } => {
            let change = format!("none: the scheduler creates it (`sosw jobs show {job}`)");
            return explanation("not created", [Reason::new(missing.to_string(), change)]);
        }
        Missing::NeverMade { .. } => ("not created", "submit the job again"),
        Missing::Deleted { .. } => ("deleted", "none: it was closed some time ago"),
    };
    explanation(state, [Reason::new(missing.to_string(), change)])
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
                Some(job) => format!("fix the cause, then run `sosw jobs retry-failed {job}`"),
                None => "it is not started again: fix the cause, then create a new task".into(),
            },
        ),
        Some(Status::Ignored) => Reason::new(
            format!("it was cancelled at {at}"),
            "it is not started again: create a new task",
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
            let queued = explanation("queued", queued(task, about));
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

fn queued(task: &Task, about: Circumstances<'_>) -> Vec<Reason> {
    let name = &task.labourer_id;
    let Some(labourer) = about.labourer else {
        let change = format!("add {name} to the config's labourers");
        return vec![Reason::new(format!("the config has no labourer {name}"), change)];
    };
    if let Some(why) = &labourer.stopped {
        let change = "correct the config: `sosw config check` names every mistake";
        return vec![Reason::new(format!("{name} is stopped: {why}"), change)];
    }
    let spent = block::spent(task, labourer);
    if let (Err(unusable), None) = (dispatch::check(task, labourer), &spent) {
        let why = format!("it cannot be run: {}", unusable.message);
        return vec![Reason::new(why, "the next tick of the orchestrator closes it")];
    }
    let Some(row) = about.row else {
        let why = format!("no orchestrator has served {name} yet");
        return vec![Reason::new(why, "run the orchestrator with this config")];
    };
    let slots = no_slot(labourer, row, about.now);
    let others = others_first(row, about, block::noun(task));
    let reasons: Vec<_> =
        [spent, paused(row, about.now), slots, others].into_iter().flatten().collect();
    match reasons.is_empty() {
        true => vec![next(row, about.now)],
        false => reasons,
    }
}

fn paused(row: &labourer::State, now: Timestamp) -> Option<Reason> {
    let name = &row.labourer_id;
    let why = format!("{name} is {}", row.pause_in_words(now)?);
    Some(Reason::new(why, format!("run `sosw resume {name}`")))
}

fn no_slot(labourer: &Labourer, row: &labourer::State, now: Timestamp) -> Option<Reason> {
    if row.running() < row.slot_limit {
        return None;
    }
    let (limit, most) = (row.slot_limit, labourer.max_simultaneous_invocations);
    let health = row.health.as_deref().unwrap_or("its health is unknown");
    Some(match (limit, limit < most) {
        _ if most == 0 => Reason::new(
            format!("max_simultaneous_invocations of {} is 0", labourer.id),
            "raise it in the config",
        ),
        (0, _) => {
            let checks =
                stopped(row, now).unwrap_or("every tick of the orchestrator checks it".into());
            let change = format!("{}; {checks}", what_must_improve(row));
            Reason::new(format!("no slot may be used: {health}"), change)
        }
        (_, true) => {
            let change = format!("an attempt must end, or {}", what_must_improve(row));
            let stopped = stopped(row, now).map(|stopped| format!("; {stopped}"));
            Reason::new(
                format!("{} of {limit} slots are in use, of {most}: {health}", row.running()),
                change + &stopped.unwrap_or_default(),
            )
        }
        (_, false) => Reason::new(
            format!("{} of {limit} slots are in use", row.running()),
            "an attempt must end, or raise max_simultaneous_invocations",
        ),
    })
}

/// What would raise a limit that is lower than the config's: of the three that lower it, each has
/// another remedy.
fn what_must_improve(row: &labourer::State) -> &'static str {
    match &row.ecology {
        Some(memory) if memory.breaker.limit().is_some() => "its attempts must succeed",
        Some(memory) if memory.adaptive.is_some_and(|limit| limit <= memory.limit) => {
            "its attempts must go on without failures and throttles, which raises the limit"
        }
        _ => "its health must rise",
    }
}

/// What to do if the orchestrator has stopped confirming the slots.
fn stopped(row: &labourer::State, now: Timestamp) -> Option<String> {
    let at = row.refreshed_at.filter(|_| !row.is_fresh(now))?;
    Some(format!(
        "check that the orchestrator ticks: it has not confirmed the slots since {}",
        at.utc()
    ))
}

/// `noun` is what stands in the queue.
fn others_first(
    row: &labourer::State,
    about: Circumstances<'_>,
    noun: (&str, &str),
) -> Option<Reason> {
    let free = u64::from(row.slot_limit.saturating_sub(row.running()));
    let tasks = match about.before {
        0 => return None,
        more if more < free => return None,
        1 => format!("1 {} is", noun.0),
        more => format!("{more} {} are", noun.1),
    };
    let change = "they are started first; more slots would start them sooner";
    Some(Reason::new(format!("{tasks} before it in the queue"), change))
}

/// Nothing prevents it from starting: it waits for the next tick, or the ticks have stopped.
fn next(row: &labourer::State, now: Timestamp) -> Reason {
    let ticks = || "none: the next tick of the orchestrator starts it".to_owned();
    let change = stopped(row, now).unwrap_or_else(ticks);
    Reason::new("slots are free for it", change)
}

#[cfg(test)]
mod tests;
