//! `sosw doctor`: what is wrong with a stack, and how to fix it.

use std::time::Duration;

use operator::doctor::{DoctorOptions, Fault, Severity, examine, examine_stack, judge_config};

use crate::{connect::Where, error::Error, hint, print, words};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Where,
    /// Also read every open task (a Scan: time and cost grow with the size of the tables)
    #[arg(long)]
    items: bool,
    /// Correct the number of slots in use to what was counted, if a second count a minute later agrees
    #[arg(long)]
    fix: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Longer than any index is late.
const BETWEEN_COUNTS: Duration = Duration::from_secs(60);

pub async fn run(args: Args) -> Result<(), Error> {
    let examined = args.place.with(async |sosw| {
        let (functions, items) = (sosw.has_lambda(), args.items);
        let fix = args.fix.then_some(BETWEEN_COUNTS);
        let options = DoctorOptions { functions, items, fix };
        let mut faults = examine(&sosw.manager, options).await?;
        // Only if the environment names the stack.
        if let (Some(clients), Ok(stack)) = (sosw.aws(), std::env::var("SOSW_STACK")) {
            let table = args.place.sources().table;
            faults.extend(examine_stack(&sosw.manager, clients, &stack, table.as_ref()).await?);
            faults.sort_by_key(Fault::severity);
        }
        Ok(faults)
    });
    let faults = match examined.await {
        Err(Error::NoConfig(error)) => match judge_config(&error) {
            faults if faults.is_empty() => return Err(Error::NoConfig(error)),
            faults => faults,
        },
        examined => examined?,
    };
    match args.json {
        true => print::json(&faults)?,
        false => report(&faults)?,
    }
    match faults.iter().filter(|fault| must_be_fixed(fault)).count() {
        0 => Ok(()),
        left => Err(Error::Unhealthy(left as u64)),
    }
}

/// What only costs more, or could be safer, is no reason to fail.
fn must_be_fixed(fault: &Fault) -> bool {
    fault.severity() == Severity::Fault && !fault.is_fixed()
}

fn report(faults: &[Fault]) -> Result<(), Error> {
    if faults.iter().all(|fault| fault.severity() != Severity::Fault) {
        print::out("no faults found")?;
    }
    for fault in faults {
        let prefix = match fault.severity() {
            Severity::Fault => "",
            Severity::Cost => "cost: ",
            Severity::Hint => "hint: ",
        };
        let (fault, remedy) = (fault.to_string(), fault.remedy().to_string());
        let (fault, remedy) = (words::printable(&fault), words::printable(&remedy));
        print::out(format_args!("{prefix}{fault}\n  {}", hint::complete(&remedy)))?;
    }
    Ok(())
}
