//! The commands.

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use tokio::runtime;

use crate::{
    adopt, completion, config, dead_letters, doctor, error::Error, exit::Exit, explain, function,
    guide, hint, history, jobs, labourers, local, logs, page, pause, resources, status, tasks,
};

const EXAMPLES: &str = "\
Examples:
  sosw local --config config.json --job job.json --until-idle   run a job on this machine
  sosw local --config config.json --data data                   serve until Ctrl-C, keep the tables
  sosw status --data data                                       count their tasks, also from another terminal
  sosw jobs preview job.json                                    what a job would create; writes nothing
  sosw jobs show JOB --follow                                   progress until it is done
  sosw tasks list resize --state failed                         tasks that failed for good
  sosw labourers                                                slots, health and the reason
  sosw history resize --from 1d                                 what it did, minute by minute
  sosw pause resize --for 2h --reason upgrade                   start nothing for a while
  sosw pause resource:orders-db --for 1h                        the same for all who use a resource
  sosw resources                                                permits and rates, and who uses them
  sosw resources set stripe --rate 45 --reason throttled        another rate, from now on
  sosw explain TASK                                             why a task is not running
  sosw explain JOB#7                                            the same of a task of a job, by its number
  sosw logs JOB#7 --follow                                      what its labourer prints
  sosw jobs list --json                                         every command has --json
  sosw config check config.json                                 list every mistake
  sosw config push config.json                                  the same, then write it to the table `config`
  sosw web --read-only                                          a page of the stack at http://127.0.0.1:8420/
  sosw dead-letters list                                        events on AWS that no function took
  sosw guide first-labourer                                     a page of the guide; `sosw guide` lists all

Commands that read tables find them by --data (a directory of `sosw local`) or, without it,
by the standard AWS environment: credentials, AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB. AWS_PROFILE
may name a profile of any kind: keys, a role, SSO, `aws login`, a credential_process.

JOB is the id of a job, or as much of it as only one of the jobs of `sosw jobs list` begins with.
States are coloured on a terminal, unless NO_COLOR is set.";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{}", Exit::help())
}

/// Runs Lambda functions as a throttled, retried, health-aware queue.
#[derive(Debug, Parser)]
#[command(name = "sosw", version, after_help = after_help())]
pub struct Cli {
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
    /// Show what labourers share: permits and rates, who uses them, who waits; or set them
    Resources(resources::Args),
    /// Pause a labourer, or a resource and all who use it: start nothing for a while
    Pause(pause::Pause),
    /// Resume a paused labourer or resource
    Resume(pause::Resume),
    /// Explain why a task is not running, and the next step
    Explain(explain::Args),
    /// List tasks, or show one
    Tasks(tasks::Args),
    /// Print what the labourer of a task printed, by attempt
    Logs(logs::Args),
    /// Submit, preview, list, show, cancel and retry jobs
    Jobs(jobs::Args),
    /// Serve a page that shows what is late, why, and what to do about it
    Web(page::Args),
    /// Check a config, show it, write it to the functions' table
    Config(config::Args),
    /// Report what is wrong with a stack, and how to fix it
    Doctor(doctor::Args),
    /// List events that no function took, and send them again
    DeadLetters(dead_letters::Args),
    /// Prepare the tables of a running sosw 0.7
    Adopt(adopt::Args),
    /// Print a script that completes commands and flags in a shell
    Completion(completion::Args),
    /// List the pages of the guide, or print one
    Guide(guide::Args),
    /// One of the four functions, served to Lambda's Runtime API
    #[command(hide = true)]
    Function(function::Args),
}

pub fn run() -> Result<(), Error> {
    let matches = Cli::command().get_matches();
    hint::remember(&matches);
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match cli.command {
        Command::Local(args) => machine(runtime::Builder::new_multi_thread(), local::command(args)),
        Command::Status(args) => machine(one_thread(), status::run(args)),
        Command::Tasks(args) => machine(one_thread(), tasks::run(args)),
        Command::Logs(args) => machine(one_thread(), logs::run(args)),
        Command::Labourers(args) => machine(one_thread(), labourers::run(args)),
        Command::History(args) => machine(one_thread(), history::run(args)),
        Command::Resources(args) => machine(one_thread(), resources::run(args)),
        Command::Pause(args) => machine(one_thread(), pause::pause(args)),
        Command::Resume(args) => machine(one_thread(), pause::resume(args)),
        Command::Explain(args) => machine(one_thread(), explain::run(args)),
        Command::Config(args) => machine(one_thread(), config::run(args)),
        Command::Jobs(args) => machine(one_thread(), jobs::run(args)),
        Command::Doctor(args) => machine(one_thread(), doctor::run(args)),
        Command::DeadLetters(args) => machine(one_thread(), dead_letters::run(args)),
        Command::Adopt(args) => machine(one_thread(), adopt::run(args)),
        Command::Completion(args) => completion::run(&args),
        Command::Guide(args) => guide::run(&args),
        Command::Web(args) => machine(runtime::Builder::new_multi_thread(), page::run(args)),
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
