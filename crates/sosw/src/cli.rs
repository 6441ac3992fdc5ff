//! The commands.

use clap::{Parser, Subcommand};
use tokio::runtime;

use crate::{adopt, config, doctor, error::Error, function, local, status, tasks};

const EXAMPLES: &str = "\
Examples:
  sosw local --config config.json --job job.json --until-idle   run a job on this machine
  sosw local --config config.json --data data                   serve until Ctrl-C, keep the tables
  sosw status --data data                                       look at them, also from elsewhere
  sosw tasks list resize --state exhausted                      what has failed for good
  sosw config check config.json                                 every mistake at once

Commands that look at tables find them by --data (a directory of `sosw local`) or, without it,
by the standard AWS environment: credentials, AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB.

Exit codes: 0 done, 2 wrong usage, config or job, 1 anything else.";

/// Runs Lambda functions as a throttled, retried, health-aware queue.
#[derive(Debug, Parser)]
#[command(name = "sosw", version, after_help = EXAMPLES, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole system on this machine: tables, functions, labourers as processes
    Local(local::Args),
    /// Count the tasks of each labourer
    Status(status::Args),
    /// Look at tasks
    Tasks(tasks::Args),
    /// Look at a config
    Config(config::Args),
    /// Tell what is wrong with a stack, and what to do about it
    Doctor(doctor::Args),
    /// Prepare the tables of a running sosw 0.7
    Adopt(adopt::Args),
    /// One of the four functions, served to Lambda's Runtime API
    #[command(hide = true)]
    Function(function::Args),
}

/// Does what the command line says.
pub fn run() -> Result<(), Error> {
    match Cli::parse().command {
        Command::Local(args) => machine(runtime::Builder::new_multi_thread(), local::run(args)),
        Command::Status(args) => machine(one_thread(), status::run(args)),
        Command::Tasks(args) => machine(one_thread(), tasks::run(args)),
        Command::Config(args) => config::run(args),
        Command::Doctor(args) => machine(one_thread(), doctor::run(args)),
        Command::Adopt(args) => machine(one_thread(), adopt::run(args)),
        Command::Function(args) => machine(one_thread(), function::run(args)),
    }
}

fn one_thread() -> runtime::Builder {
    runtime::Builder::new_current_thread()
}

fn machine(
    mut builder: runtime::Builder,
    work: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    builder.enable_all().build().map_err(Error::Runtime)?.block_on(work)
}
