//! How attempts begin and end.

use task_manager::{
    labourer::{counts::Counts, frees::FreedAt},
    transition::Write,
};

use super::{
    super::scope::time,
    bugs::Bug,
    scope::{Shared, labourer},
    state::{Attempt, Breach, Process, State},
    tables::Row,
};

impl State {
    /// Somebody reads a row, to claim tasks.
    pub fn begin_to_claim(&mut self, labourer: usize, scope: &Shared) {
        let row = Row { freed: 0, ..self.tables.rows[labourer] };
        let is_counted = scope.counters == 0;
        self.processes.push(Process::Claiming { labourer, row, is_counted });
    }

    /// May whoever has read this claim anything? Without a share nobody does who knows that it takes one.
    pub fn may_claim(&self, of: usize, row: Row, scope: &Shared) -> bool {
        let is_allowed = row.share.is_some() || scope.may_be_unlimited(self.config, of);
        is_allowed && self.queued[of] > 0
    }

    /// Claims as many tasks as the row has slots for.
    pub fn claim(&mut self, of: usize, row: Row, scope: &Shared) {
        let now = time(self.now);
        let free = row.state(of, scope, self.now).free(Shared::SLOTS, now);
        let count = free.min(self.queued[of].into());
        if count == 0 || !self.may_claim(of, row, scope) {
            return;
        }
        let take = Write::TakeSlots {
            labourer_id: labourer(of),
            count,
            tasks: count.into(),
            limit: Shared::SLOTS,
            freed: row.freed.into(),
            share: row.share.map(u32::from),
            now,
            confirm: true,
        };
        if self.tables.transact(&[take], scope.bug) {
            self.begin(of, count as u8);
        }
    }

    /// Attempts begin. None of them may raise what is live above the permits in force: what a lowered limit or a raised
    /// weight finds alive may stay, but nothing that takes any of the resource is added while there is too much of it.
    fn begin(&mut self, of: usize, count: u8) {
        let before = self.live();
        let weights = self.tables.weighs(of);
        let attempt = Attempt { labourer: of, weights, began: self.now, reported: None };
        self.queued[of] -= count;
        self.attempts.extend((0..count).map(|_| attempt));
        self.must_not_exceed(before);
    }

    fn must_not_exceed(&mut self, before: [u64; 2]) {
        let (after, in_force) = (self.live(), self.tables.in_force());
        let is_too_much = |n: usize| after[n] > before[n] && after[n] > in_force[n];
        if (0..after.len()).any(is_too_much) {
            self.breach.get_or_insert(Breach::TooMuchBegan);
        }
    }

    /// A worker assistant takes the report of an attempt, and reads the row that its slot is handed over by. If it
    /// is not, the attempt ends.
    pub fn report(&mut self, which: usize, scope: &Shared) {
        let of = self.attempts[which].labourer;
        let now = self.tables.rows[of];
        // Its counters are read only if it is draining.
        let row = if now.draining { now } else { Row { freed: 0, ..now } };
        match self.may_hand_over(of, row, scope) {
            true => self.attempts[which].reported = Some((row, self.now)),
            false => self.free(which, scope),
        }
    }

    fn may_hand_over(&self, of: usize, row: Row, scope: &Shared) -> bool {
        let state = row.state(of, scope, self.now);
        self.may_claim(of, row, scope) && state.allows_handover(time(self.now))
    }

    /// The attempt ends, and another one gets its slot if anything waits. The row is not written.
    pub fn hand_over(&mut self, which: usize, scope: &Shared) {
        let of = self.attempts[which].labourer;
        if self.queued[of] == 0 {
            return self.free(which, scope);
        }
        let before = self.live();
        self.queued[of] -= 1;
        let weights = self.tables.weighs(of);
        self.attempts[which] = Attempt { labourer: of, weights, began: self.now, reported: None };
        self.must_not_exceed(before);
    }

    fn free(&mut self, which: usize, scope: &Shared) {
        let of = self.attempts.remove(which).labourer;
        let at = if scope.counters == 0 { FreedAt::Row } else { FreedAt::Counter(0) };
        let counts = Counts::default();
        let free = Write::FreeSlot { labourer_id: labourer(of), at, counts };
        let is_free = self.tables.transact(&[free], scope.bug);
        assert!(is_free || scope.bug == Some(Bug::StaleShareAssumed), "a slot leaked");
    }
}
