//! `sosw tasks show`.

use operator::{
    TaskId, Timestamp,
    tasks::{TaskDetails, TaskState, show},
};
use serde_json::{Map, Value};

use crate::{connect::Where, error::Error, print};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of the task
    id: String,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let id = TaskId::new(args.id)?;
    let found = args.place.with(async |sosw| Ok(show(&sosw.manager, &id).await?)).await?;
    let task = found.ok_or(Error::NoTask(id))?;
    match args.json {
        true => print::json(&task),
        false => print::out(as_text(&task)),
    }
}

fn as_text(task: &TaskDetails) -> String {
    let mut lines = vec![
        line("task", &task.task_id),
        line("labourer", &task.labourer_id),
        line("state", state(task)),
        line("attempts", task.attempts),
        line("payload", &task.payload),
    ];
    lines.extend(task.job_id.as_ref().map(|job| line("job", job)));
    lines.extend(fields("stats", &task.stats));
    lines.extend(fields("result", &task.result));
    lines.extend(task.defects.iter().map(|defect| line("defect", defect)));
    for error in &task.errors {
        let (at, kind, message) = (print::time(error.at), &error.kind, &error.message);
        lines
            .push(line("error", format_args!("{at} attempt {}: {kind}: {message}", error.attempt)));
        let trace = error.trace.iter().flat_map(|trace| trace.lines());
        lines.extend(trace.map(|text| format!("            {text}")));
    }
    lines.extend(task.history.iter().map(|entry| line("history", readable(entry))));
    lines.join("\n")
}

fn line(name: &str, text: impl std::fmt::Display) -> String {
    format!("{name:<10}{text}")
}

fn fields(name: &str, fields: &Map<String, Value>) -> Option<String> {
    (!fields.is_empty()).then(|| line(name, Value::Object(fields.clone())))
}

fn state(task: &TaskDetails) -> String {
    let since = task.closed_at.map(print::time);
    match (task.state, since, task.due_at) {
        (state, Some(since), _) => format!("{} since {since}", print::state(state.name())),
        (TaskState::Parked, _, Some(due)) => format!("waiting to retry until {}", print::time(due)),
        (state, ..) => print::state(state.name()).to_owned(),
    }
}

/// An entry of the history, its time made readable.
fn readable(entry: &str) -> String {
    let parts = entry.split_once(' ');
    match parts.and_then(|(at, what)| Some((at.parse().ok()?, what))) {
        Some((at, what)) => format!("{} {what}", print::time(Timestamp::from_seconds(at))),
        None => entry.to_owned(),
    }
}
