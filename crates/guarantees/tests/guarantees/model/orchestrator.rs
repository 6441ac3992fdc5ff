//! Starting attempts, as an orchestrator's tick (and a handover, from the invocation on) does it.

use task_manager::{
    attempt::{
        closing,
        dispatch::{check, claim, may_still_invoke, unclaim},
        invocation,
    },
    transition::Write,
};

use super::{
    bugs::Bug,
    ledger::Word,
    scope::{LEASE, Scope, Tick, labourer_id, scale, time, token},
    state::{Attempt, Process, Read, Refusal, State},
    system::Answer,
};

impl State {
    /// Reads row and heads.
    pub fn read_heads(&self, scope: &Scope) -> Option<Process> {
        let row = self.tables.row(scope, self.now);
        let free = row.free(scope.slots, time(self.now));
        let heads = self.tables.queue(self.now).into_iter().take(free as usize);
        let heads: Vec<_> = heads.filter_map(|no| self.read_usable(no, scope)).collect();
        let (at, freed) = (self.now, self.tables.freed);
        (!heads.is_empty()).then_some(Process::Claiming { heads, at, freed })
    }

    pub fn read_usable(&self, no: u8, scope: &Scope) -> Option<Read> {
        let read = Read { no, item: self.tables.tasks[usize::from(no)]? };
        check(&read.item.task(no), &scope.labourer()).is_ok().then_some(read)
    }

    /// Claims a batch, whose attempts are then invoked each by itself.
    pub fn claim_batch(&mut self, heads: &[Read], at: Tick, freed: u32, scope: &Scope) {
        let mut writes: Vec<_> = heads.iter().map(|read| self.begin(*read, at).1).collect();
        let is_more = freed > 0 && scope.bug == Some(Bug::StaleSumTakenForMore);
        writes.push(Write::TakeSlots {
            labourer_id: labourer_id(),
            count: heads.len() as u32,
            tasks: heads.len() as u64,
            limit: scope.slots,
            freed: u64::from(freed) + u64::from(is_more),
            share: None,
            now: time(at),
            confirm: true,
        });
        let claimed: Vec<_> = heads.iter().map(|read| self.begin(*read, at).0).collect();
        if self.transact(writes, Word::None, scope.bug).is_ok() {
            self.processes.extend(claimed);
        }
    }

    /// The claim of a task, and what follows when it is won.
    pub fn begin(&self, read: Read, at: Tick) -> (Process, Write) {
        let nth = self.memory[usize::from(read.no)].claims + 1;
        let (_, write) = claim_of(read, nth, at);
        (Process::Invoking { read, nth, at }, write)
    }

    /// Lambda answers, unless it is too late to ask.
    pub fn invoke(&mut self, read: Read, nth: u8, at: Tick, answer: Answer) {
        let attempt = attempt(read, nth, at);
        let in_time = may_still_invoke(&attempt, time(self.now));
        let take_back = |why| Process::TakingBack { read, nth, at, why };
        match answer {
            _ if !in_time => self.processes.push(take_back(Refusal::Throttled)),
            Answer::Accepted => {
                let expires = at + LEASE;
                self.events.push(Attempt { no: read.no, nth, expires, is_doubled: false });
            }
            Answer::Throttled => self.processes.push(take_back(Refusal::Throttled)),
            Answer::Missing => self.processes.push(take_back(Refusal::Missing)),
            Answer::Lost => {}
        }
    }

    /// Takes back a claim whose invocation was refused for certain. If the task is not what the
    /// claim left any more, others have decided, or the lease will.
    pub fn take_back(&mut self, read: Read, nth: u8, at: Tick, why: Refusal, scope: &Scope) {
        let attempt = attempt(read, nth, at);
        match why {
            Refusal::Throttled => {
                let writes = unclaim(&attempt, scope.frees(), time(self.now), "busy", "model");
                let _ = self.transact(writes, Word::None, scope.bug);
            }
            Refusal::Missing => {
                let latest = self.tables.tasks[usize::from(read.no)];
                let Some(item) = latest.filter(|item| item.claim == Some(nth)) else { return };
                let task = item.task(read.no);
                let labourer = scope.labourer();
                let ctx = scope.context(&labourer, self.now);
                let ending = closing::on_refused(task, "missing", "no such function", ctx);
                self.finish(ending, Word::Refusal, scope.bug);
            }
        }
    }
}

fn claim_of(read: Read, nth: u8, at: Tick) -> (invocation::Attempt, Write) {
    let lease = time(LEASE).since(time(0));
    claim(read.item.task(read.no), token(read.no, nth), time(at), lease, scale(), "model")
}

/// An attempt as its claim decided it.
pub fn attempt(read: Read, nth: u8, at: Tick) -> invocation::Attempt {
    claim_of(read, nth, at).0
}
