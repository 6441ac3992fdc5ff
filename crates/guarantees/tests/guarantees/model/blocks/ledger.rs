//! The observer: applies a transaction to the tables, and remembers what it meant for each member.

use task_manager::{
    task::{Status, Task},
    transition::Write,
};

use super::{
    super::scope::nth,
    bugs::{Bug, taken},
    item::{Item, Name, Set, bit, each},
    state::{Breach, Mail, State},
    tables::{Place, Tables},
};

/// On whose word a transaction is applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Word {
    /// Nobody's: time, the queue, or an operator.
    None,
    /// A report's.
    Report(Mail),
    /// Lambda's, that it will not run the block.
    Refusal,
    /// Nobody's, where the attempts of a block are spent.
    Spent,
}

impl State {
    /// Applies all of these writes or none; whether it did.
    pub fn transact(&mut self, writes: Vec<Write>, word: Word, bug: Option<Bug>) -> bool {
        let writes = bug.map_or_else(|| writes.clone(), |bug| bug.spoil(writes.clone()));
        let before = self.tables.clone();
        let applied = self.tables.transact(&writes, bug);
        if applied {
            let source = taken(&writes).map(Name::of);
            self.see_closed(&before, &writes);
            writes.iter().for_each(|write| self.see_one(write, source, word, &before));
            self.see_division(&writes, source.and_then(|name| before.find(name)), word, &before);
            self.restore_trials(&writes);
        }
        applied
    }

    fn see_closed(&mut self, before: &Tables, writes: &[Write]) {
        let is_reopened = |name: Name| {
            let of_it =
                |write: &Write| matches!(write, Write::Reopen { id, .. } if id == name.id());
            writes.iter().any(of_it)
        };
        let has_changed = before.all(Place::Closed).any(|read| {
            self.tables.items.get(&(Place::Closed, read.name)) != Some(&read.item)
                && !is_reopened(read.name)
        });
        if has_changed {
            self.break_promise(Breach::ClosedTwice);
        }
    }

    fn see_one(&mut self, write: &Write, source: Option<Name>, word: Word, before: &Tables) {
        let item = |place, id| before.get(place, id).copied();
        match write {
            Write::Claim { expected, token, .. } => {
                let members = item(Place::Tasks, &expected.id).map_or(0, |item| item.members);
                self.see_claim(members, nth(token));
            }
            Write::Unclaim { id, token, .. } => {
                for member in each(item(Place::Tasks, id).map_or(0, |item| item.members)) {
                    self.memory.begun[usize::from(member)] &= !bit(nth(token));
                    self.memory.starts[usize::from(member)] -= 1;
                }
            }
            Write::Dequeue(expected) | Write::Accept { expected, .. } => {
                if let Some(item) = item(Place::Tasks, &expected.id) {
                    self.see_report(item, word);
                    self.see_end(item, word);
                }
            }
            Write::Unpark { id, .. } => {
                if let Some(item) = item(Place::Parked, id) {
                    self.see_report(item, word);
                }
            }
            Write::Reopen { id, .. } => {
                let members = item(Place::Closed, id).map_or(0, |item| item.members);
                self.memory.reopened |= members;
                for member in each(members).map(usize::from) {
                    (self.memory.starts[member], self.memory.halved[member]) = (0, 0);
                }
            }
            Write::Queue(task) | Write::Park(task) | Write::Close(task) => {
                self.see_put(task, source)
            }
            _ => {}
        }
    }

    fn see_claim(&mut self, members: Set, nth: u8) {
        self.claims = nth;
        for member in each(members).map(usize::from) {
            self.memory.begun[member] |= bit(nth);
            self.memory.starts[member] += 1;
            if self.memory.acknowledged[member] != 0 {
                self.break_promise(Breach::StartedAfterSuccess);
            }
        }
    }

    /// A report changes this block.
    fn see_report(&mut self, item: Item, word: Word) {
        let Word::Report(mail) = word else { return };
        let succeeded = mail.succeeded() & item.members;
        if succeeded == 0 && item.claim != Some(mail.of.nth) {
            self.break_promise(Breach::FailedByAnother);
        }
        for member in each(succeeded).map(usize::from) {
            let first = &mut self.memory.acknowledged[member];
            if *first == 0 {
                *first = mail.of.nth;
            }
        }
    }

    /// The live attempt of this block ends.
    fn see_end(&mut self, item: Item, word: Word) {
        let uncounted = match word {
            Word::Report(mail) if item.claim == Some(mail.of.nth) => mail.uncounted(),
            Word::Refusal => Set::MAX,
            _ => 0,
        };
        for member in each(uncounted & item.members & !item.accepted) {
            self.memory.starts[usize::from(member)] -= 1;
        }
    }

    fn see_put(&mut self, task: &Task, source: Option<Name>) {
        let name = Name::of(&task.id);
        if source != Some(name) && self.memory.made & 1 << name.0 != 0 {
            self.break_promise(Breach::IdUsedTwice);
        }
        self.memory.made |= 1 << name.0;
    }

    /// A block whose attempts are spent is halved.
    fn see_division(
        &mut self,
        writes: &[Write],
        source: Option<(Place, Item)>,
        word: Word,
        before: &Tables,
    ) {
        let parts = writes.iter().filter(|write| matches!(write, Write::Park(_))).count();
        let (Some((_, item)), Word::Spent, 2..) = (source, word, parts) else { return };
        self.memory.blind += u8::from(before.last_success <= item.failed);
        each(item.members).for_each(|member| self.memory.halved[usize::from(member)] += 1);
    }

    /// As [`task_manager::manager`] does it after the transaction.
    fn restore_trials(&mut self, writes: &[Write]) {
        let shows_work = |write: &Write| match write {
            Write::Close(task) => {
                let is_piece = task.block.as_ref().is_some_and(|block| block.splits > 0);
                is_piece && task.closed.is_some_and(|closed| closed.status == Status::Succeeded)
            }
            _ => false,
        };
        if writes.iter().any(shows_work) {
            (self.tables.trials, self.memory.blind) = (0, 0);
        }
    }
}
