//! `sosw doctor`: what is wrong with a stack, and what to do about it.

use serde_json::{Value, json};
use task_manager::{
    doctor::{Fault, Look, examine, ticks},
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
    connected.close().await;
    let faults: Vec<_> = faults?.into_iter().chain(silent).collect();
    match args.json {
        true => print::out(faults.iter().map(as_json).collect::<Value>())?,
        false => tell(&faults)?,
    }
    match faults.iter().filter(|fault| !fault.is_fixed()).count() {
        0 => Ok(()),
        left => Err(Error::Unhealthy(left as u64)),
    }
}

/// Schedules that are off, if the environment says which stack is meant.
async fn silent(connected: &Connected) -> Vec<Fault> {
    let (Some(shared), Ok(stack)) = (connected.aws(), std::env::var("SOSW_STACK")) else {
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
