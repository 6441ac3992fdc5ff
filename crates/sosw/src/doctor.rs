//! `sosw doctor`: what is wrong with a stack, and what to do about it.

use operator::doctor::{DoctorOptions, Fault, examine, examine_stack};

use crate::{
    connect::{Where, connect},
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
    let manager = &connected.manager;
    let options = DoctorOptions {
        functions: !connected.is_without_lambda(),
        items: args.items,
        fix: args.fix,
    };
    let mut faults = examine(manager, options).await?;
    // Which stack is meant, if the environment says so.
    if let (Some(clients), Ok(stack)) = (connected.aws(), std::env::var("SOSW_STACK")) {
        let table = args.place.sources().table;
        faults.extend(examine_stack(manager, clients, &stack, table.as_ref()).await?);
    }
    connected.close().await;
    match args.json {
        true => print::json(&faults)?,
        false => tell(&faults)?,
    }
    match faults.iter().filter(|fault| !fault.is_fixed()).count() {
        0 => Ok(()),
        left => Err(Error::Unhealthy(left as u64)),
    }
}

fn tell(faults: &[Fault]) -> Result<(), Error> {
    if faults.is_empty() {
        return print::out("nothing is wrong");
    }
    for fault in faults {
        print::out(format_args!("{fault}\n  {}", fault.remedy()))?;
    }
    Ok(())
}
