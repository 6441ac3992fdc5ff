//! A labourer in Rust whose tasks end as they ask, for the tests of whole systems: `frail` works on each task by
//! itself, `frail together` on all tasks of a block at once.

use std::{fs::OpenOptions, io::Write};

use labourer::{BlockOutcome, Context, Done, Failure, Outcome, Task, TaskOutcomes};
use serde::Deserialize;
use serde_json::json;

/// How the task ends, and anything that distinguishes it: `"panic 3"`.
#[derive(Deserialize)]
struct Payload {
    dos: [String; 1],
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), labourer::Error> {
    match std::env::args().nth(1).as_deref() {
        Some("together") => labourer::run_block(work_together).await,
        _ => labourer::run(work).await,
    }
}

async fn work(task: Task<Payload>, _: Context) -> Outcome {
    end(&task)
}

async fn work_together(tasks: Vec<Task<Payload>>, _: Context) -> BlockOutcome {
    let outcomes = tasks.iter().map(|task| (task.id.clone(), end(task)));
    Ok(outcomes.collect::<TaskOutcomes>())
}

#[allow(clippy::panic)]
fn end(task: &Task<Payload>) -> Outcome {
    let [what] = &task.payload.dos;
    note(what)?;
    match what.split(' ').next() {
        Some("raise") => Err(Failure::new("Refused", format!("not {what}"))),
        Some("panic") => panic!("{what}"),
        Some("abort") => std::process::abort(),
        _ => Ok(Done::new().stat("done", 1).result(json!({ "did": what }))),
    }
}

/// A line for each start, appended at once: other processes write to the same file.
fn note(what: &str) -> Result<(), Failure> {
    let path = std::env::var_os("NOTES").unwrap_or_default();
    let mut notes = OpenOptions::new().create(true).append(true).open(path)?;
    Ok(notes.write_all(format!("{what}\n").as_bytes())?)
}
