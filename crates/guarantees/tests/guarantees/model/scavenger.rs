//! What time does to tasks, as the scavenger's tick does it.

use task_manager::{
    attempt::closing::on_expiry,
    greenfield::{Greenfield, Phase},
    queue::{Head, requeue},
};

use super::{
    bugs::Bug,
    ledger::Word,
    scope::{Scope, Tick, scale, time},
    state::{Process, Read, State},
};

impl State {
    /// The tasks whose lease has passed.
    pub fn silent(&self, scope: &Scope) -> Vec<Read> {
        let now = self.now + Tick::from(scope.bug == Some(Bug::ExpiredEarly));
        let expired = |phase| matches!(phase, Phase::Expired { .. });
        let silent = self.tables.in_phase(now, expired).into_iter();
        silent
            .filter_map(|no| Some(Read { no, item: self.tables.tasks[usize::from(no)]? }))
            .collect()
    }

    /// Ends a silent attempt, as it was read.
    pub fn expire(&mut self, read: Read, at: Tick, scope: &Scope) {
        let at = at + Tick::from(scope.bug == Some(Bug::ExpiredEarly));
        let labourer = scope.labourer();
        if let Some(ending) = on_expiry(read.item.task(read.no), scope.context(&labourer, at)) {
            self.finish(ending, Word::None, scope.bug);
        }
    }

    /// Reads what is due, and where the queue begins.
    pub fn read_due(&self, scope: &Scope) -> Option<Process> {
        let now = self.now + Tick::from(scope.bug == Some(Bug::RequeuedEarly));
        let parked = (0_u8..).zip(self.tables.parked);
        let due = parked.filter_map(|(no, item)| Some(Read { no, item: item? }));
        let due: Vec<_> = due.filter(|read| read.item.due <= Some(now)).collect();
        let oldest = self.tables.queue(self.now).first().copied();
        let oldest = oldest.and_then(|no| self.tables.tasks[usize::from(no)]);
        let oldest = oldest.map(|item| item.greenfield().0.to_bits());
        (!due.is_empty()).then_some(Process::Requeuing { due, oldest, at: now })
    }

    /// Moves what was due back to the head of the queue.
    pub fn requeue(&mut self, due: &[Read], oldest: Option<u64>, at: Tick, scope: &Scope) {
        let due: Vec<_> = due.iter().map(|read| read.item.task(read.no)).collect();
        let Some(first) = due.iter().min_by_key(|task| task.due_at) else { return };
        let oldest = oldest.map(|bits| Greenfield(f64::from_bits(bits)));
        let mut head = Head::before(oldest, due.len() as u64, first, scale());
        let writes = requeue(due, &mut head, time(at), "model");
        let _ = self.transact(writes, Word::None, scope.bug);
    }
}
