//! The commands.

use clap::{Parser, Subcommand};
use tokio::runtime;

use crate::{
    adopt, config, dead_letters, doctor, error::Error, explain, function, history, jobs, labourers,
    local, pause, status, tasks,
};

const EXAMPLES: &str = "\
Examples:
  sosw local --config config.json --job job.json --until-idle   run a job on this machine
  sosw local --config config.json --data data                   serve until Ctrl-C, keep the tables
  sosw status --data data                                       count their tasks, also from another terminal
  sosw jobs preview job.json                                    what a job would create; writes nothing
  sosw tasks list resize --state exhausted                      tasks that failed for good
  sosw labourers                                                slots, health and the reason
  sosw history resize --from 1d                                 what it did, minute by minute
  sosw pause resize --for 2h --reason upgrade                   start nothing for a while
  sosw explain TASK                                             why a task is not running
  sosw explain JOB#7                                            the same of a task of a job, by its number
  sosw config check config.json                                 list every mistake
  sosw config push config.json                                  the same, then write it to the table `config`
  sosw dead-letters list                                        events on AWS that no function took

Commands that read tables find them by --data (a directory of `sosw local`) or, without it,
by the standard AWS environment: credentials, AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB. AWS_PROFILE
may name a profile of any kind: keys, a role, SSO, `aws login`, a credential_process.

Exit codes: 0 success, 2 mistake in arguments, config or job, 1 any other error.";

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
    /// Count the tasks of each labourer; a block of several tasks counts as one
    Status(status::Args),
    /// Show the slots and health of each labourer, with the reason
    Labourers(labourers::Args),
    /// Show what happened in each minute, of a labourer or of the stack
    History(history::Args),
    /// Pause a labourer: start none of its tasks for a while
    Pause(pause::Pause),
    /// Resume a paused labourer
    Resume(pause::Resume),
    /// Explain why a task is not running, and the next step
    Explain(explain::Args),
    /// List tasks, or show one
    Tasks(tasks::Args),
    /// Submit, preview, list, show, cancel and retry jobs
    Jobs(jobs::Args),
    /// Check a config, show it, write it to the functions' table
    Config(config::Args),
    /// Report what is wrong with a stack, and how to fix it
    Doctor(doctor::Args),
    /// List events that no function took, and send them again
    DeadLetters(dead_letters::Args),
    /// Prepare the tables of a running sosw 0.7
    Adopt(adopt::Args),
    /// One of the four functions, served to Lambda's Runtime API
    #[command(hide = true)]
    Function(function::Args),
}

pub fn run() -> Result<(), Error> {
    match Cli::parse().command {
        Command::Local(args) => machine(runtime::Builder::new_multi_thread(), local::command(args)),
        Command::Status(args) => machine(one_thread(), status::run(args)),
        Command::Tasks(args) => machine(one_thread(), tasks::run(args)),
        Command::Labourers(args) => machine(one_thread(), labourers::run(args)),
        Command::History(args) => machine(one_thread(), history::run(args)),
        Command::Pause(args) => machine(one_thread(), pause::pause(args)),
        Command::Resume(args) => machine(one_thread(), pause::resume(args)),
        Command::Explain(args) => machine(one_thread(), explain::run(args)),
        Command::Config(args) => machine(one_thread(), config::run(args)),
        Command::Jobs(args) => machine(one_thread(), jobs::run(args)),
        Command::Doctor(args) => machine(one_thread(), doctor::run(args)),
        Command::DeadLetters(args) => machine(one_thread(), dead_letters::run(args)),
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
