//! The writes that transitions are made of, each with what it requires.
//!
//! Decisions produce lists of [`Write`]; [`crate::storage`] applies a list as one idempotent
//! transaction, all or nothing. A model of the protocol can apply the same lists to its own state:
//! what a write requires is stated here.

use std::{ops::AddAssign, time::Duration};

use protocol::members::Members;

use crate::{
    greenfield::Greenfield,
    history::Success,
    ids::{ClaimToken, LabourerId, TaskId},
    labourer::{
        counts::Counts,
        frees::{FreedAt, spread},
    },
    resource::ledger::Ledger,
    task::Task,
    time::Timestamp,
};

mod job;
pub mod of_job;

pub use job::{JobList, JobWrite};

/// What was read of a task of the tasks table, and must still hold: its place, its claim, and that
/// nobody has reported a success since.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    pub id: TaskId,
    pub greenfield: Greenfield,
    /// Its latest attempt.
    pub claim: Option<ClaimToken>,
    /// Was the success of an older attempt accepted, or did a Python worker assistant mark the
    /// task? Either comes without a change of place or claim, and must not be overlooked.
    pub has_succeeded: bool,
    /// Of a block: its members, and those whose success was accepted.
    pub members: Option<(Members, Members)>,
}

impl From<&Task> for Expected {
    fn from(task: &Task) -> Self {
        Self {
            id: task.id.clone(),
            greenfield: task.greenfield,
            claim: task.claim.clone(),
            has_succeeded: task.has_succeeded(),
            members: task.block.as_ref().map(|b| (b.members.clone(), b.accepted.clone())),
        }
    }
}

/// One write of a transition.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Puts a task into the tasks table. Requires: no task of that id there.
    Queue(Box<Task>),
    /// Nothing. Requires: no task of that id is parked. (With [`Write::Queue`]: the id is new.)
    NotParked { labourer_id: LabourerId, id: TaskId },
    /// Nothing. Requires: no task of that id is closed.
    NotClosed(TaskId),
    /// Begins an attempt. Requires: the task is as it was read ([`Expected`]).
    Claim {
        expected: Expected,
        /// Where it stands from now on.
        to: Greenfield,
        token: ClaimToken,
        /// How long the attempt may be silent.
        lease: Duration,
        /// Entry for the history.
        note: String,
    },
    /// Takes an attempt back that never reached Lambda. Requires: the attempt is the latest, and
    /// no success was accepted meanwhile (then the task must not be queued again).
    Unclaim {
        id: TaskId,
        /// The attempt that never was.
        token: ClaimToken,
        /// Its old place in the queue.
        to: Greenfield,
        /// Its history, which does not grow however often this happens.
        history: Vec<String>,
    },
    /// Keeps the success of an older attempt in a task whose newer attempt is live; in a block, that of some
    /// members. Requires: the task is as it was read ([`Expected`]), and no other success was kept.
    Accept {
        expected: Expected,
        /// The task with the success.
        task: Box<Task>,
    },
    /// Adds `stats` and `result` to a success that is known without them: of a closed task, or kept
    /// in one whose newer attempt is live. Requires: the task is where it was read, with the same
    /// history (whatever adds to it leaves an entry there) and, if it is closed, as succeeded and
    /// with the same payload.
    AddResult {
        /// What was read.
        expected: Expected,
        /// The history that was read.
        history: Vec<String>,
        /// The task with what is added.
        task: Box<Task>,
    },
    /// Deletes from the tasks table. Requires: the task is as it was read ([`Expected`]).
    Dequeue(Expected),
    /// Puts into the retry table. Requires: no task of that id there, or an older copy of it, with fewer
    /// attempts. (sosw moves tasks in two steps, and may stop between them.)
    Park(Box<Task>),
    /// Deletes from the retry table. Requires: it is there, parked by the same attempt, with the same
    /// members.
    Unpark {
        labourer_id: LabourerId,
        id: TaskId,
        /// Attempts when it was read.
        attempts: u32,
        /// The attempt that parked it: attempts alone do not identify it, as a snooze counts none.
        claim: Option<ClaimToken>,
        /// Of a block: it may have been parked more than once without an attempt in between.
        members: Option<Members>,
    },
    /// Puts into the table of closed tasks. Requires: no task of that id there; or, for a task of no job
    /// (a job counts each ending once), none that succeeded.
    Close(Box<Task>),
    /// Takes slots. Requires: that many are free below `limit` and its share, the labourer is not paused, the row has
    /// the share that was read, and, if the limit is not confirmed by this very write, that limit, too. What was freed at the
    /// counters is what the caller read there: they only grow, so it never takes a slot that is not free.
    TakeSlots {
        labourer_id: LabourerId,
        count: u32,
        /// What is counted of it: the tasks whose attempts begin.
        tasks: u64,
        /// Slots there are.
        limit: u32,
        /// What the counters said before the claim was decided.
        freed: u64,
        /// Its share of what takes permits, if it has one: required to be still the same.
        share: Option<u32>,
        now: Timestamp,
        /// Is `limit` decided now (and to be confirmed), or only what the row has?
        confirm: bool,
    },
    /// Gives a slot back, and adds to the counters there. Requires: at the row, that it counted the attempt; at
    /// a counter, nothing.
    FreeSlot { labourer_id: LabourerId, at: FreedAt, counts: Counts },
    /// Adds to the counters of a labourer, where no slot is given back. Requires: nothing.
    Count {
        labourer_id: LabourerId,
        /// Of the counters of freed slots; the first is there for counts, too, if the labourer has none.
        counter: u32,
        counts: Counts,
    },
    /// Deletes a closed task, which an operator sends back to work. Requires: it is
    /// there, exhausted by the same attempt, with the same members.
    Reopen {
        id: TaskId,
        /// Its key of the index of closed tasks.
        key: String,
        /// Its latest attempt: it may have been sent back and exhausted once more since it was read.
        claim: Option<ClaimToken>,
        /// Of a block.
        members: Option<Members>,
    },
    /// A labourer may have fewer attempts live; without a number, permits do not limit it any more. Requires: its
    /// share is the one that was read. From no number and to none only together with a `Settle`, whose revision shows
    /// those who know an older config that they are late.
    LowerShare {
        labourer_id: LabourerId,
        from: Option<u32>,
        to: Option<u32>,
        /// Must handovers look at the counters of freed slots from now on?
        draining: bool,
    },
    /// Replaces the ledger. Requires: it has the revision that was read.
    Settle { read: u64, ledger: Box<Ledger> },
    /// A labourer holds so many attempts in the ledger from now on, and its share rises. Requires: its share is the
    /// one that was read, and it has no more attempts live than it holds from now on.
    Hold {
        labourer_id: LabourerId,
        share: Option<u32>,
        /// Its share, if it rises.
        raised_to: Option<u32>,
        /// What the counters said.
        freed: u64,
        at_most: u32,
    },
    /// Takes one of the few trials that a labourer has in which blocks are halved though it is not known to
    /// work. Requires: there is one left of `of`.
    TakeTrial { labourer_id: LabourerId, of: u32 },
    /// On the rows of a job.
    Job(JobWrite),
    /// Deletes an item of the tasks table that is no task. Requires: it has no labourer or no
    /// place. For repairs only.
    DeletePhantom {
        /// Its `task_id`, which need not be an id that ours could have.
        id: String,
    },
    /// Replaces the payload of a closed task. Requires: it still is the one that was read. For
    /// repairs only.
    ReplacePayload { id: TaskId, read: String, payload: String },
}

impl Write {
    /// The task that it puts into the tasks table.
    pub fn queued(&self) -> Option<&Task> {
        match self {
            Self::Queue(task) => Some(task),
            _ => None,
        }
    }

    /// What it says of a success that it closes.
    pub(crate) fn success(&mut self) -> Option<&mut Success> {
        match self {
            Self::Close(task) => task.closed.as_mut()?.success.as_mut(),
            _ => None,
        }
    }

    /// Takes this task out of the retry table.
    pub fn unpark(task: &Task) -> Self {
        Self::Unpark {
            labourer_id: task.labourer_id.clone(),
            id: task.id.clone(),
            attempts: task.attempts,
            claim: task.claim.clone(),
            members: task.members().cloned(),
        }
    }
}

/// What a closing transaction adds to the counters of its job: each member of a block counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub succeeded: i64,
    /// Closed as exhausted; less than nothing for one that is reopened.
    pub exhausted: i64,
    pub ignored: i64,
    /// Parked after a failure or an expiry.
    pub retried: i64,
    /// Parked because the labourer snoozed them.
    pub snoozed: i64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.succeeded += other.succeeded;
        self.exhausted += other.exhausted;
        self.ignored += other.ignored;
        self.retried += other.retried;
        self.snoozed += other.snoozed;
    }
}

/// Over how many shards the counters of a job are spread, so that no item is hot: of ten closing
/// transactions under way at once (a thousand a second, at 10 ms each) one in a hundred meets
/// another at its counter. A job with all its shards is one page.
pub const SHARDS: u32 = 960;

/// The shard that counts `task`.
pub fn shard_of(task: &TaskId) -> u32 {
    spread(task.as_str(), SHARDS)
}
