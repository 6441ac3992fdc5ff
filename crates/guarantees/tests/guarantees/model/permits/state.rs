//! A state of the world: the tables, and what is under way.

use super::{
    super::scope::Tick,
    book::Book,
    scope::{DURATION, LABOURERS, MOST_RESOURCES},
    tables::{Row, Tables},
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    pub now: Tick,
    /// The newest config that was pushed.
    pub config: usize,
    /// The newest that the ledger was written by.
    pub settled_by: usize,
    pub tables: Tables,
    pub queued: [u8; LABOURERS],
    pub coming: [u8; LABOURERS],
    /// Processes between two steps. Sorted, as all of these: who is who makes no difference.
    pub processes: Vec<Process>,
    pub attempts: Vec<Attempt>,
    /// The first promise that a step broke.
    pub breach: Option<Breach>,
}

/// A process that holds what it has read, and has not acted on it yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Process {
    /// About to claim tasks of a labourer; or to read its counters.
    Claiming { labourer: usize, row: Row, is_counted: bool },
    /// About to share permits out.
    Sharing(Sharer),
}

/// An orchestrator or a worker assistant at a pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sharer {
    /// The config it has.
    pub config: usize,
    pub turn: u64,
    pub at: Tick,
    /// The ledger that it has read.
    pub read: Book,
    /// The rows that it has read since, and what waits.
    pub seen: Option<[(Row, u8); LABOURERS]>,
    /// Has it read the counters, too?
    pub is_counted: bool,
    /// The shares that it has lowered already.
    pub lowered: usize,
}

/// A live attempt, or one that holds its slot still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt {
    pub labourer: usize,
    /// What it took of each resource when it began.
    pub weights: [u8; MOST_RESOURCES],
    pub began: Tick,
    /// The row that its report is about to hand its slot over by.
    pub reported: Option<(Row, Tick)>,
}

impl State {
    pub fn sorted(mut self) -> Self {
        self.processes.sort_unstable();
        self.attempts.sort_unstable();
        self
    }

    /// What all attempts weigh: each what it did when it began, as long as it may be live, and what those of its labourer
    /// weigh now, if that is more. One that is silent for longer holds its slot until somebody ends it.
    pub fn live(&self) -> [u64; MOST_RESOURCES] {
        let now: [_; LABOURERS] = std::array::from_fn(|number| self.tables.weighs(number));
        let mut all = [0; MOST_RESOURCES];
        for attempt in &self.attempts {
            let may_be_live = self.now <= attempt.began + DURATION;
            let weights = attempt.weights.map(|then| if may_be_live { then } else { 0 });
            let weights = weights.into_iter().zip(now[attempt.labourer]);
            all.iter_mut()
                .zip(weights)
                .for_each(|(all, (then, now))| *all += u64::from(now.max(then)));
        }
        all
    }

    /// Attempts of this labourer that took any permits and are live.
    pub fn weighty(&self, labourer: usize) -> u8 {
        let weighty = self.attempts.iter().filter(|attempt| {
            attempt.labourer == labourer
                && attempt.weights != [0; MOST_RESOURCES]
                && self.now <= attempt.began + DURATION
        });
        weighty.count() as u8
    }

    pub fn sharers(&self) -> impl Iterator<Item = &Sharer> {
        self.processes.iter().filter_map(|process| match process {
            Process::Sharing(sharer) => Some(sharer),
            Process::Claiming { .. } => None,
        })
    }
}

/// A promise that a step broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Breach {
    /// An attempt began that made what is live more than there is.
    TooMuchBegan,
}
