//! The rows and the ledger, and what a transaction does to them: each [`Write`] with exactly the condition that it
//! documents.

use std::collections::BTreeSet;

use task_manager::{
    labourer::{self, frees::FreedAt},
    resource::ledger::Ledger,
    transition::Write,
};

use super::{
    super::scope::{Tick, time},
    book::{Book, CURRENT},
    bugs::Bug,
    scope::{LABOURERS, MOST_RESOURCES, Shared, labourer, number, resource},
};

/// A labourer's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    pub taken: u8,
    /// At all counters beside it; as far as they were read, if it was.
    pub freed: u8,
    pub share: Option<u8>,
    pub draining: bool,
}

impl Row {
    pub fn running(self) -> u8 {
        self.taken.saturating_sub(self.freed)
    }

    /// As decisions see it.
    pub fn state(self, of: usize, scope: &Shared, now: Tick) -> labourer::State {
        labourer::State {
            counters: scope.counters,
            freed: self.freed.into(),
            share: self.share.map(u32::from),
            draining: self.draining,
            refreshed_at: Some(time(now)),
            ..labourer::State::new(labourer(of), self.taken.into(), Shared::SLOTS)
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tables {
    pub rows: [Row; LABOURERS],
    pub book: Book,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            rows: Default::default(),
            book: Book::new(Ledger { revision: CURRENT, ..Ledger::default() }),
        }
    }
}

impl Tables {
    /// Applies all of these writes or none; whether it did.
    pub fn transact(&mut self, writes: &[Write], bug: Option<Bug>) -> bool {
        let items: BTreeSet<_> = writes.iter().map(item_of).collect();
        assert_eq!(items.len(), writes.len(), "DynamoDB takes one write of an item: {writes:?}");
        let holds = writes.iter().all(|write| self.holds(write, bug));
        if holds {
            writes.iter().for_each(|write| self.write(write));
        }
        holds
    }

    fn holds(&self, write: &Write, bug: Option<Bug>) -> bool {
        let has = |bug_of_it| bug == Some(bug_of_it);
        let has_share = |row: &Row, share: &Option<u32>| row.share.map(u32::from) == *share;
        match write {
            Write::Settle { read, .. } => self.book.revision == *read || has(Bug::TwoSharersAtOnce),
            Write::LowerShare { labourer_id, from, .. } => has_share(self.row(labourer_id), from),
            Write::Hold { labourer_id, share, freed, at_most, .. } => {
                let row = self.row(labourer_id);
                let has_no_more = u64::from(row.taken) <= u64::from(*at_most) + freed;
                has_share(row, share) && (has_no_more || has(Bug::RaisedBeforeFreed))
            }
            Write::TakeSlots { labourer_id, count, limit, freed, share, .. } => {
                let row = self.row(labourer_id);
                let (taken, freed) = (i64::from(row.taken), *freed as i64);
                let most = share.map_or(*limit, |share| share.min(*limit));
                freed <= taken
                    && taken <= i64::from(most) - i64::from(*count) + freed
                    && (has_share(row, share) || has(Bug::StaleShareAssumed))
            }
            Write::FreeSlot { labourer_id, at: FreedAt::Row, .. } => {
                self.row(labourer_id).taken >= 1
            }
            Write::FreeSlot { .. } => true,
            write => unimplemented!("{write:?}"),
        }
    }

    fn write(&mut self, write: &Write) {
        match write {
            Write::Settle { ledger, .. } => {
                self.book = Book::new(Ledger { revision: CURRENT, ..(**ledger).clone() });
            }
            Write::LowerShare { labourer_id, to, draining, .. } => {
                let row = self.row_of(labourer_id);
                row.share = to.map(|to| to as u8);
                row.draining |= draining;
            }
            Write::Hold { labourer_id, raised_to, .. } => {
                let row = self.row_of(labourer_id);
                row.share = raised_to.map(|to| to as u8).or(row.share);
            }
            Write::TakeSlots { labourer_id, count, confirm, .. } => {
                let row = self.row_of(labourer_id);
                row.taken += *count as u8;
                row.draining &= !confirm;
            }
            Write::FreeSlot { labourer_id, at, .. } => match at {
                FreedAt::Row => self.row_of(labourer_id).taken -= 1,
                _ => self.row_of(labourer_id).freed += 1,
            },
            _ => {}
        }
    }

    fn row(&self, labourer: &task_manager::ids::LabourerId) -> &Row {
        &self.rows[number(labourer)]
    }

    fn row_of(&mut self, labourer: &task_manager::ids::LabourerId) -> &mut Row {
        &mut self.rows[number(labourer)]
    }

    /// What an attempt of this labourer takes of each resource if it begins now. Of one that nothing limits, nothing.
    pub fn weighs(&self, of: usize) -> [u8; MOST_RESOURCES] {
        let holder = self.book.holders.get(&labourer(of));
        let holder = holder.filter(|_| self.rows[of].share.is_some());
        let weight = |number| Some(holder?.weights.get(&resource(number))?.now as u8);
        std::array::from_fn(|number| weight(number).unwrap_or(0))
    }

    /// Attempts that it holds in the ledger.
    pub fn held(&self, of: usize) -> u8 {
        self.book.holders.get(&labourer(of)).map_or(0, |holder| holder.held as u8)
    }

    /// The permits in force.
    pub fn in_force(&self) -> [u64; MOST_RESOURCES] {
        std::array::from_fn(|number| {
            self.book.resources.get(&resource(number)).map_or(0, |permits| permits.in_force.into())
        })
    }
}

/// Which item it is about: the ledger, or that of a labourer.
fn item_of(write: &Write) -> Option<usize> {
    match write {
        Write::LowerShare { labourer_id, .. }
        | Write::Hold { labourer_id, .. }
        | Write::TakeSlots { labourer_id, .. }
        | Write::FreeSlot { labourer_id, .. } => Some(number(labourer_id)),
        _ => None,
    }
}
