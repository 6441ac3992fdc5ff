//! What is done to a block without a report: between reading it and acting on it, everything else may happen.

use std::time::Duration;

use task_manager::{
    attempt::{
        closing::{self, Ending},
        dispatch::{check, claim, is_spent_block, unclaim},
        invocation::Attempt,
    },
    greenfield::Phase,
    queue::{Head, line_up, reopen, requeue},
    task::{Status, Task},
    time::Timestamp,
    transition::Write,
};

use super::{
    super::scope::{LEASE, Tick, job_id, labourer_id, scale, time, token},
    bugs::Bug,
    item::Name,
    ledger::Word,
    scope::Blocks,
    state::{Act, Process, Read, Refusal, Run, Sign, State},
    system::Answer,
    tables::{Place, Tables},
};

impl State {
    /// What the state of each block calls for, but for operators.
    pub fn calls(&self) -> Vec<(Act, Name)> {
        let tasks = self.tables.all(Place::Tasks).filter_map(|read| {
            let act = match Tables::phase(&read.item, self.now) {
                Phase::Queued => Act::Start,
                Phase::Expired { .. } => Act::Expire,
                Phase::Running { .. } => return None,
            };
            Some((act, read.name))
        });
        let due = self.tables.all(Place::Parked).filter(|read| read.item.due <= Some(self.now));
        tasks.chain(due.map(|read| (Act::Requeue, read.name))).collect()
    }

    /// What operators may do to each block.
    pub fn operations(&self) -> Vec<(Act, Name)> {
        let is_queued = |read: &Read| Tables::phase(&read.item, self.now) == Phase::Queued;
        let queued = self.tables.all(Place::Tasks).filter(is_queued);
        let waiting = queued.chain(self.tables.all(Place::Parked));
        let closed = self.tables.all(Place::Closed);
        let exhausted = closed.filter(|read| read.item.closed == Some(Status::Exhausted));
        let ignored = waiting.map(|read| (Act::Ignore, read.name));
        ignored.chain(exhausted.map(|read| (Act::Reopen, read.name))).collect()
    }

    /// Reads a block, to act on it.
    pub fn read(&mut self, what: Act, name: Name) {
        let Some((_, item)) = self.tables.find(name) else { return };
        let sign = Sign { last_success: self.tables.last_success, trials: self.tables.trials };
        let sign = if what == Act::Start { sign } else { Sign::default() };
        let read = Read { name, item };
        self.processes.push(Process::Acting { what, read, at: self.now, sign });
    }

    pub fn act(
        &mut self,
        what: Act,
        (read, at): (Read, Tick),
        sign: Sign,
        answer: Answer,
        scope: &Blocks,
    ) {
        let labourer = scope.labourer();
        let (task, ctx) = (scope.task(read), scope.context(&labourer, at));
        match what {
            Act::Start => self.start((read, at), sign, answer, scope),
            Act::Expire => {
                let ending = closing::on_expiry(task, ctx);
                ending.into_iter().for_each(|ending| self.end(&ending, Word::None, scope));
            }
            Act::Ignore => {
                let ending = closing::on_ignored(task, ctx);
                ending.into_iter().for_each(|ending| self.end(&ending, Word::None, scope));
            }
            Act::Requeue => {
                let first = Task { due_at: Some(self.moment(at)), ..task.clone() };
                let mut head = Head::before(None, 1, &first, scale());
                let writes = requeue(vec![task], &mut head, time(at), "model");
                self.transact(writes, Word::None, scope.bug);
            }
            Act::Reopen => {
                let writes =
                    reopen(&[task], Some(&job_id()), None, (self.moment(at), scale()), "model");
                self.transact(writes, Word::None, scope.bug);
            }
        }
    }

    /// Between two attempts time passes, be it less than a tick: a block does not return to where it stood.
    fn moment(&self, at: Tick) -> Timestamp {
        time(at) + Duration::from_millis(self.claims.into())
    }

    fn end(&mut self, ending: &Ending, word: Word, scope: &Blocks) {
        self.transact(ending.with_slot(&labourer_id()), word, scope.bug);
    }

    fn start(&mut self, (read, at): (Read, Tick), sign: Sign, answer: Answer, scope: &Blocks) {
        let labourer = scope.labourer();
        let (task, ctx) = (scope.task(read), scope.context(&labourer, at));
        if is_spent_block(&task, &labourer) {
            let trials = if scope.bug == Some(Bug::HalvedBlindly) { 0 } else { sign.trials };
            let last_success = sign.last_success.map(time);
            let ending = closing::on_spent(task, last_success, trials.into(), ctx);
            return self.end(&ending, Word::Spent, scope);
        }
        if let Err(why) = check(&task, &labourer) {
            let ending = closing::on_unusable(task, why.kind, &why.message, ctx);
            return self.end(&ending, Word::None, scope);
        }
        let nth = self.claims + 1;
        let (_, claim) = attempt(read, nth, at);
        let slot = Write::TakeSlots {
            labourer_id: labourer_id(),
            count: 1,
            tasks: 1,
            limit: u32::MAX,
            freed: 0,
            share: None,
            now: time(at),
            confirm: true,
        };
        if !self.transact(vec![claim, slot], Word::None, scope.bug) {
            return;
        }
        let why = match answer {
            Answer::Accepted => {
                return self.runs.push(Run { name: read.name, nth, members: read.item.members });
            }
            Answer::Throttled => Refusal::Throttled,
            Answer::Missing => Refusal::Missing,
        };
        self.processes.push(Process::TakingBack { read, nth, at, why });
    }

    /// Takes back a claim whose invocation was refused for certain.
    pub fn take_back(&mut self, read: Read, nth: u8, at: Tick, why: Refusal, scope: &Blocks) {
        let labourer = scope.labourer();
        let ctx = scope.context(&labourer, self.now);
        if why == Refusal::Throttled {
            let (attempt, _) = attempt(read, nth, at);
            let writes = unclaim(&attempt, ctx.frees, ctx.now, "busy", "model");
            self.transact(writes, Word::None, scope.bug);
            return;
        }
        let latest = self.tables.items.get(&(Place::Tasks, read.name)).copied();
        if let Some(item) = latest.filter(|item| item.claim == Some(nth)) {
            let task = scope.task(Read { item, ..read });
            let ending = closing::on_refused(task, "missing", "no such function", ctx);
            self.end(&ending, Word::Refusal, scope);
        }
    }
}

fn attempt(read: Read, nth: u8, at: Tick) -> (Attempt, Write) {
    let lease = time(LEASE).since(time(0));
    claim(read.item.task(read.name), token(0, nth), time(at), lease, scale(), "model")
}

/// Lines a block up alone.
pub fn lined_up(mut task: Task, at: Tick) -> Task {
    line_up(std::slice::from_mut(&mut task), None, time(at), scale());
    task
}
