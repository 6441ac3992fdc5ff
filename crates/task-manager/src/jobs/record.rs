//! A job as it is kept: what it was made from, how far its tasks are made, and what became of them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    options::Options,
    plan::{Basis, Plan},
};
use crate::{
    greenfield::{Greenfield, Scale},
    ids::{JobId, LabourerId, TaskId},
    time::Timestamp,
};

/// A job that was accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// The labourer of its tasks.
    pub labourer_id: LabourerId,
    /// JSON text of the job without its options.
    pub text: String,
    /// What its tasks depend on besides the text.
    pub basis: Basis,
    /// What it says about itself.
    pub options: Options,
    /// How many tasks it has.
    pub total: u64,
    /// Where they line up.
    pub places: Places,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// What has become of it.
    pub state: State,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What has become of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Tasks are being made or worked on. Left when the last one is closed.
    Open,
    /// All tasks are closed, and no more have failed than the job tolerates. Left by a retry of
    /// failed tasks.
    Succeeded,
    /// All tasks are closed, too many as exhausted. Left by a retry of failed tasks.
    Failed,
    /// An operator ended it: what was not running is closed as ignored. Final.
    Cancelled,
}

/// The places of a job's tasks on the number line: a function of their number alone, so that its
/// ranges can be filled side by side and keep one order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Places {
    /// The place before the first.
    pub base: f64,
    /// The distance of two.
    pub step: f64,
}

impl Places {
    /// Room for `total` tasks behind `newest`.
    pub fn behind(
        newest: Option<Greenfield>,
        now: Timestamp,
        total: u64,
        job: &JobId,
        scale: Scale,
    ) -> Self {
        let step = scale.step_after(newest, now, total);
        Self { base: scale.base_after(newest, step, &TaskId::of_job(job, 0)), step }
    }

    /// The place of task `n`.
    pub fn of(self, n: u64) -> Greenfield {
        Greenfield(self.base + self.step * (n + 1) as f64)
    }
}

/// A stretch of a job's tasks that is filled on its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Its number.
    pub number: u32,
    /// Its first task.
    pub from: u64,
    /// The first task behind it.
    pub to: u64,
    /// The first task that is not made yet.
    pub cursor: u64,
    /// When the cursor was last moved.
    pub updated_at: Option<Timestamp>,
}

impl Range {
    /// Ranges that are filled side by side.
    const AT_ONCE: u64 = 4;
    /// Below this number of tasks a job has one range.
    const WORTH_IT: u64 = 1000;

    /// The ranges of a job of `total` tasks.
    pub fn all(total: u64) -> Vec<Self> {
        let count = if total < Self::WORTH_IT { 1 } else { Self::AT_ONCE };
        let bound = |i: u64| (u128::from(total) * u128::from(i) / u128::from(count)) as u64;
        let range = |i: u64| Self {
            number: i as u32,
            from: bound(i),
            to: bound(i + 1),
            cursor: bound(i),
            updated_at: None,
        };
        (0..count).map(range).collect()
    }

    /// Are all its tasks made?
    pub fn is_filled(&self) -> bool {
        self.cursor >= self.to
    }

    /// Tasks made.
    pub fn made(&self) -> u64 {
        self.cursor.saturating_sub(self.from)
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Progress {
    /// Tasks it has.
    pub total: u64,
    /// Of those, made so far.
    pub made: u64,
    /// Closed as succeeded.
    pub succeeded: u64,
    /// Closed as exhausted.
    pub exhausted: u64,
    /// Closed as ignored.
    pub ignored: u64,
    /// Times that a task was parked after a failure or an expiry.
    pub retried: u64,
    /// Times that a task was parked at the labourer's wish.
    pub snoozed: u64,
    /// When a task was last closed or parked.
    pub last_change: Option<Timestamp>,
}

impl Progress {
    /// Tasks that are closed.
    pub fn closed(&self) -> u64 {
        self.succeeded + self.exhausted + self.ignored
    }

    /// Tasks that are made and not closed.
    pub fn open(&self) -> u64 {
        self.made.saturating_sub(self.closed())
    }

    /// Is every task made and closed?
    pub fn is_done(&self) -> bool {
        self.made >= self.total && self.closed() >= self.total
    }
}

/// A job with everything that is counted about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// The job.
    pub job: Job,
    /// Its ranges.
    pub ranges: Vec<Range>,
    /// How far it is.
    pub progress: Progress,
}

/// What a tick has to do about an open job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing: its tasks are at work, or its time has not come.
    Nothing,
    /// Nobody makes its tasks: a scheduler must go on.
    Fill,
    /// It is done, with this state.
    Settle(State),
}

impl Account {
    /// A job of which nothing is done yet.
    pub fn new(job: Job, ranges: Vec<Range>) -> Self {
        let progress = Progress { total: job.total, ..Progress::default() };
        Self { job, ranges, progress }
    }

    /// How long nobody may have moved a cursor before a scheduler counts as gone.
    const SILENCE: Duration = Duration::from_secs(20);

    /// What a tick at `now` has to do.
    pub fn due(&self, now: Timestamp) -> Due {
        if self.job.state != State::Open {
            return Due::Nothing;
        }
        if self.progress.is_done() {
            return Due::Settle(self.verdict());
        }
        let waits = self.job.options.start.is_some_and(|start| now < start);
        let unfilled = self.ranges.iter().filter(|range| !range.is_filled());
        let last = unfilled.map(|range| range.updated_at.unwrap_or(self.job.created_at)).max();
        match last {
            Some(last) if !waits && now.since(last) >= self.silence() => Due::Fill,
            _ => Due::Nothing,
        }
    }

    /// A job that waits for its time has no scheduler to wait for.
    fn silence(&self) -> Duration {
        let untouched = self.ranges.iter().all(|range| range.updated_at.is_none());
        let waited = self.job.options.start.is_some();
        if untouched && waited { Duration::ZERO } else { Self::SILENCE }
    }

    /// Has it succeeded, by what it tolerates?
    fn verdict(&self) -> State {
        let failed = 100.0 * self.progress.exhausted as f64;
        let tolerated = self.job.options.max_failed_percent * self.progress.total as f64;
        if failed > tolerated { State::Failed } else { State::Succeeded }
    }

    /// From acceptance to the end, or to `now` while it is open. Never shrinks.
    pub fn duration(&self, now: Timestamp) -> Duration {
        self.job.ended_at.unwrap_or(now).since(self.job.created_at)
    }
}

impl Job {
    /// Its tasks.
    ///
    /// # Errors
    /// When the text is not what it was.
    pub fn plan(&self) -> Result<Plan, super::mistake::Mistakes> {
        let job = serde_json::from_str(&self.text).unwrap_or_default();
        Plan::resume(&job, self.basis.clone())
    }
}
