//! A job as it is kept: what it was made from, how far its tasks are made, and what became of them.

use std::time::Duration;

use crate::json::Json;
use serde::{Deserialize, Serialize};

use super::{
    options::Options,
    plan::{Basis, Plan},
};
use crate::{
    greenfield::Places,
    ids::{JobId, LabourerId, TaskId},
    task::digest::Digest,
    time::Timestamp,
};

mod progress;
mod range;
#[cfg(test)]
mod tests;

pub use progress::{Breakdown, Count, Progress};
pub use range::Range;

/// A job that was accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub labourer_id: LabourerId,
    /// JSON text of the job without its options.
    pub text: String,
    /// What its tasks depend on besides the text.
    pub basis: Basis,
    pub options: Options,
    pub total: u64,
    /// How many of them are one block, from 1 (then they are no blocks) to [`crate::limits::MAX_MEMBERS`]: the same for as
    /// long as it lives, so that where a task is follows from its number.
    pub block_size: u64,
    /// Of its tasks, as they were when it was accepted. Jobs of older versions have none.
    pub digest: Option<Digest>,
    /// Where they line up: decided when the first of them may start, behind all that wait then.
    pub places: Option<Places>,
    pub created_at: Timestamp,
    pub state: JobState,
    pub ended_at: Option<Timestamp>,
    /// When DynamoDB may delete it, with all that was counted about it; never, if not set.
    pub expires_at: Option<Timestamp>,
    /// How often closed tasks were sent back to work: whoever ends the job must have counted them.
    pub reopened: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// Tasks are being made or worked on. Left when the last one is closed, or by an operator.
    Open,
    /// All tasks are closed, and no more have failed than the job tolerates. Left by a retry of
    /// failed tasks.
    Succeeded,
    /// All tasks are closed, too many as exhausted. Left by a retry of failed tasks.
    Failed,
    /// An operator ends it: no more tasks are made, those that wait are closed as ignored, those
    /// that run end by themselves. Left when the last one is closed.
    Cancelling,
    /// An operator ended it. Final.
    Cancelled,
}

impl JobState {
    /// Is there still work for a tick?
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Cancelling)
    }

    /// Did an operator end it, or is about to?
    pub fn is_cancelled(self) -> bool {
        matches!(self, Self::Cancelling | Self::Cancelled)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A job with everything that is counted about it.
#[derive(Clone, Debug, PartialEq)]
pub struct JobSnapshot {
    pub job: Job,
    pub ranges: Vec<Range>,
    pub progress: Progress,
    /// May DynamoDB delete ranges or counters of it some time?
    pub counts_expire: bool,
}

/// What a tick has to do about an open job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing: its tasks are running, or its time has not come.
    Nothing,
    /// No scheduler is making its tasks: one must be started.
    Fill,
    /// It is cancelled, and some of its tasks have not ended yet.
    Cancel,
    /// It is done, with this state.
    End(JobState),
}

impl JobSnapshot {
    /// How long no cursor may have moved before the scheduler counts as gone.
    const SILENCE: Duration = Duration::from_secs(20);

    /// A job of which nothing is done yet.
    pub fn new(job: Job, ranges: Vec<Range>) -> Self {
        let progress = Progress { total: job.total, ..Progress::default() };
        Self { job, ranges, progress, counts_expire: false }
    }

    /// What a tick at `now` has to do.
    pub fn due(&self, now: Timestamp) -> Due {
        match self.job.state {
            JobState::Open | JobState::Cancelling if self.progress.is_done() => {
                Due::End(self.verdict())
            }
            JobState::Open if !self.job.waits(now) && self.is_abandoned(now) => Due::Fill,
            JobState::Cancelling => Due::Cancel,
            _ => Due::Nothing,
        }
    }

    /// Is no scheduler making the tasks that are not made yet?
    fn is_abandoned(&self, now: Timestamp) -> bool {
        let unfilled = self.ranges.iter().filter(|range| !range.is_filled());
        let moved = unfilled.map(|range| range.updated_at.unwrap_or(self.job.created_at)).max();
        moved.is_some_and(|at| now.since(at) >= self.silence())
    }

    /// A job that waited for its time has no scheduler to wait for.
    fn silence(&self) -> Duration {
        let waited = self.progress.started.is_none() && self.job.options.start.is_some();
        if waited { Duration::ZERO } else { Self::SILENCE }
    }

    /// How it ends, by what it tolerates. A percentage has no exact binary form, so a product that
    /// should be equal may be off by its last digits, which no number of tasks can reach.
    fn verdict(&self) -> JobState {
        let failed = 100.0 * self.progress.exhausted as f64;
        let tolerated = self.job.options.max_failed_percent * self.progress.total as f64;
        let tolerated = tolerated * (1.0 + 4.0 * f64::EPSILON);
        match self.job.state {
            JobState::Cancelling => JobState::Cancelled,
            _ if failed > tolerated => JobState::Failed,
            _ => JobState::Succeeded,
        }
    }

    /// How far it is, in one word: `waiting` for its time, `filling` the queue, `queued` in full;
    /// or its state.
    pub fn stage(&self, now: Timestamp) -> &'static str {
        match self.job.state {
            JobState::Open if self.job.waits(now) => "waiting",
            JobState::Open if self.progress.made < self.progress.total => "filling",
            JobState::Open => "queued",
            state => state.name(),
        }
    }

    /// Was this task made, be it in a block?
    pub fn is_made(&self, n: u64) -> bool {
        self.ranges.iter().any(|range| (range.from..range.cursor).contains(&n))
    }

    /// The tasks that were made, in order; of a job in blocks, the blocks as they were made.
    pub fn made(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.made_in(0..u64::MAX)
    }

    /// Those of them that have these numbers, or begin with them.
    pub fn made_in(&self, these: std::ops::Range<u64>) -> impl Iterator<Item = TaskId> + '_ {
        self.numbers_made_in(these).map(|n| self.job.id_of(n))
    }

    /// The numbers of those; of a block, that of its first task.
    pub fn numbers_made_in(&self, these: std::ops::Range<u64>) -> impl Iterator<Item = u64> + '_ {
        let size = self.job.block_size;
        let from = these.start.div_ceil(size) * size;
        self.ranges.iter().flat_map(move |range| {
            (range.from.max(from)..range.cursor.min(these.end)).step_by(size as usize)
        })
    }
}

impl Job {
    /// The id of the item that task `n` is made as: its own, or that of its block.
    pub fn id_of(&self, n: u64) -> TaskId {
        match self.block_size {
            1 => TaskId::of_job(&self.id, n),
            size => TaskId::of_block(&self.id, n / size * size),
        }
    }

    /// Its tasks.
    ///
    /// # Errors
    /// When the text is not what it was.
    pub fn plan(&self) -> Result<Plan, crate::mistakes::Mistakes> {
        Plan::resume(&self.content(), self.basis.clone())
    }

    /// Has its time not come?
    pub fn waits(&self, now: Timestamp) -> bool {
        self.options.start.is_some_and(|start| now < start)
    }

    /// Is this the same job? How it is written does not matter; nor does its time, which may be
    /// relative to that of its message. Another `tasks_per_invocation` does: it would make the same tasks,
    /// but how many an invocation is given is fixed when a job is accepted, and its sender must know
    /// that the new number counts for nothing.
    pub fn is_same(&self, job: &Json, options: &Options) -> bool {
        let others = |options: &Options| Options { start: None, ..options.clone() };
        // Read as it is kept: how deep values are taken apart depends on where they stood.
        let job = Json::parse(&job.to_string()).unwrap_or_default();
        self.content() == job && others(&self.options) == others(options)
    }

    fn content(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}
