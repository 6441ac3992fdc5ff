//! `sosw jobs`.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use operator::{
    JobId, TaskManager,
    jobs::{JobError, Submission, find, parse},
};

use crate::error::Error;

mod act;
mod follow;
mod list;
mod preview;
mod show;
pub mod stage;
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
    /// Preview a job: number of tasks, the first and last ones, cost; writes nothing
    Preview(preview::Args),
    /// List open jobs, and those that ended last
    List(list::Args),
    /// Show the progress of a job
    Show(show::Args),
    /// Cancel a job: create no more tasks, cancel those that wait; running ones may end
    Cancel(act::Cancel),
    /// Queue a job's failed tasks again, with their full number of attempts
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

/// The id of the job with this id, or whose id begins so.
pub async fn named(manager: &TaskManager, name: &str) -> Result<JobId, Error> {
    Ok(find(manager, &JobId::new(name)?).await?)
}

/// Reads and checks the job in a file.
fn read(file: &Path, manager: &TaskManager) -> Result<Submission, Error> {
    let path = || file.to_owned();
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| Error::File { what: "job", path: path(), error })?;
    parse(manager, &text).map_err(|why| Error::Job { path: path(), why: why.to_string() })
}

fn refused(file: PathBuf) -> impl FnOnce(JobError) -> Error {
    move |error| match error {
        JobError::Mistakes(_) | JobError::KeyReused { .. } => {
            Error::Job { path: file, why: error.to_string() }
        }
        other => Error::Jobs(other),
    }
}
