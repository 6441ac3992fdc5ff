//! `sosw tasks show`.

use std::fmt::Display;

use operator::{
    Json,
    tasks::{BlockDetails, MemberDetails, Request, TaskDetails, TaskName, TaskState, show},
};
use serde_json::{Map, Value};

use crate::{connect::Where, error::Error, print, state, words};

/// The most results of a block's tasks to print; `--json` has all.
const RESULTS: usize = 20;

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

pub async fn run(args: Args) -> Result<(), Error> {
    let name: TaskName = args.task.parse()?;
    let task = args.place.with(async |sosw| Ok(show(&sosw.manager, &name).await?)).await?;
    match args.json {
        true => print::json(&task),
        false => print::out(as_text(&task)),
    }
}

fn as_text(task: &TaskDetails) -> String {
    let mut lines = Vec::new();
    if let Some(member) = &task.member {
        lines.extend(of_member(member, task));
        lines.push(String::new());
    }
    lines.extend([
        line(if task.block.is_some() { "block" } else { "task" }, &task.task_id),
        line("labourer", &task.labourer_id),
        painted_line("state", state_of(task)),
        line("attempts", task.attempts),
    ]);
    match &task.block {
        Some(block) => lines.extend(of_block(block)),
        None => lines.push(line("payload", &task.payload)),
    }
    lines.extend(task.job_id.as_ref().map(|job| line("job", job)));
    lines.extend(fields("stats", &task.stats));
    lines.extend(fields("result", &task.result));
    lines.extend(task.block.iter().filter(|_| task.member.is_none()).flat_map(results));
    lines.extend(task.defects.iter().map(|defect| line("defect", defect)));
    for error in &task.errors {
        let (at, kind, message) = (print::time(error.at), &error.kind, &error.message);
        lines
            .push(line("error", format_args!("{at} attempt {}: {kind}: {message}", error.attempt)));
        let trace = error.trace.iter().flat_map(|trace| trace.lines());
        lines.extend(trace.map(|text| format!("            {}", words::printable(text))));
    }
    lines.extend(task.requests.iter().map(|Request { attempt, id }| {
        let attempt = attempt.map(|attempt| format!("attempt {attempt}: "));
        line("request", format_args!("{}{id}", attempt.unwrap_or_default()))
    }));
    lines.extend(task.events().map(|(at, what)| match at {
        Some(at) => line("history", format_args!("{} {what}", print::time(at))),
        None => line("history", what),
    }));
    lines.join("\n")
}

/// The task of a block that was asked for.
fn of_member(member: &MemberDetails, of: &TaskDetails) -> Vec<String> {
    const UNKNOWN: &str = "unknown: this version of sosw computes other tasks than those that the job was accepted with";
    let payload = member.payload.as_ref().map_or(UNKNOWN.to_owned(), Json::to_string);
    let state = match member.is_accepted {
        true => "success accepted, its block is still running".to_owned(),
        false => state_of(of),
    };
    let mut lines = vec![
        line("task", format_args!("{}, number {} of its job", member.task_id, member.number)),
        painted_line("state", state),
        line("payload", payload),
    ];
    lines.extend(member.result.as_ref().map(|result| line("result", result)));
    lines
}

fn of_block(block: &BlockDetails) -> Vec<String> {
    let BlockDetails { members, created_as, .. } = block;
    let whole = match members == created_as {
        true => String::new(),
        false => format!(", of the block {created_as}"),
    };
    let mut lines = vec![line(
        "tasks",
        format_args!("{}: {members}{whole}", words::count(block.tasks, "task")),
    )];
    let accepted = (!block.accepted.is_empty()).then_some(&block.accepted);
    lines.extend(accepted.map(|accepted| line("accepted", accepted)));
    let halved = (block.halved > 0).then(|| words::count(block.halved.into(), "time"));
    lines.extend(halved.map(|times| line("halved", times)));
    let left = block.left.iter();
    lines.extend(
        left.map(|left| line("left it", format_args!("{} as {}", left.members, left.task_id))),
    );
    lines
}

/// What its tasks produced, by their numbers.
fn results(block: &BlockDetails) -> Vec<String> {
    let result =
        |(number, result): (&u64, &Json)| line("result", format_args!("{number}: {result}"));
    let mut lines: Vec<_> = block.results.iter().take(RESULTS).map(result).collect();
    let more = block.results.len().saturating_sub(RESULTS);
    lines.extend((more > 0).then(|| line("", format_args!("and {more} more: use --json"))));
    lines
}

fn line(name: &str, text: impl Display) -> String {
    let text = text.to_string();
    painted_line(name, words::printable(&text).replace('\n', "\n          "))
}

/// A line whose text is no labourer's.
fn painted_line(name: &str, text: impl Display) -> String {
    format!("{name:<10}{text}")
}

fn fields(name: &str, fields: &Map<String, Value>) -> Option<String> {
    (!fields.is_empty()).then(|| line(name, Value::Object(fields.clone())))
}

fn state_of(task: &TaskDetails) -> String {
    let since = task.closed_at.map(print::time);
    match (task.state, since, task.due_at) {
        (state, Some(since), _) => format!("{} since {since}", state::painted(state.name())),
        (TaskState::Parked, _, Some(due)) => {
            format!("{} until {}", state::painted(task.state.name()), print::time(due))
        }
        (state, ..) => state::painted(state.name()),
    }
}
