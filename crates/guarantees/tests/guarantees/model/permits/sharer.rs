//! Those who share permits out: what they read, and what they do by it.

use task_manager::{
    resource::ledger::{Ledger, User},
    sharing::{Party, Step, next},
    transition::Write,
};

use super::{
    super::scope::time,
    bugs::Bug,
    scope::{LABOURERS, Shared, labourer, lease, pushed_at},
    state::{Process, Sharer, State},
};

impl Sharer {
    /// The ledger by its config; nothing, if that is older than the ledger's.
    fn under_config(&self, scope: &Shared) -> Option<Ledger> {
        let pushed = match scope.bug {
            Some(Bug::OlderConfigRaises) => pushed_at(self.config).max(self.read.pushed + 1),
            _ => pushed_at(self.config),
        };
        if pushed < self.read.pushed {
            return None;
        }
        let resources = scope.resources(self.config);
        let all: Vec<_> = (0..LABOURERS)
            .map(|number| (labourer(number), scope.uses(self.config, number)))
            .filter(|(id, uses)| !uses.is_empty() || self.read.holders.contains_key(id))
            .collect();
        let users = all.iter().map(|(id, weights)| User { id, weights, lease: lease() });
        let users: Vec<_> = users.collect();
        let (ledger, _) = (*self.read).clone().under(&resources, &users, pushed, time(self.at));
        Some(ledger)
    }

    fn parties(&self, ledger: &Ledger, scope: &Shared) -> Vec<Party> {
        let seen = self.seen.iter().flatten().enumerate();
        let party = |(number, (row, queued)): (usize, &(_, u8))| {
            let row: super::tables::Row = *row;
            let mut row = row.state(number, scope, self.at);
            let is_limited = !scope.uses(self.config, number).is_empty();
            let wants = (row.running() + u32::from(*queued)).min(Shared::SLOTS);
            if let (Some(Bug::RaisedBeforeFreed), Some(share)) = (scope.bug, row.share) {
                row.taken = row.taken.min(row.freed + u64::from(share));
            }
            let is_party = is_limited || ledger.holders.contains_key(&row.labourer_id);
            is_party.then_some(Party { row, is_limited, wants })
        };
        seen.filter_map(party).collect()
    }

    /// What it does next, by what it has read.
    pub fn decide(&self, scope: &Shared) -> Step {
        let Some(ledger) = self.under_config(scope) else { return Step::Nothing };
        let parties = self.parties(&ledger, scope);
        let now = time(self.at);
        if scope.bug != Some(Bug::WeightIgnored) {
            return next(&self.read, &ledger, &parties, self.turn, now);
        }
        let mut step = next(&ignoring(&self.read), &ignoring(&ledger), &parties, self.turn, now);
        if let Step::Settle(writes) = &mut step {
            writes.iter_mut().for_each(|write| weigh_again(write, &ledger));
        }
        step
    }

    /// Does a step of its own. Answers itself, if there is more to be done by what it has read.
    pub fn step(mut self, state: &mut State, scope: &Shared) -> Option<Self> {
        if self.seen.is_none() {
            let row = |row: super::tables::Row| super::tables::Row { freed: 0, ..row };
            let rows = std::array::from_fn(|n| (row(state.tables.rows[n]), state.queued[n]));
            self.seen = Some(rows);
            self.is_counted = scope.counters == 0;
            return self.unless_done(scope);
        }
        if !self.is_counted {
            let rows = self.seen.iter_mut().flatten().zip(&state.tables.rows);
            rows.for_each(|((row, _), now)| row.freed = now.freed);
            self.is_counted = true;
            return self.unless_done(scope);
        }
        match self.decide(scope) {
            Step::Nothing => None,
            Step::Part(writes) => {
                if self.apply(&writes, state, scope) {
                    state.age_reads();
                }
                None
            }
            Step::Lower(writes) => {
                let write = writes.get(self.lowered)?;
                state.tables.transact(std::slice::from_ref(write), scope.bug);
                self.lowered += 1;
                // Then it reads again: as one who begins does.
                (self.lowered < writes.len()).then_some(self)
            }
            Step::Settle(writes) => {
                if self.apply(&writes, state, scope) {
                    state.settled_by = state.settled_by.max(self.config);
                    state.age_reads();
                }
                None
            }
        }
    }

    /// Writes the ledger, with what else there is; whether it did.
    fn apply(&self, writes: &[Write], state: &mut State, scope: &Shared) -> bool {
        let is_alone = |write: &&Write| match (scope.bug, write) {
            (Some(Bug::LetGoAlone), Write::LowerShare { to, .. }) => to.is_none(),
            (Some(Bug::LimitedAlone), Write::LowerShare { to, .. }) => to.is_some(),
            _ => false,
        };
        if let Some(write) = writes.iter().find(is_alone) {
            state.tables.transact(std::slice::from_ref(write), scope.bug);
            return false;
        }
        state.tables.transact(writes, scope.bug)
    }

    /// Who has nothing to do is gone.
    fn unless_done(self, scope: &Shared) -> Option<Self> {
        (!self.is_counted || self.decide(scope) != Step::Nothing).then_some(self)
    }
}

impl State {
    /// Somebody begins a pass.
    pub fn begin_to_share(&mut self, config: usize, turn: u64) {
        let (at, read) = (self.now, self.tables.book.clone());
        let (seen, is_counted, lowered) = (None, false, 0);
        let sharer = Sharer { config, turn, at, read, seen, is_counted, lowered };
        self.processes.push(Process::Sharing(sharer));
    }

    /// The ledger is another one: all that was read of it is old.
    fn age_reads(&mut self) {
        for process in &mut self.processes {
            if let Process::Sharing(sharer) = process {
                sharer.read = sharer.read.aged();
            }
        }
    }

    /// A pass with nobody in its way, up to its end; whether it comes to one.
    pub fn pass(&mut self, scope: &Shared) -> bool {
        self.processes.clear();
        for _ in 0..6 {
            let before = (self.tables.book.clone(), self.tables.rows);
            self.begin_to_share(self.config, 0);
            while let Some(Process::Sharing(sharer)) = self.processes.pop() {
                let sharer = sharer.step(self, scope);
                self.processes.extend(sharer.map(Process::Sharing));
            }
            if before == (self.tables.book.clone(), self.tables.rows) {
                return true;
            }
        }
        false
    }
}

/// As if every attempt took one permit.
fn ignoring(ledger: &Ledger) -> Ledger {
    let mut ledger = ledger.clone();
    let holders = ledger.holders.values_mut();
    holders.flat_map(|holder| holder.weights.values_mut()).for_each(|weight| weight.now = 1);
    ledger
}

fn weigh_again(write: &mut Write, as_in: &Ledger) {
    if let Write::Settle { ledger, .. } = write {
        for (id, holder) in &mut ledger.holders {
            holder.weights.clone_from(&as_in.holders[id].weights);
        }
    }
}
