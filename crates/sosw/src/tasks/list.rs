//! `sosw tasks list`.

use clap::ValueEnum;
use serde_json::Value;
use task_manager::{
    TaskManager,
    labourer::Labourer,
    slots::Row,
    storage::StoreError,
    task::{Status, Task},
    time::Timestamp,
};

use super::{show, state::State};
use crate::{
    connect::{Where, connect},
    error::Error,
    print,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose tasks
    labourer: String,
    /// Only those in this state
    #[arg(long)]
    state: Option<State>,
    /// Tasks at most
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let connected = connect(&args.place).await?;
    let manager = &connected.manager;
    let labourer = manager.labourer_named(&args.labourer)?;
    let row = manager.store().row(&labourer.id).await?;
    let mut found = Vec::new();
    for state in State::value_variants() {
        let left = args.limit.saturating_sub(found.len() as u32);
        if left > 0 && args.state.is_none_or(|wanted| wanted == *state) {
            let tasks = read(manager, labourer, row.as_ref(), *state, left).await?;
            found.extend(tasks.into_iter().map(|task| (*state, task)));
        }
    }
    tell(&args, &found, manager.now())?;
    connected.close().await;
    Ok(())
}

async fn read(
    manager: &TaskManager,
    labourer: &Labourer,
    row: Option<&Row>,
    state: State,
    limit: u32,
) -> Result<Vec<Task>, StoreError> {
    let (store, id) = (manager.store(), &labourer.id);
    let closed = async |status| {
        let ids = store.latest_closed(id, status, limit).await?;
        let mut tasks = store.all_closed(&ids).await?;
        tasks.sort_by_key(|task| std::cmp::Reverse(task.closed.map(|closed| closed.at)));
        Ok(tasks)
    };
    match state {
        State::Running => manager.running(labourer, row, limit).await,
        State::Expired => manager.expired(labourer, row, limit).await,
        State::Queued => {
            let heads = manager.next_for_labourer(id, limit).await?;
            let mut tasks = store.tasks(heads.iter().map(|head| &head.id)).await?;
            tasks.sort_by(|a, b| a.greenfield.0.total_cmp(&b.greenfield.0));
            Ok(tasks)
        }
        State::Parked => {
            let mut tasks = store.latest_parked(id, limit).await?;
            tasks.sort_by_key(|task| task.due_at);
            Ok(tasks)
        }
        State::Exhausted => closed(Status::Exhausted).await,
        State::Succeeded => closed(Status::Succeeded).await,
        State::Ignored => closed(Status::Ignored).await,
    }
}

fn tell(args: &Args, found: &[(State, Task)], now: Timestamp) -> Result<(), Error> {
    if args.json {
        let list: Value = found.iter().map(|(state, task)| show::as_json(*state, task)).collect();
        return print::out(list);
    }
    if found.is_empty() {
        let state = args.state.map(|state| format!("{} ", state.name())).unwrap_or_default();
        return print::out(format_args!("{} has no {state}tasks", args.labourer));
    }
    let mut table = print::table(&["task", "state", "attempts", "when", "payload", "error"], [2]);
    for (state, task) in found {
        let error = task.errors.last();
        let error = error.map(|error| format!("{}: {}", error.kind, error.message));
        table.add_row([
            task.id.to_string(),
            state.name().to_owned(),
            task.attempts.to_string(),
            when(*state, task, now),
            print::short(&gist(&task.payload), 50),
            print::short(&error.unwrap_or_default(), 60),
        ]);
    }
    print::out(table)?;
    match found.len() as u32 >= args.limit {
        true => print::out("There may be more: --limit, --state"),
        false => Ok(()),
    }
}

/// What tells a payload from others: what the job was chunked by comes last in it, and how it was
/// chunked tells nothing.
fn gist(payload: &str) -> String {
    let Ok(Value::Object(fields)) = serde_json::from_str(payload) else {
        return payload.to_owned();
    };
    let told = |name: &str| !name.starts_with("isolate_") && !name.starts_with("max_");
    let parts = fields.iter().rev().filter(|(name, _)| told(name));
    let parts = parts.map(|(name, value)| format!("{name}={}", plain(value)));
    parts.collect::<Vec<_>>().join(" ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// What is worth knowing of its time.
fn when(state: State, task: &Task, now: Timestamp) -> String {
    let ago = |at: Option<Timestamp>| {
        at.map_or("unknown".into(), |at| format!("{} ago", print::duration(now.since(at))))
    };
    match state {
        State::Parked => match task.due_at {
            Some(due) if due > now => format!("due in {}", print::duration(due.since(now))),
            _ => "due".into(),
        },
        State::Queued => format!("created {}", ago(task.created_at)),
        State::Running | State::Expired => format!("created {}", ago(task.created_at)),
        _ => format!("closed {}", ago(task.closed.map(|closed| closed.at))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gist_of_a_payload_is_what_its_task_was_chunked_by() {
        let payload = r#"{"isolate_words":true,"max_n_per_batch":2,"date_list":["2026-11-21"],"words":["a","b"]}"#;
        assert_eq!(gist(payload), "words=a,b date_list=2026-11-21");
        assert_eq!(gist("no JSON"), "no JSON");
    }
}
