//! What is explored: how much of what.

use task_manager::{
    attempt::closing::Context,
    labourer::{Labourer, frees::Frees},
    task::Task,
};

use super::{
    super::scope::{self, Tick},
    bugs::Bug,
    item::Set,
    recovery::Known,
    state::Read,
};

/// A world with one block.
#[derive(Clone, Debug)]
pub struct Blocks {
    /// Members of the block.
    pub size: u8,
    pub max_attempts: u8,
    /// Time ends here.
    pub horizon: Tick,
    /// How many things go wrong, at most: crashes, refusals, failures, lost and doubled messages.
    pub trouble: u8,
    /// How many blocks operators cancel or send back to work.
    pub operations: u8,
    /// Processes that are at work at once.
    pub at_once: usize,
    /// Trials that were taken before.
    pub trials: u8,
    /// How often the block, its attempts spent, has waited for a sign before.
    pub looks: u8,
    /// Do other tasks of the labourer succeed some time?
    pub signs: bool,
    /// May members be snoozed while others fail?
    pub snoozes: bool,
    /// What is broken on purpose.
    pub bug: Option<Bug>,
    /// What is known of recoveries.
    pub known: Known,
}

impl Blocks {
    /// A block of three whose labourer works, and nothing that goes wrong.
    pub fn small() -> Self {
        Self {
            size: 3,
            max_attempts: 1,
            horizon: 0,
            trouble: 0,
            operations: 0,
            at_once: 2,
            trials: 0,
            looks: 0,
            signs: false,
            snoozes: false,
            bug: None,
            known: Known::default(),
        }
    }

    pub fn origin(&self) -> Set {
        (1 << self.size) - 1
    }

    /// Halvings until there are single members.
    pub fn halvings(&self) -> u8 {
        self.size.next_power_of_two().trailing_zeros() as u8
    }

    /// Its reports must prove which attempt they are of.
    pub fn labourer(&self) -> Labourer {
        let labourer = scope::labourer(self.size.into(), self.max_attempts.into());
        Labourer { require_claim: true, ..labourer }
    }

    pub fn context<'a>(&self, labourer: &'a Labourer, at: Tick) -> Context<'a> {
        scope::context(labourer, Frees { counters: 0, knows_unclaimed: true }, at)
    }

    /// The block that was read, as decisions see it.
    pub fn task(&self, read: Read) -> Task {
        let mut task = read.item.task(read.name);
        self.bug.into_iter().for_each(|bug| bug.spoil_read(&mut task));
        task
    }
}
