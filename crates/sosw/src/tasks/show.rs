//! `sosw tasks show`.

use serde_json::{Map, Value, json};
use task_manager::{ids::TaskId, storage::attributes::to_json, task::Task, time::Timestamp};

use super::state::State;
use crate::{
    connect::{Where, connect},
    error::Error,
    print,
};

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
    let connected = connect(&args.place).await?;
    let manager = &connected.manager;
    let found = manager.find_task(&id).await?;
    let task = found.ok_or(Error::NoTask(id))?;
    let row = manager.store().row(&task.labourer_id).await?;
    let state = State::of(&task, manager.config(), row.as_ref(), manager.now());
    connected.close().await;
    match args.json {
        true => print::out(as_json(state, &task)),
        false => print::out(as_text(state, &task)),
    }
}

/// Everything about a task.
pub fn as_json(state: State, task: &Task) -> Value {
    json!({
        "task_id": task.id,
        "labourer_id": task.labourer_id,
        "job_id": task.job_id,
        "state": state.name(),
        "attempts": task.attempts,
        "created_at": task.created_at,
        "due_at": task.due_at,
        "closed_at": task.closed.map(|closed| closed.at),
        "payload": payload(task),
        "stats": with_prefix(task, "stat_"),
        "result": with_prefix(task, "result_"),
        "errors": task.errors,
        "history": task.history,
        "defects": task.defects,
    })
}

fn as_text(state: State, task: &Task) -> String {
    let mut lines = vec![
        line("task", &task.id),
        line("labourer", &task.labourer_id),
        line("state", standing(state, task)),
        line("attempts", task.attempts),
        line("payload", payload(task)),
    ];
    lines.extend(task.job_id.as_ref().map(|job| line("job", job)));
    for (name, prefix) in [("stats", "stat_"), ("result", "result_")] {
        let fields = with_prefix(task, prefix);
        lines.extend((!fields.is_empty()).then(|| line(name, Value::Object(fields))));
    }
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

fn standing(state: State, task: &Task) -> String {
    let since = task.closed.map(|closed| print::time(closed.at));
    match (state, since, task.due_at) {
        (_, Some(since), _) => format!("{} since {since}", state.name()),
        (State::Parked, _, Some(due)) => format!("parked until {}", print::time(due)),
        _ => state.name().to_owned(),
    }
}

/// Text, if it is no JSON.
fn payload(task: &Task) -> Value {
    serde_json::from_str(&task.payload).unwrap_or_else(|_| task.payload.clone().into())
}

fn with_prefix(task: &Task, prefix: &str) -> Map<String, Value> {
    let mut fields: Vec<_> = task
        .others
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(prefix)?.to_owned(), to_json(value))))
        .collect();
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    fields.into_iter().collect()
}

/// An entry of the history, its time made readable.
fn readable(entry: &str) -> String {
    let parts = entry.split_once(' ');
    match parts.and_then(|(at, what)| Some((at.parse().ok()?, what))) {
        Some((at, what)) => format!("{} {what}", print::time(Timestamp::from_seconds(at))),
        None => entry.to_owned(),
    }
}
