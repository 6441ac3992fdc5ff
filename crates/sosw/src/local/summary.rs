//! The last words: what became of the tasks, and what to look at.

use operator::status;
use task_manager::{
    jobs::record::Account,
    task::{Status, Task},
    time::Timestamp,
};

use super::{Args, machine::Machine};
use crate::{error::Error, print};

/// Dead tasks that are named.
const NAMED: u32 = 5;
/// Jobs that are named.
const JOBS: u32 = 5;

/// Tells how everything stands at the end.
pub async fn tell(machine: &Machine, args: &Args, with_way_on: bool) -> Result<(), Error> {
    let manager = &machine.manager;
    let took = machine.started.elapsed();
    let since = manager.now() - took;
    let columns = ["labourer", "succeeded", "exhausted", "ignored", "queued", "running", "parked"];
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
        closed += status::count_closed_since(manager, id, since).await?;
        let ids = manager.store().latest_closed(id, Status::Exhausted, NAMED).await?;
        dead.extend(manager.store().all_closed(&ids).await?);
    }
    print::out(format_args!("\n{table}"))?;
    let speed = closed as f64 / took.as_secs_f64().max(0.001);
    let (tasks, time) = (print::count(closed, "task"), print::duration(took));
    print::out(format_args!("{tasks} closed in {time} ({speed:.1}/s)"))?;
    tell_of_jobs(&manager.jobs(JOBS).await?, since)?;
    dead.retain(|task| task.closed.is_some_and(|closed| closed.at >= since));
    match with_way_on {
        true => tell_of_dead(&dead, args),
        false => Ok(()),
    }
}

fn tell_of_jobs(jobs: &[Account], since: Timestamp) -> Result<(), Error> {
    let of_this_run =
        |account: &&Account| account.job.ended_at.is_none_or(|ended_at| ended_at >= since);
    for Account { job, progress, .. } in jobs.iter().filter(of_this_run) {
        let state = job.state.name();
        let mut parts = vec![format!("{} of {} succeeded", progress.succeeded, progress.total)];
        let some = |number: u64, what: &str| (number > 0).then(|| format!("{number} {what}"));
        parts.extend(some(progress.exhausted, "exhausted"));
        parts.extend(some(progress.ignored, "ignored"));
        parts.extend(some(progress.retried, "retried"));
        parts.extend(some(progress.snoozed, "put off"));
        print::out(format_args!("job {}: {state}, {}", job.id, parts.join(", ")))?;
    }
    Ok(())
}

fn tell_of_dead(dead: &[Task], args: &Args) -> Result<(), Error> {
    let Some(first) = dead.first() else { return Ok(()) };
    print::out("\nExhausted, with their last error:")?;
    for task in dead {
        let error = task.errors.last();
        let error = error.map(|error| format!("{}: {}", error.kind, error.message));
        let error = print::short(&error.unwrap_or_else(|| "no error is known".to_owned()), 160);
        let attempts = print::count(task.attempts.into(), "attempt");
        print::out(format_args!("  {} {}, {attempts}: {error}", task.labourer_id, task.id))?;
    }
    match &args.data {
        Some(data) => {
            let (sosw, id, data) = (print::program(), &first.id, data.display());
            print::out(format_args!("Look at one: {sosw} tasks show {id} --data {data}"))
        }
        None => print::out("The tables were in memory: with --data DIR they stay to be looked at."),
    }
}
