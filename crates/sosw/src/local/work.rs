//! Submits the job and watches progress until every task is closed or the user stops it.

use std::cell::OnceCell;

use local::ticker::Ticker;
use operator::{JobId, Json, jobs};
use serde_json::Value;

use super::{
    Args, counted::Counted, machine::Machine, plan::RunPlan, progress::Observation, recover,
    screen::Screen, silent::Silent, watch::Watcher,
};
use crate::{error::Error, function::SoswFunction, stop::StopRequest, words};

/// Why the work ended.
pub enum End {
    /// Every task is closed, every job done; the one that was to be run may have been so before.
    Idle { job: Option<JobId> },
    /// The user stopped it, with this many tasks open.
    Stopped { open: u64 },
}

pub async fn work(
    machine: &Machine,
    plan: &RunPlan,
    args: &Args,
    screen: &Screen,
    stop: &mut StopRequest,
) -> Result<End, Error> {
    let unfinished = is_unfinished(machine, plan).await?;
    let silent = Silent::new(machine, plan);
    let watcher = Watcher::new(&machine.manager);
    // At once: open jobs of earlier runs.
    screen.progress(&watcher.read().await?);
    recover::recover(machine, screen).await?;
    let tickers = machine.tick(plan.local.tick);
    let submitted = OnceCell::new();
    let submission = async {
        let job = plan.job.as_ref().filter(|_| !unfinished);
        submit(machine, job, screen).await.map(|id| drop(submitted.set(id)))
    };
    let may_end = || args.until_idle && submitted.get().is_some();
    tokio::select! {
        Err(error) = submission => Err(error),
        idle = watch(machine, &watcher, &tickers, screen, may_end) => {
            idle.map(|()| End::Idle { job: submitted.get().cloned().flatten() })
        }
        never = silent.warn(machine, screen) => match never {},
        () = stop.requested() => {
            screen.print("stopping");
            Ok(End::Stopped { open: watcher.count().await?.open() })
        }
    }
}

/// Shows progress until nothing is left to do and `may_end`.
async fn watch(
    machine: &Machine,
    watcher: &Watcher<'_>,
    tickers: &[Ticker],
    screen: &Screen,
    may_end: impl Fn() -> bool,
) -> Result<(), Error> {
    let show = |seen: &Observation| {
        screen.progress(seen);
        if seen.awaits_tick() {
            // Do not wait for the next one.
            tickers.iter().for_each(|ticker| drop(ticker.now()));
        }
    };
    // What was submitted by the time at which it may end is counted.
    let is_end =
        |counted: &Counted, may_end: bool| may_end && counted.is_idle() && is_quiet(machine);
    tokio::select! {
        Err(error) = watcher.keep_reading(show, &may_end) => return Err(error),
        counted = watcher.count_until(&may_end, is_end) => counted?,
    }
    screen.progress(&watcher.read().await?);
    Ok(())
}

/// Is the job among the open ones of an earlier run? Then it is not submitted again.
async fn is_unfinished(machine: &Machine, plan: &RunPlan) -> Result<bool, Error> {
    let Some(job) = &plan.job else { return Ok(false) };
    Ok(jobs::is_open(&machine.manager, job).await?)
}

/// Sends the job to the scheduler, if there is one. Returns its id.
async fn submit(
    machine: &Machine,
    job: Option<&Json>,
    screen: &Screen,
) -> Result<Option<JobId>, Error> {
    let Some(job) = job else { return Ok(None) };
    let answer = machine.lambda().invoke(SoswFunction::Scheduler.function(), job).await;
    let answer = answer.map_err(|error| Error::Scheduler(error.to_string()))?;
    let field = |name: &str| answer.payload.get(name).and_then(Value::as_str).unwrap_or_default();
    if answer.failure.is_some() {
        return Err(Error::Scheduler(format!("{}: {}", field("errorType"), field("errorMessage"))));
    }
    let tasks = answer.payload.get("tasks").and_then(Value::as_u64).unwrap_or_default();
    screen.print(format_args!("job {}: {}", field("job_id"), words::count(tasks, "task")));
    Ok(JobId::new(field("job_id")).ok())
}

/// Has every labourer returned? One that has reported but not returned should not be killed.
fn is_quiet(machine: &Machine) -> bool {
    let ours = [SoswFunction::Orchestrator, SoswFunction::Scavenger].map(SoswFunction::function);
    let stats = machine.lambda().stats();
    let mut others = stats.iter().filter(|stats| !ours.contains(&stats.function.as_str()));
    others.all(|stats| stats.in_flight == 0 && stats.queued == 0)
}
