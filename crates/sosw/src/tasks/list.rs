//! `sosw tasks list`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use operator::{
    JobId, Timestamp, UnknownLabourer,
    tasks::{TaskDetails, TaskState, list, list_of_job},
};

use crate::{
    connect::{Connected, Where},
    error::Error,
    print,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The labourer
    #[arg(required_unless_present = "job")]
    labourer: Option<String>,
    /// Those of this job, in its order, instead of a labourer's
    #[arg(long, value_name = "JOB", conflicts_with = "labourer")]
    job: Option<String>,
    /// Only those in this state (parked: waiting to retry; exhausted: failed; ignored: cancelled)
    #[arg(long, value_parser = state())]
    state: Option<TaskState>,
    /// The most tasks to list; several that are one block are one line
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn state() -> impl TypedValueParser<Value = TaskState> {
    let names = PossibleValuesParser::new(TaskState::ALL.map(TaskState::name));
    names.try_map(|name| TaskState::of_name(&name).ok_or("there is no such state"))
}

pub async fn run(args: Args) -> Result<(), Error> {
    let job = args.job.as_ref().map(JobId::new).transpose()?;
    let named = args.labourer.as_deref().unwrap_or_default();
    let listed = args.place.with(async |Connected { manager, .. }| {
        if let Some(job) = &job {
            let tasks = list_of_job(manager, job, args.state, args.limit).await?;
            return Ok((tasks, manager.now()));
        }
        let labourer = match manager.labourers().named(named) {
            Err(UnknownLabourer::Unknown { given, .. })
                if manager.labourers().left().await?.contains(&given) =>
            {
                manager.labourers().get_or_left(&given)
            }
            known => known?.clone(),
        };
        Ok((list(manager, &labourer, args.state, args.limit).await?, manager.now()))
    });
    let (tasks, now) = listed.await?;
    match args.json {
        true => print::json(&tasks),
        false => print_table(&args, &tasks, now),
    }
}

fn print_table(args: &Args, tasks: &[TaskDetails], now: Timestamp) -> Result<(), Error> {
    if tasks.is_empty() {
        let state = args.state.map(|state| format!(" in state `{}`", state.name()));
        let state = state.unwrap_or_default();
        let of = match (&args.job, &args.labourer) {
            (Some(job), _) => format!("job {job}"),
            (None, labourer) => labourer.clone().unwrap_or_default(),
        };
        return print::out(format_args!("{of} has no tasks{state}"));
    }
    let mut table = print::table(&["task", "state", "attempts", "when", "payload", "error"], [2]);
    for task in tasks {
        let error = task.errors.last();
        let error = error.map(|error| format!("{}: {}", error.kind, error.message));
        table.add_row([
            task.task_id.to_string(),
            print::state(task.state.name()).to_owned(),
            task.attempts.to_string(),
            when(task, now),
            print::short(&task.gist, 50),
            print::short(&error.unwrap_or_default(), 60),
        ]);
    }
    print::out(table)?;
    match tasks.len() as u32 >= args.limit {
        true => print::out("There may be more: use --limit or --state"),
        false => Ok(()),
    }
}

/// The time that matters in this state.
fn when(task: &TaskDetails, now: Timestamp) -> String {
    let ago = |at: Option<Timestamp>| {
        at.map_or("unknown".into(), |at| format!("{} ago", print::duration(now.since(at))))
    };
    match task.state {
        TaskState::Parked => match task.due_at {
            Some(due) if due > now => format!("due in {}", print::duration(due.since(now))),
            _ => "due".into(),
        },
        TaskState::Queued => format!("created {}", ago(task.created_at)),
        TaskState::Running | TaskState::Expired => format!("created {}", ago(task.created_at)),
        _ => format!("closed {}", ago(task.closed_at)),
    }
}
