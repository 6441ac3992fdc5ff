//! The end of a process that cannot start, or cannot go on.

use std::process::ExitCode;

use task_manager::describe;
use tracing::error;

use crate::{Error, start::StartError};

/// Logs why a function has ended, and what to do about it. Returns the exit code of its process.
pub fn exit(served: Result<(), Error>) -> ExitCode {
    let Err(error) = served else { return ExitCode::SUCCESS };
    match error.downcast_ref::<StartError>() {
        Some(error) => error!(%error, remedy = error.remedy(), "the function cannot start"),
        None => error!(
            error = describe(&*error),
            remedy = "none: Lambda starts the function again at the next event",
            "the function has ended"
        ),
    }
    ExitCode::FAILURE
}
