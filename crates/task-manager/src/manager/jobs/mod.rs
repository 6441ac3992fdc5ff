//! Jobs, from their message to their end.
//!
//! - [`submit`]: a job is accepted, once, before its first task exists
//! - [`fill`]: its tasks enter the queue, with a cursor
//! - [`open`]: which jobs are open, and what each needs
//! - [`cancel`]: an operator ends it
//! - [`retry`]: an operator sends back to work what failed
//! - [`breakdown`]: where its tasks are

pub mod cancel;
pub mod fill;
pub mod retry;
pub mod open;
pub mod submit;
pub mod breakdown;

use thiserror::Error;

use crate::{
    ids::JobId, jobs::record::State, manager::TaskManager, mistakes::Mistakes, storage::StoreError,
};

/// The jobs of all labourers.
#[derive(Clone, Copy)]
pub struct Jobs<'a> {
    pub(super) manager: &'a TaskManager,
}

/// Why a job was not accepted, or not found. Nothing was written.
#[derive(Debug, Error)]
pub enum JobError {
    /// The message is wrong.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// The key was used for another job.
    #[error(
        "idempotency_key {key:?} belongs to another job ({id}), which was accepted at {}: send \
         this one with a key of its own",
        at.utc()
    )]
    KeyReused {
        /// The key.
        key: String,
        /// The job that has it.
        id: JobId,
        /// When that was accepted.
        at: crate::time::Timestamp,
    },
    /// There is no such job.
    #[error("there is no job {0}: `sosw jobs list` names those there are")]
    Unknown(JobId),
    /// It is in the wrong state for what is asked.
    #[error("job {id} is {}: {remedy}", state.name())]
    WrongState {
        /// The job.
        id: JobId,
        /// Its state.
        state: State,
        /// What to do instead.
        remedy: &'static str,
    },
    /// The tables did not do it.
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
            Self::Store(error) => error.name(),
        }
    }
}
