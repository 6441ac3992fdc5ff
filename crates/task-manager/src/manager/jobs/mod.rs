//! Jobs, from their message to their end.
//!
//! - [`submit`]: a job is accepted, once, before its first task exists
//! - [`fill`]: its tasks are created, range by range, each with a cursor
//! - [`open`]: what an open job needs from a tick, and its end
//! - [`items`]: its tasks or blocks in the tables
//! - `plans`: the jobs whose blocks are being invoked
//! - `expiry`: how long an ended job is kept
//! - [`cancel`] and [`retry`]: what operators may do with it
//! - [`breakdown`]: how many of its tasks are queued, running and waiting

pub mod cancel;
pub mod fill;
pub mod retry;
pub mod open;
mod expiry;
pub mod submit;
pub(super) mod plans;
pub mod items;
pub mod breakdown;

use thiserror::Error;

use crate::{
    ids::JobId, jobs::job::JobState, manager::TaskManager, mistakes::Mistakes, storage::StoreError,
};

/// The jobs of all labourers.
#[derive(Clone, Copy)]
pub struct Jobs<'a> {
    pub(super) manager: &'a TaskManager,
}

/// Why a job was not accepted, or not found. Nothing was written.
#[derive(Debug, Error)]
pub enum JobError {
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    #[error(
        "idempotency_key {key:?} belongs to another job ({id}), which was accepted at {}: send \
         this one with a key of its own",
        at.utc()
    )]
    KeyReused { key: String, id: JobId, at: crate::time::Timestamp },
    #[error("there is no job {0}: `sosw jobs list` lists the jobs")]
    Unknown(JobId),
    #[error("job {id} is {}: {remedy}", state.name())]
    WrongState { id: JobId, state: JobState, remedy: &'static str },
    #[error(
        "job {0} has other tasks than those that it was accepted with: another version of the chunking made \
         it. Go back to that version until the job has ended"
    )]
    OtherTasks(JobId),
    #[error("job {id} has ended, and is deleted at {} or soon after: submit it again instead", at.utc())]
    Expires { id: JobId, at: crate::time::Timestamp },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl JobError {
    /// A stable name, for logs and answers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Mistakes(_) => "JobRefused",
            Self::KeyReused { .. } => "KeyReused",
            Self::Unknown(_) => "UnknownJob",
            Self::WrongState { .. } => "WrongJobState",
            Self::Expires { .. } => "JobExpires",
            Self::OtherTasks(_) => "OtherTasks",
            Self::Store(error) => error.name(),
        }
    }
}
