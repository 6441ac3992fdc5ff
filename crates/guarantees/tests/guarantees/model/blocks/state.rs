//! A state of the world: the tables, what is under way, and what a perfect observer remembers.

use super::{
    super::scope::Tick,
    item::{Item, MOST_MEMBERS, Name, Set},
    tables::{Place, Tables},
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    pub now: Tick,
    /// What may still go wrong.
    pub trouble: u8,
    /// What operators may still do.
    pub operations: u8,
    pub tables: Tables,
    /// Claims that were ever applied.
    pub claims: u8,
    /// Processes between two steps. Sorted, as all of these: who is who makes no difference.
    pub processes: Vec<Process>,
    /// Attempts that Lambda took. One that never ends is silent.
    pub runs: Vec<Run>,
    /// Reports on their way to the worker assistant. One that is never taken is lost.
    pub reports: Vec<Mail>,
    pub memory: Memory,
    /// The first promise that a step broke.
    pub breach: Option<Breach>,
}

impl State {
    pub fn sorted(mut self) -> Self {
        self.processes.sort_unstable();
        self.runs.sort_unstable();
        self.reports.sort_unstable();
        self
    }

    /// Remembers the first breach.
    pub fn break_promise(&mut self, breach: Breach) {
        self.breach.get_or_insert(breach);
    }
}

/// A process that holds what it has read, and has not acted on it yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Process {
    /// About to act on a block as it was read.
    Acting { what: Act, read: Read, at: Tick, sign: Sign },
    /// About to take a claim back.
    TakingBack { read: Read, nth: u8, at: Tick, why: Refusal },
    /// A worker assistant with a report: the blocks it has still to look at, and the one that it found and is
    /// about to write.
    Reporting { mail: Mail, left: Vec<Name>, found: Option<(Place, Read, Tick)> },
}

/// What is done to a block without a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// An orchestrator starts it; if its attempts are spent, it is halved, waits or is closed.
    Start,
    /// A scavenger ends its silent attempt.
    Expire,
    /// A scavenger moves it back to the queue.
    Requeue,
    /// An operator cancels it.
    Ignore,
    /// An operator sends it back to work after it was exhausted.
    Reopen,
}

/// What an orchestrator read of the labourer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sign {
    pub last_success: Option<Tick>,
    pub trials: u8,
}

/// Why a claim is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    Throttled,
    Missing,
}

/// A block, as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Read {
    pub name: Name,
    pub item: Item,
}

/// An attempt at a block, outside the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Run {
    pub name: Name,
    pub nth: u8,
    pub members: Set,
}

/// A report on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mail {
    pub of: Run,
    pub end: End,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// Members failed in one of two ways, and the others succeeded.
    Members {
        failed: Set,
        snoozed: Set,
    },
    Crashed,
    /// It wants to come later as a whole.
    Snoozed,
    /// Lambda never started it.
    NeverRan,
}

impl Mail {
    /// The members whose success it reports.
    pub fn succeeded(self) -> Set {
        match self.end {
            End::Members { failed, snoozed } => self.of.members & !failed & !snoozed,
            _ => 0,
        }
    }

    /// The members whose attempt it does not count.
    pub fn uncounted(self) -> Set {
        match self.end {
            End::Members { snoozed, .. } => snoozed,
            End::Crashed => 0,
            End::Snoozed | End::NeverRan => self.of.members,
        }
    }
}

/// What a perfect observer remembers, member by member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Memory {
    /// How often it was started, since it was last sent back to work; what is not counted is not.
    pub starts: [i8; MOST_MEMBERS],
    /// Its attempts that were not taken back, one bit each.
    pub begun: [u32; MOST_MEMBERS],
    /// The attempt whose success was acknowledged first; 0 for none.
    pub acknowledged: [u8; MOST_MEMBERS],
    /// How often its block was halved, since it was last sent back to work.
    pub halved: [u8; MOST_MEMBERS],
    /// Those that were ever sent back to work.
    pub reopened: Set,
    /// Blocks that were ever made, one bit for each name.
    pub made: u8,
    /// How often a block was halved without a sign, since a piece last succeeded.
    pub blind: u8,
}

/// A promise that a step broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Breach {
    /// A piece got an id that another block has or had.
    IdUsedTwice,
    /// A member was started whose success had been acknowledged.
    StartedAfterSuccess,
    /// A failure changed a block of whose latest attempt it was not.
    FailedByAnother,
    /// A closed block was changed or replaced.
    ClosedTwice,
    /// A report was answered, and a member whose success it reported is still open.
    SuccessDropped,
}
