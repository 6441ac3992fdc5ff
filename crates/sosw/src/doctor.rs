//! `sosw doctor`: what is wrong with a stack, and what to do about it.

use operator::doctor::{DoctorOptions, Fault, examine, examine_stack};

use crate::{connect::Where, error::Error, print};

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
    let examined = args.place.with(async |sosw| {
        let (functions, items, fix) = (sosw.has_lambda(), args.items, args.fix);
        let options = DoctorOptions { functions, items, fix };
        let mut faults = examine(&sosw.manager, options).await?;
        // Which stack is meant, if the environment says so.
        if let (Some(clients), Ok(stack)) = (sosw.aws(), std::env::var("SOSW_STACK")) {
            let table = args.place.sources().table;
            faults.extend(examine_stack(&sosw.manager, clients, &stack, table.as_ref()).await?);
        }
        Ok(faults)
    });
    let faults = examined.await?;
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
