//! The commands.

use clap::{Parser, Subcommand};
use tokio::runtime;

use crate::{
    adopt, config, doctor, error::Error, explain, function, jobs, labourers, local, pause, status,
    tasks,
};

const EXAMPLES: &str = "\
Examples:
  sosw local --config config.json --job job.json --until-idle   run a job on this machine
  sosw local --config config.json --data data                   serve until Ctrl-C, keep the tables
  sosw status --data data                                       look at them, also from elsewhere
  sosw jobs preview job.json                                    what a job would be, nothing is written
  sosw tasks list resize --state exhausted                      what has failed for good
  sosw labourers                                                slots, health and why
  sosw pause resize --for 2h --reason upgrade                   start nothing for a while
  sosw explain TASK                                             why a task is not running
  sosw config check config.json                                 every mistake at once
  sosw config push config.json                                  the same, and into the table `config`

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
    Local(local::Command),
    /// Count the tasks of each labourer
    Status(status::Args),
    /// Tell how each labourer is, why, and since when
    Labourers(labourers::Args),
    /// Let nothing of a labourer start for a while
    Pause(pause::Pause),
    /// Let a paused labourer go on
    Resume(pause::Resume),
    /// Tell why a task is not running, and what would have to change
    Explain(explain::Args),
    /// Look at tasks
    Tasks(tasks::Args),
    /// Submit jobs, look at them, end them, retry what failed
    Jobs(jobs::Args),
    /// Look at a config, check it, bring it to the functions
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
        Command::Local(args) => machine(runtime::Builder::new_multi_thread(), local::command(args)),
        Command::Status(args) => machine(one_thread(), status::run(args)),
        Command::Tasks(args) => machine(one_thread(), tasks::run(args)),
        Command::Labourers(args) => machine(one_thread(), labourers::run(args)),
        Command::Pause(args) => machine(one_thread(), pause::pause(args)),
        Command::Resume(args) => machine(one_thread(), pause::resume(args)),
        Command::Explain(args) => machine(one_thread(), explain::run(args)),
        Command::Config(args) => machine(one_thread(), config::run(args)),
        Command::Jobs(args) => machine(one_thread(), jobs::run(args)),
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
