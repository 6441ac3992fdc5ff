//! The writes on the rows of a job.

use super::{Tally, Write};
use crate::{
    greenfield::Places,
    ids::JobId,
    jobs::job::{Job, JobState, Range},
    time::Timestamp,
};

/// One write on the rows of a job.
#[derive(Clone, Debug, PartialEq)]
pub enum JobWrite {
    /// Puts the job's own row. Requires: no job of that id there.
    Add(Box<Job>),
    /// Puts the row of one of its ranges. Requires: no range of that number there.
    AddRange { job_id: JobId, range: Range },
    /// Puts the job into a list. Requires: it is not there.
    List {
        job_id: JobId,
        list: JobList,
        /// When DynamoDB may delete this entry.
        expires_at: Option<Timestamp>,
    },
    /// Takes the job out of a list. Requires nothing: the write beside it, on the job's own row,
    /// states where the job stands.
    Unlist { job_id: JobId, list: JobList },
    /// Decides where the job's tasks line up. Requires: that is not decided.
    Place { job_id: JobId, places: Places },
    /// Ends the job. Requires: it is in state `from`, and no more of its closed tasks were sent
    /// back to work than when it was read.
    End {
        job_id: JobId,
        /// Its state when it was read.
        from: JobState,
        /// [`Job::reopened`] when it was read.
        reopened: u64,
        to: JobState,
        /// When its last task was closed.
        at: Timestamp,
        /// When DynamoDB may delete it.
        expires_at: Option<Timestamp>,
    },
    /// Lets a row of the job expire, other than its own, or keeps it. Requires: it is there.
    Expire {
        job_id: JobId,
        part: String,
        /// When DynamoDB may delete it; never, if not set.
        at: Option<Timestamp>,
    },
    /// Opens an ended job again, which no longer expires. Requires: it is in state `from`.
    Open {
        job_id: JobId,
        /// How it had ended.
        from: JobState,
    },
    /// Begins to cancel the job. Requires: it is open.
    Cancel { job_id: JobId },
    /// Ends a range where its cursor is, wherever that is: a scheduler that fills it finds it
    /// full. Requires: the range begins at `from`.
    CutRange {
        job_id: JobId,
        range: u32,
        /// Its first task.
        from: u64,
    },
    /// Moves the cursor of a range. Requires: it stands at `from`, and the range was not cut off
    /// before `to`.
    Advance {
        job_id: JobId,
        range: u32,
        /// The first task that is not made yet.
        from: u64,
        /// The same after this transaction.
        to: u64,
        at: Timestamp,
    },
    /// Adds to the counters. Requires nothing: the write beside it, on the task, states that this task
    /// was not counted yet.
    Count {
        job_id: JobId,
        shard: u32,
        tally: Tally,
        /// When the task was closed or parked: the latest of these is the end of the job.
        at: Timestamp,
    },
    /// Counts that tasks go back to work, so that a decision to end the job that did not count them is
    /// refused.
    /// Requires: the job is open.
    CountReopened { job_id: JobId },
}

/// The lists of jobs: every job is in one of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum JobList {
    /// Those that ticks work on.
    Open,
    /// Those that ended, in order of that time.
    Ended(Timestamp),
}

impl From<JobWrite> for Write {
    fn from(write: JobWrite) -> Self {
        Self::Job(write)
    }
}
