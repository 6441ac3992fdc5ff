//! `sosw labourers`: how each labourer is, why, and since when.

use serde_json::{Value, json};
use task_manager::{
    ecology::{Change, Memory},
    time::Timestamp,
};

use crate::{
    connect::{Where, connect},
    error::Error,
    print,
    status::{Standing, standings},
};

/// Changes of each labourer that the table shows.
const CHANGES: usize = 3;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let connected = connect(&args.place).await?;
    let standings = standings(&connected.manager).await?;
    let now = connected.manager.now();
    let shown = match args.json {
        true => print::out(standings.iter().map(|s| as_json(s, now)).collect::<Value>()),
        false => print::out(as_table(&standings, now)),
    };
    drop(standings);
    connected.close().await;
    shown
}

fn memory(standing: &Standing<'_>) -> Option<Memory> {
    standing.row.as_ref().and_then(|row| Memory::from_text(row.ecology.as_deref()?))
}

fn as_table(standings: &[Standing<'_>], now: Timestamp) -> comfy_table::Table {
    let columns = ["labourer", "running", "slots", "of", "queued", "why", "last changes"];
    let mut table = print::table(&columns, 1..5);
    for standing in standings {
        let changes = memory(standing).map(|memory| memory.changes).unwrap_or_default();
        let last = changes.iter().rev().take(CHANGES).map(|change| short(change, now));
        table.add_row([
            standing.labourer.id.to_string(),
            standing.counts.running.to_string(),
            standing.slots().to_string(),
            standing.labourer.max_simultaneous_invocations.to_string(),
            standing.counts.queued.to_string(),
            standing.remark(now),
            last.collect::<Vec<_>>().join("\n"),
        ]);
    }
    table
}

fn short(change: &Change, now: Timestamp) -> String {
    let slots = print::count(change.limit.into(), "slot");
    format!("{} ago: {}, {slots}", print::duration(now.since(change.at)), change.health)
}

fn as_json(standing: &Standing<'_>, now: Timestamp) -> Value {
    let row = standing.row.as_ref();
    let memory = memory(standing);
    json!({
        "labourer_id": standing.labourer.id,
        "running": standing.counts.running,
        "slot_limit": standing.slots(),
        "max_simultaneous_invocations": standing.labourer.max_simultaneous_invocations,
        "queued": standing.counts.queued,
        "paused": row.and_then(|row| row.pause_in_words(now)),
        "health": row.and_then(|row| row.health.as_deref()),
        "since": memory.as_ref().map(|memory| memory.since),
        "missing": memory.as_ref().map(|memory| &memory.missing),
        "changes": memory.as_ref().map(|memory| &memory.changes),
    })
}
