//! The end of an attempt: what a report, an expiry or a refusal by Lambda does to a task.
//!
//! Everything here is a pure function of what was read, of the labourer and of `now`. An end has parts: a
//! task has one, a block one for each group of members that ended alike.
//!
//! - `report`: what a report does to the task it names
//! - `shares`: what it says of the members of a block
//! - `unreported`: ends that no report brings
//! - `spent`: a block whose attempts are spent without a word of its members
//! - `verdict`: what becomes of one part
//! - `kept`: what of a report stays in the task

use std::time::Duration;

use crate::{
    greenfield::{Phase, Scale},
    ids::LabourerId,
    labourer::{
        Labourer,
        counts::Counts,
        frees::{FreedAt, Frees, spread},
    },
    task::{Status, Task},
    time::Timestamp,
    transition::Write,
};

mod kept;
mod verdict;
mod shares;
mod report;
mod unreported;
mod spent;
#[cfg(test)]
mod tests;

pub use report::on_report;
pub use spent::on_spent;
pub use unreported::{
    OTHER_TASKS, on_completed, on_expiry, on_ignored, on_other_tasks, on_refused, on_unusable,
};

/// Where a task was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// In the tasks table: queued or invoked.
    InTasks(Box<Task>),
    /// In the retry table.
    Parked(Box<Task>),
    Closed(Box<Task>),
    Nowhere,
}

/// What is to be done about a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// These writes, all or nothing.
    Write(Ending),
    /// Nothing, for this reason.
    Leave(Unchanged),
    /// Nothing but this write, which adds stats and result to a success that is known without them.
    Supplement(Box<Write>, Unchanged),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// What became of the task; of a block, of each of its parts.
    pub fates: Vec<Fate>,
    /// The writes, without that of the slot.
    pub writes: Vec<Write>,
    /// The slot that it leaves, to be handed over or given back.
    pub slot: Option<FreedAt>,
    /// What is counted of it, and the counter that does where no slot is given back.
    pub counts: Counts,
    pub counter: u32,
}

impl Ending {
    /// What became of the task as a whole.
    pub fn fate(&self) -> Fate {
        match *self.fates {
            [fate] => fate,
            _ => Fate::Divided,
        }
    }

    /// Is the work done, of the task or of members of the block?
    pub fn has_success(&self) -> bool {
        self.fates.contains(&Fate::Closed(Status::Succeeded))
    }

    /// May its slot be handed over? Not if nobody knows whether it was counted.
    pub fn leaves_counted_slot(&self) -> bool {
        matches!(self.slot, Some(FreedAt::Row | FreedAt::Counter(_)))
    }

    /// All its writes, with the one that gives the slot back.
    pub fn with_slot(&self, labourer_id: &LabourerId) -> Vec<Write> {
        let free = match self.slot {
            Some(at) => {
                let (labourer_id, counts) = (labourer_id.clone(), self.counts);
                Some(Write::FreeSlot { labourer_id, at, counts })
            }
            None => self.count(labourer_id, self.counts),
        };
        self.writes.iter().cloned().chain(free).collect()
    }

    /// All its writes but for the slot, which so many other tasks get with this claim. A success says so in its own
    /// entry of the index, where they are counted.
    pub fn with_claim(&self, labourer_id: &LabourerId, claim: Write, tasks: u64) -> Vec<Write> {
        let mut writes = self.writes.clone();
        let success = writes.iter_mut().find_map(Write::success);
        let counts = match success.filter(|_| self.counts.is_empty()) {
            Some(success) => {
                success.followed_by = u32::try_from(tasks).unwrap_or(u32::MAX);
                None
            }
            None => self.count(labourer_id, Counts { claimed: tasks, ..self.counts }),
        };
        writes.push(claim);
        writes.extend(counts);
        writes
    }

    /// The write that counts this, if there is anything to count.
    pub fn count(&self, labourer_id: &LabourerId, counts: Counts) -> Option<Write> {
        let (labourer_id, counter) = (labourer_id.clone(), self.counter);
        (!counts.is_empty()).then_some(Write::Count { labourer_id, counter, counts })
    }
}

/// What became of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Closed(Status),
    /// Parked until then.
    Parked(Timestamp),
    /// Its success is kept, and closes it when the attempt that is live now ends.
    SuccessKept,
    /// It waits as before: the success of others that were in one block with it came late.
    Waits,
    /// It was a block, and its parts end in different ways.
    Divided,
}

/// Why a report changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchanged {
    /// The task was closed before: a report that came twice, or too late.
    AlreadyClosed(Status),
    /// Its success was accepted before.
    AlreadyAccepted,
    /// It is parked already: a report that came twice.
    AlreadyParked,
    /// A failure of an attempt that is no longer the live one.
    Stale,
    /// The labourer requires the claim token, and the report has none or a wrong one.
    ClaimRequired,
    /// A success without a claim, of a task of which no attempt was ever begun.
    NeverClaimed,
    /// The task is in none of the tables. Nothing is created.
    Unknown,
}

/// The circumstances of a decision.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub now: Timestamp,
    pub labourer: &'a Labourer,
    pub function_timeout: Option<Duration>,
    /// How the labourer's row counts what is freed.
    pub frees: Frees,
    pub scale: Scale,
    /// How long closed tasks are kept.
    pub keep_closed: Option<Duration>,
    /// A number in [0, 1), drawn for the jitter.
    pub jitter: f64,
    /// Who decides, for the history.
    pub by: &'a str,
}

impl Context<'_> {
    fn phase(&self, task: &Task) -> Phase {
        let lease = self.labourer.lease(self.function_timeout);
        task.greenfield.phase(self.now, task.lease(lease), self.scale)
    }

    fn slot(&self, task: &Task) -> FreedAt {
        FreedAt::of(task.claim.as_ref(), self.frees)
    }

    /// Which counter counts what becomes of a task where no slot is given back.
    fn counter(&self, task: &Task) -> u32 {
        spread(task.id.as_str(), self.frees.counters.max(1))
    }

    fn holds_slot(&self, task: &Task) -> bool {
        self.phase(task) != Phase::Queued && !task.is_untouched()
    }

    fn slot_held_by(&self, task: &Task) -> Option<FreedAt> {
        self.holds_slot(task).then(|| self.slot(task))
    }
}
