//! `sosw explain`: why a task is not running, and the next step.

use operator::{TaskId, explain::explain_task};

use crate::{connect::Where, error::Error, print, words};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of the task
    task: String,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let id = TaskId::new(args.task.as_str())?;
    let explained = args.place.with(async |sosw| Ok(explain_task(&sosw.manager, &id).await?));
    let explanation = explained.await?;
    if args.json {
        return print::json(&explanation);
    }
    let place = match explanation.before {
        None => String::new(),
        Some(0) => ", first in its queue".into(),
        Some(before) => format!(", with {} before it", words::count(before, "task")),
    };
    print::out(format_args!("{id} is {}{place}", print::state(explanation.state)))?;
    for reason in &explanation.reasons {
        print::out(format_args!("  reason: {}\n  next step: {}", reason.why, reason.change))?;
    }
    Ok(())
}
