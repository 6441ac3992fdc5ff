//! The summary at the end: how the tasks ended, and which command shows more.

use operator::{
    Timestamp,
    jobs::{self, JobOverview},
    status,
    tasks::{self, TaskDetails, TaskState},
};

use super::{Args, machine::Machine};
use crate::{error::Error, print, words};

/// The most exhausted tasks to list.
const NAMED: u32 = 5;
/// The most jobs to list.
const JOBS: u32 = 5;

pub async fn print(machine: &Machine, args: &Args, with_next_step: bool) -> Result<(), Error> {
    let manager = &machine.manager;
    let took = machine.started.elapsed();
    let since = manager.now() - took;
    let columns =
        ["labourer", "succeeded", "failed", "cancelled", "queued", "running", "waiting to retry"];
    let mut table = print::table(&columns, 1..7);
    let (mut closed, mut dead) = (0, Vec::new());
    for labourer in status::list(manager).await? {
        let (id, counts) = (&labourer.labourer_id, labourer.counts);
        let running = counts.running + counts.expired;
        let numbers = [
            counts.succeeded,
            counts.exhausted,
            counts.ignored,
            counts.queued,
            running,
            counts.parked,
        ];
        table.add_row(std::iter::once(id.to_string()).chain(numbers.iter().map(u64::to_string)));
        if let Some(why) = labourer.stopped.as_ref().filter(|_| counts.queued > 0) {
            let queued = words::count(counts.queued, "queued task");
            print::err(format_args!("{queued} of {id} cannot run: {why}"));
        }
        closed += status::count_closed_since(manager, id, since).await?;
        let exhausted = Some(TaskState::Exhausted);
        dead.extend(
            tasks::list(manager, &manager.labourers().get_or_left(id), exhausted, NAMED).await?,
        );
    }
    print::out(format_args!("\n{table}"))?;
    let speed = closed as f64 / took.as_secs_f64().max(0.001);
    let (closed, time) = (words::count(closed, "task"), print::duration(took));
    let jobs = jobs::list(manager, JOBS).await?;
    let note = match jobs.iter().any(|job| job.block_size > 1) {
        true => "; here a block counts as one task",
        false => "",
    };
    print::out(format_args!("{closed} closed in {time} ({speed:.1}/s){note}"))?;
    print_jobs(&jobs, since)?;
    dead.retain(|task| task.closed_at.is_some_and(|closed_at| closed_at >= since));
    match with_next_step {
        true => print_exhausted(&dead, args),
        false => Ok(()),
    }
}

fn print_jobs(jobs: &[JobOverview], since: Timestamp) -> Result<(), Error> {
    let of_this_run =
        |job: &&JobOverview| job.state.is_open() || job.ended_at.is_none_or(|at| at >= since);
    for job in jobs.iter().filter(of_this_run) {
        let (state, progress) = (job.state.name(), job.progress);
        let mut parts = vec![format!("{} of {} succeeded", progress.succeeded, progress.total)];
        let in_blocks = (job.block_size > 1).then(|| format!("in blocks of {}", job.block_size));
        parts.extend(in_blocks);
        let some = |number: u64, what: &str| (number > 0).then(|| format!("{number} {what}"));
        parts.extend(some(progress.exhausted, "failed"));
        parts.extend(some(progress.ignored, "cancelled"));
        parts.extend(some(progress.retried, "retried"));
        parts.extend(some(progress.snoozed, "snoozed"));
        print::out(format_args!("job {}: {state}, {}", job.job_id, parts.join(", ")))?;
    }
    Ok(())
}

fn print_exhausted(dead: &[TaskDetails], args: &Args) -> Result<(), Error> {
    let Some(first) = dead.first() else { return Ok(()) };
    print::out("\nFailed tasks, with their last error:")?;
    for task in dead {
        let error = task.errors.last();
        let error = error.map(|error| format!("{}: {}", error.kind, error.message));
        let error = print::short(&error.unwrap_or_else(|| "no error is recorded".to_owned()), 160);
        let attempts = words::count(task.attempts.into(), "attempt");
        let of_block = task.block.as_ref().map(|_| format!(" ({})", task.gist)).unwrap_or_default();
        print::out(format_args!(
            "  {} {}{of_block}, {attempts}: {error}",
            task.labourer_id, task.task_id
        ))?;
    }
    match &args.data {
        Some(data) => {
            let (sosw, id, data) = (print::program(), &first.task_id, data.display());
            print::out(format_args!("Show one: {sosw} tasks show {id} --data {data}"))
        }
        None => {
            print::out("The tables were in memory: use --data DIR to keep them for inspection.")
        }
    }
}
