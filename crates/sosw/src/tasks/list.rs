//! `sosw tasks list`.

use clap::{
    ArgGroup,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use operator::{
    Labourer, TaskManager, Timestamp, UnknownLabourer,
    tasks::{JobTasks, MOST_READ, Rest, TaskDetails, TaskState, count, list, list_of_job},
};

use crate::{
    connect::{Connected, Where},
    error::Error,
    hint,
    jobs::named,
    print, state, words,
};

#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("whose").required(true).args(["labourer", "job"]))]
pub struct Args {
    /// The labourer
    labourer: Option<String>,
    /// Those of this job, in its order, instead of a labourer's; at most 2,000 of them are read
    #[arg(long, value_name = "JOB")]
    job: Option<String>,
    /// With --job: only those from this number on
    #[arg(long, value_name = "NUMBER", requires = "job", default_value_t = 0)]
    from: u64,
    /// Only those in this state (waiting: to be retried)
    #[arg(long, value_parser = state_parser())]
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

fn state_parser() -> impl TypedValueParser<Value = TaskState> {
    let value = |state: TaskState| {
        PossibleValue::new(argument(state))
            .aliases((argument(state) != state.name()).then_some(state.name()))
    };
    let names = PossibleValuesParser::new(TaskState::ALL.map(value));
    names.try_map(|name| {
        let is_meant =
            |state: &TaskState| [argument(*state), state.name()].contains(&name.as_str());
        TaskState::ALL.into_iter().find(is_meant).ok_or("there is no such state")
    })
}

/// What people type for a state; its stable name is accepted as well.
fn argument(state: TaskState) -> &'static str {
    match state {
        TaskState::Parked => "waiting",
        TaskState::Exhausted => "failed",
        TaskState::Ignored => "cancelled",
        other => other.name(),
    }
}

pub async fn run(args: Args) -> Result<(), Error> {
    let listed = args.place.with(async |Connected { manager, .. }| {
        let listed = match &args.job {
            Some(name) => {
                let id = named(manager, name).await?;
                list_of_job(manager, &id, args.state, args.from, args.limit).await?
            }
            None => of_labourer(manager, &args).await?,
        };
        Ok((listed, manager.now()))
    });
    let (JobTasks { tasks, rest }, now) = listed.await?;
    match args.json {
        true => print::json(&tasks)?,
        false if tasks.is_empty() => print_none(&args, rest)?,
        false => tasks.iter().try_for_each(|task| print_task(task, now))?,
    }
    print_rest(&args, rest)
}

async fn of_labourer(manager: &TaskManager, args: &Args) -> Result<JobTasks, Error> {
    let labourer = labourer(manager, args.labourer.as_deref().unwrap_or_default()).await?;
    // One more than is wanted, to know whether there are more.
    let mut tasks = list(manager, &labourer, args.state, args.limit + 1).await?;
    if tasks.len() as u32 <= args.limit {
        return Ok(JobTasks { tasks, rest: Rest::None });
    }
    tasks.truncate(args.limit as usize);
    let more = count(manager, &labourer, args.state).await?.saturating_sub(args.limit.into());
    Ok(JobTasks { tasks, rest: Rest::More(Some(more.max(1))) })
}

/// A labourer of the config, or one that left it.
async fn labourer(manager: &TaskManager, name: &str) -> Result<Labourer, Error> {
    match manager.labourers().named(name) {
        Err(UnknownLabourer::Unknown { given, .. })
            if manager.labourers().left().await?.contains(&given) =>
        {
            Ok(manager.labourers().get_or_left(&given))
        }
        known => Ok(known?.clone()),
    }
}

fn print_none(args: &Args, rest: Rest) -> Result<(), Error> {
    if rest != Rest::None {
        return print::out("none was found");
    }
    let state = args.state.map(|state| format!(" in state `{}`", argument(state)));
    let of = match (&args.job, &args.labourer) {
        (Some(job), _) => format!("job {job}"),
        (None, labourer) => labourer.clone().unwrap_or_default(),
    };
    print::out(format_args!("{of} has no tasks{}", state.unwrap_or_default()))
}

fn print_task(task: &TaskDetails, now: Timestamp) -> Result<(), Error> {
    let (state, attempts) = (task.state.name(), words::count(task.attempts.into(), "attempt"));
    let error = task.errors.last().map(|error| words::error(&error.kind, &error.message));
    let head =
        format!("{}  {}, {attempts}, {}", task.name(), state::painted(state), when(task, now));
    print::entry(head, [task.gist.clone(), error.unwrap_or_default()])
}

fn print_rest(args: &Args, rest: Rest) -> Result<(), Error> {
    let text = match rest {
        Rest::None => return Ok(()),
        Rest::More(Some(more)) => format!("and {more} more: use --limit or --state"),
        Rest::More(None) => "and more: use --limit".to_owned(),
        Rest::Unread { from } => {
            let job = operator::words::argument(args.job.as_deref().unwrap_or_default());
            let state = args.state.map(|state| format!(" --state {}", argument(state)));
            let state = state.unwrap_or_default();
            let next = hint::command(&format!("tasks list --job {job}{state} --from {from}"));
            format!("only {MOST_READ} tasks were read; the others: {next}")
        }
    };
    print::rest(args.json, text)
}

/// The time that matters in its state.
fn when(task: &TaskDetails, now: Timestamp) -> String {
    match task.when() {
        ("due", Some(due)) if due > now => format!("due in {}", print::duration(due.since(now))),
        ("due", _) => "due".to_owned(),
        (what, Some(at)) => format!("{what} {} ago", print::duration(now.since(at))),
        (what, None) => format!("{what} at an unknown time"),
    }
}
