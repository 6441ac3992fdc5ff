//! `sosw jobs`.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use operator::{
    TaskManager,
    jobs::{JobError, Submission, parse},
};

use crate::error::Error;

mod act;
mod list;
mod preview;
mod show;
mod submit;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Accept a job and queue its tasks
    Submit(submit::Args),
    /// What a job would be: its count, its first and last tasks, its cost; nothing is written
    Preview(preview::Args),
    /// Open jobs, and those that ended last
    List(list::Args),
    /// How far a job is
    Show(show::Args),
    /// End a job: no more tasks are made, those that wait are ignored, those that run may end
    Cancel(act::Cancel),
    /// Send a job's exhausted tasks back to work, with all their attempts before them
    RetryFailed(act::RetryFailed),
}

pub async fn run(args: Args) -> Result<(), Error> {
    match args.command {
        Command::Submit(args) => submit::run(args).await,
        Command::Preview(args) => preview::run(args).await,
        Command::List(args) => list::run(args).await,
        Command::Show(args) => show::run(args).await,
        Command::Cancel(args) => act::cancel(args).await,
        Command::RetryFailed(args) => act::retry_failed(args).await,
    }
}

/// The job of a file, found right.
fn read(file: &Path, manager: &TaskManager) -> Result<Submission, Error> {
    let path = || file.to_owned();
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| Error::File { what: "job", path: path(), error })?;
    parse(manager, &text).map_err(|why| Error::Job { path: path(), why: why.to_string() })
}

/// What is wrong with the job of a file, or what went wrong with it.
fn refused(file: PathBuf) -> impl FnOnce(JobError) -> Error {
    move |error| match error {
        JobError::Mistakes(_) | JobError::KeyReused { .. } => {
            Error::Job { path: file, why: error.to_string() }
        }
        other => Error::Jobs(other),
    }
}
