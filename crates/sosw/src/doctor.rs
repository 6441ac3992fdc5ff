//! `sosw doctor`: what is wrong with a stack, and what to do about it.

use serde_json::{Value, json};
use task_manager::{
    config::{ConfigTable, TableError},
    doctor::{Fault, Look, examine, rows, ticks},
    time::Timestamp,
};

use crate::{
    connect::{Connected, Where, connect},
    error::Error,
    print,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Where,
    /// Read every open task, too (a Scan: as slow and as dear as the tables are large)
    #[arg(long)]
    items: bool,
    /// Set the slots in use to what was counted
    #[arg(long)]
    fix: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let connected = connect(&args.place).await?;
    let look = Look {
        at_functions: !connected.is_without_lambda(),
        at_items: args.items,
        and_fix: args.fix,
    };
    let faults = examine(&connected.manager, look).await;
    let silent = silent(&connected).await;
    let left = left(&connected, args.place.sources().table).await;
    connected.close().await;
    let faults: Vec<_> = faults?.into_iter().chain(silent).chain(left?).collect();
    match args.json {
        true => print::out(faults.iter().map(as_json).collect::<Value>())?,
        false => tell(&faults)?,
    }
    match faults.iter().filter(|fault| !fault.is_fixed()).count() {
        0 => Ok(()),
        left => Err(Error::Unhealthy(left as u64)),
    }
}

/// Which stack is meant, if the environment says so.
fn stack() -> Option<String> {
    std::env::var("SOSW_STACK").ok()
}

/// Rows of sosw's functions that were not taken along.
async fn left(connected: &Connected, table: Option<ConfigTable>) -> Result<Vec<Fault>, TableError> {
    let (Some(shared), Some(stack), Some(table)) = (connected.aws(), stack(), table) else {
        return Ok(Vec::new());
    };
    rows::examine(&table, &aws_sdk_dynamodb::Client::new(shared), &stack).await
}

/// Schedules that are off.
async fn silent(connected: &Connected) -> Vec<Fault> {
    let (Some(shared), Some(stack)) = (connected.aws(), stack()) else {
        return Vec::new();
    };
    let client = aws_sdk_cloudwatch::Client::new(shared);
    let functions = ["orchestrator", "scavenger"].map(|name| format!("{stack}_{name}"));
    ticks::examine(&client, &functions, Timestamp::now()).await
}

fn tell(faults: &[Fault]) -> Result<(), Error> {
    if faults.is_empty() {
        return print::out("nothing is wrong");
    }
    for fault in faults {
        print::out(format_args!("{fault}\n  {}", fault.way_out()))?;
    }
    Ok(())
}

fn as_json(fault: &Fault) -> Value {
    json!({
        "fault": fault.name(),
        "text": fault.to_string(),
        "way_out": fault.way_out(),
        "fixed": fault.is_fixed(),
    })
}
