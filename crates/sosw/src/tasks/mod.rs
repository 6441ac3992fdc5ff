//! `sosw tasks`.

use clap::Subcommand;

use crate::error::Error;

mod act;
mod list;
mod show;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show one task or block: state, payload, result, errors, history
    Show(show::Args),
    /// List tasks of a labourer, those that need attention first, or of a job
    List(list::Args),
    /// Queue a failed task again, with its full number of attempts
    Retry(act::Args),
    /// Cancel a task that is queued or waits to retry
    Cancel(act::Args),
}

pub async fn run(args: Args) -> Result<(), Error> {
    match args.command {
        Command::Show(args) => show::run(args).await,
        Command::List(args) => list::run(args).await,
        Command::Retry(args) => act::run_retry(args).await,
        Command::Cancel(args) => act::run_cancel(args).await,
    }
}
