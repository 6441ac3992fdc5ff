//! A state of the world: tables, what is under way, and what a perfect observer remembers.

use task_manager::attempt::closing::Found;

use super::{
    item::Item,
    scope::{MOST_TASKS, Tick},
    tables::Tables,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    pub now: Tick,
    /// What may still go wrong.
    pub trouble: u8,
    pub tables: Tables,
    /// Processes between two steps. Sorted: who is who makes no difference.
    pub processes: Vec<Process>,
    /// Events on their way to the labourer.
    pub events: Vec<Attempt>,
    /// Labourers at work.
    pub runs: Vec<Attempt>,
    /// Reports on their way to the worker assistant.
    pub reports: Vec<Mail>,
    pub memory: [Memory; MOST_TASKS],
    /// The first promise that a step broke.
    pub breach: Option<Breach>,
}

impl State {
    /// Makes states equal that differ in nothing but the order of what is under way.
    pub fn sorted(mut self) -> Self {
        self.processes.sort_unstable();
        self.events.sort_unstable();
        self.runs.sort_unstable();
        self.reports.sort_unstable();
        self
    }

    pub fn memory(&mut self, no: u8) -> &mut Memory {
        &mut self.memory[usize::from(no)]
    }

    /// Remembers the first breach.
    pub fn break_promise(&mut self, breach: Breach) {
        self.breach.get_or_insert(breach);
    }
}

/// A process that holds what it has read, and has not acted on it yet. When it crashes, that is
/// all that is lost; the longer it waits, the staler is what it read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Process {
    /// An orchestrator about to claim the queue's heads.
    Claiming { heads: Vec<Read>, at: Tick, freed: u32 },
    /// Someone about to invoke what was claimed.
    Invoking { read: Read, nth: u8, at: Tick },
    /// Someone about to take a claim back.
    TakingBack { read: Read, nth: u8, at: Tick, why: Refusal },
    /// A worker assistant that searches for the task of a report.
    Finding { mail: Mail, reads: u8 },
    /// A worker assistant about to end an attempt, and to hand its slot to the next task.
    Ending { mail: Mail, found: Place, at: Tick, next: Option<Read> },
    /// A scavenger about to end a silent attempt.
    Expiring { read: Read, at: Tick },
    /// A scavenger about to requeue what is due.
    Requeuing { due: Vec<Read>, oldest: Option<u64>, at: Tick },
}

/// Why a claim is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    Throttled,
    Missing,
}

/// Task `no`, as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Read {
    pub no: u8,
    pub item: Item,
}

/// Where an assistant found a task that is not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Tasks(Item),
    Parked(Item),
}

impl Place {
    pub fn found(self, no: u8) -> Found {
        match self {
            Self::Tasks(item) => Found::InTasks(Box::new(item.task(no))),
            Self::Parked(item) => Found::Parked(Box::new(item.task(no))),
        }
    }
}

/// An attempt, outside the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt {
    pub no: u8,
    pub nth: u8,
    /// Its lease lasts to the end of this tick.
    pub expires: Tick,
    /// Did Lambda deliver its event twice?
    pub is_doubled: bool,
}

/// A report on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mail {
    pub no: u8,
    pub nth: u8,
    pub outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Success,
    Failure,
    Snooze,
    /// Lambda never started it.
    NeverRan,
}

/// What a perfect observer remembers of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Memory {
    /// Was it ever created?
    pub created: bool,
    /// Claims that were ever applied.
    pub claims: u8,
    /// Those of them whose attempts were not taken back, one bit each.
    pub begun: u16,
    /// Attempts that count.
    pub attempts: u32,
    /// The attempt whose success was acknowledged first.
    pub acknowledged: Option<u8>,
}

/// A promise that a step broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Breach {
    /// A task was started whose success had been acknowledged.
    StartedAfterSuccess,
    /// A failure changed a task of whose latest attempt it was not.
    FailedByAnother,
    /// A task left the retry table before it was due.
    RequeuedEarly,
    /// A closed task was changed or replaced.
    ClosedTwice,
    /// The success of a task that exists was answered "unknown".
    SuccessUnknown,
}
