//! `sosw tasks retry` and `sosw tasks cancel`.

use operator::tasks::{TaskChange, TaskName, cancel, retry};

use crate::{connect::Where, error::Error, print, state, words};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of the task or block, or JOB#NUMBER: a task of a job by its number, from 0; JOB may be the beginning of
    /// its id
    #[arg(value_name = "TASK")]
    task: String,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run_retry(args: Args) -> Result<(), Error> {
    let name: TaskName = args.task.parse()?;
    let changed = args.place.with(async |sosw| {
        let changed = retry(&sosw.manager, &name).await?;
        args.place.note_if_idle(sosw);
        Ok(changed)
    });
    let changed = changed.await?;
    print_change(&args, &changed, "queued again")
}

pub async fn run_cancel(args: Args) -> Result<(), Error> {
    let name: TaskName = args.task.parse()?;
    let changed = args.place.with(async |sosw| Ok(cancel(&sosw.manager, &name).await?)).await?;
    print_change(&args, &changed, "cancelled")
}

fn print_change(args: &Args, changed: &TaskChange, done: &str) -> Result<(), Error> {
    if args.json {
        return print::json(changed);
    }
    let TaskChange { task_id, tasks, state, is_new } = changed;
    print::out(match (is_new, tasks) {
        (true, 1) => format!("task {task_id}: {done}"),
        (true, tasks) => format!("block {task_id}: {} {done}", words::count(*tasks, "task")),
        (false, _) => {
            format!("task {task_id}: nothing done, it is {} already", state::painted(state.name()))
        }
    })
}
