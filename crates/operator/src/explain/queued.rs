//! What keeps a queued task from starting: the config, its labourer's slots, or others before it.

use task_manager::{
    attempt::dispatch,
    jobs::job::Count,
    labourer::{self, Labourer},
    task::Task,
    time::Timestamp,
};

use super::{Circumstances, Reason, block};
use crate::{
    resources::{Cause, Standing, Wait},
    words::argument,
};

/// What keeps a task from running that stands in the queue.
pub(super) fn reasons(task: &Task, about: Circumstances<'_>) -> Vec<Reason> {
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
    let waits = waits(task, labourer, row, about);
    let others = others_first(row, about, block::noun(task), waits.is_empty());
    let own = [spent, paused(row, about.now), slots].into_iter().flatten();
    let waits = waits.iter().map(|wait| shared(wait, row, about.now));
    let reasons: Vec<_> = own.chain(waits).chain(others).collect();
    match reasons.is_empty() {
        true => vec![next(row, about.now)],
        false => reasons,
    }
}

fn paused(row: &labourer::State, now: Timestamp) -> Option<Reason> {
    let name = &row.labourer_id;
    let why = format!("{name} is {}", row.pause_in_words(now)?);
    Some(Reason::new(why, format!("run `sosw resume {}`", argument(name))))
}

/// What it shares with others and there is too little of.
fn waits(
    task: &Task,
    labourer: &Labourer,
    row: &labourer::State,
    about: Circumstances<'_>,
) -> Vec<Wait> {
    let tasks = about.before.number().saturating_add(1).saturating_mul(task.size());
    let standing = Standing::of(row, tasks);
    about.shared.map(|shared| shared.waits(labourer, standing, about.now)).unwrap_or_default()
}

fn shared(wait: &Wait, row: &labourer::State, now: Timestamp) -> Reason {
    let stopped = stopped(row, now).filter(|_| !matches!(wait.cause, Cause::Resume { .. }));
    let stopped = stopped.map(|stopped| format!("; {stopped}")).unwrap_or_default();
    Reason::new(wait.to_string(), wait.change() + &stopped)
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
    slots_would_help: bool,
) -> Option<Reason> {
    let free = u64::from(row.most(row.slot_limit).saturating_sub(row.running()));
    let tasks = match (about.before, about.before.number()) {
        (_, 0) => return None,
        (_, more) if more < free => return None,
        (Count::Exactly(1), _) => format!("1 {} is", noun.0),
        (more, _) => format!("{more} {} are", noun.1),
    };
    let change = match slots_would_help {
        true => "they are started first; more slots would start them sooner",
        false => "they are started first",
    };
    Some(Reason::new(format!("{tasks} before it in the queue"), change))
}

/// Nothing prevents it from starting: it waits for the next tick, or the ticks have stopped.
fn next(row: &labourer::State, now: Timestamp) -> Reason {
    let ticks = || "none: the next tick of the orchestrator starts it".to_owned();
    let change = stopped(row, now).unwrap_or_else(ticks);
    Reason::new("slots are free for it", change)
}
