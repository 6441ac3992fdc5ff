//! Reports, as the worker assistant takes them.

use task_manager::{
    attempt::closing::{Decision, Ending, Found, Unchanged, on_report},
    report::{self, Again},
};

use super::{
    bugs::Bug,
    ledger::Word,
    scope::{Scope, Tick, labourer_id, snooze, task_id, time, token},
    state::{Breach, Mail, Outcome, Place, Process, Read, State},
};

impl Mail {
    /// The report as the labourer sent it.
    fn report(self, bug: Option<Bug>) -> report::Report {
        let failure = |again| {
            report::Outcome::Failure(report::Failure {
                kind: "failed".into(),
                message: String::new(),
                trace: None,
                again,
            })
        };
        let outcome = match self.outcome {
            Outcome::NeverRan if bug != Some(Bug::NeverRanCounted) => {
                report::Outcome::NeverRan { condition: "EventAgeExceeded".to_owned() }
            }
            Outcome::Success => report::Outcome::Success,
            Outcome::Snooze => failure(Again::Snooze(snooze())),
            Outcome::Failure | Outcome::NeverRan => failure(Again::Usual),
        };
        let by = serde_json::value::to_raw_value(&self.nth.to_string()).unwrap();
        let result = [("by".to_owned(), by)];
        let is_success = self.outcome == Outcome::Success;
        let says_claim = bug != Some(Bug::ReportsWithoutClaim);
        report::Report {
            labourer_id: Some(labourer_id()),
            claim: says_claim.then(|| token(self.no, self.nth)),
            result: result.into_iter().filter(|_| is_success).collect(),
            ..report::Report::new(task_id(self.no), outcome)
        }
    }
}

impl State {
    /// Looks into the tasks table, then into all of them at once. Where the task is found, the
    /// assistant decides, and picks any of the heads that the window shows for the slot: `pick`
    /// counts among them, past their end it hands nothing over.
    pub fn read(&mut self, mail: Mail, reads: u8, pick: usize, scope: &Scope) {
        let no = usize::from(mail.no);
        let place = match reads {
            0 => self.tables.tasks[no].map(Place::Tasks),
            _ if self.tables.closed[no].is_some() => return,
            _ if scope.bug == Some(Bug::LooksTableByTable) => {
                self.tables.parked[no].map(Place::Parked)
            }
            _ => self.place_of(mail.no),
        };
        match place {
            Some(found) => {
                let next = self.heads_for(mail, found, scope).get(pick).copied();
                self.processes.push(Process::Ending { mail, found, at: self.now, next });
            }
            None if reads == 0 => self.processes.push(Process::Finding { mail, reads: 1 }),
            None => self.nowhere(mail, scope),
        }
    }

    /// Where a task is that is not closed.
    pub fn place_of(&self, no: u8) -> Option<Place> {
        let no = usize::from(no);
        let queued = self.tables.tasks[no].map(Place::Tasks);
        queued.or(self.tables.parked[no].map(Place::Parked))
    }

    fn nowhere(&mut self, mail: Mail, scope: &Scope) {
        let decision = self.decide(mail, Found::Nowhere, self.now, scope);
        let is_unknown = decision == Decision::Leave(Unchanged::Unknown);
        let exists = self.memory[usize::from(mail.no)].created;
        if is_unknown && exists && mail.outcome == Outcome::Success {
            self.break_promise(Breach::SuccessUnknown);
        }
    }

    fn decide(&self, mail: Mail, found: Found, at: Tick, scope: &Scope) -> Decision {
        let labourer = scope.labourer();
        on_report(found, &mail.report(scope.bug), scope.context(&labourer, at))
    }

    /// The heads that may get the slot of this attempt.
    pub fn heads_for(&self, mail: Mail, found: Place, scope: &Scope) -> Vec<Read> {
        let row = self.tables.row_alone(scope, self.now);
        match self.decide(mail, found.found(mail.no), self.now, scope) {
            Decision::Write(ending)
                if ending.leaves_counted_slot() && row.allows_handover(time(self.now)) =>
            {
                let heads = self.tables.queue(self.now).into_iter();
                let heads = heads.take(row.window(scope.slots) as usize);
                heads.filter_map(|no| self.read_usable(no, scope)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Ends the attempt, with the claim of the next task or giving its slot back.
    pub fn end(&mut self, mail: Mail, found: Place, at: Tick, next: Option<Read>, scope: &Scope) {
        let decision = self.decide(mail, found.found(mail.no), at, scope);
        let Decision::Write(ending) = decision else { return };
        let word = Word::Report(mail, ending.fate());
        let Some(read) = next else {
            if !self.finish(ending, word, scope.bug) {
                self.processes.push(Process::Finding { mail, reads: 0 });
            }
            return;
        };
        let own = ending.writes.len();
        let (invoking, claim) = self.begin(read, self.now);
        let writes = ending.writes.into_iter().chain([claim]).collect();
        let then = match self.transact(writes, word, scope.bug) {
            Ok(()) => invoking,
            Err(places) if places.iter().any(|place| *place < own) => {
                Process::Finding { mail, reads: 0 }
            }
            // Others were at this head: the slot is given back.
            Err(_) => Process::Ending { mail, found, at, next: None },
        };
        self.processes.push(then);
    }

    /// Applies an ending and gives its slot back; one that was never counted is not given back.
    pub fn finish(&mut self, ending: Ending, word: Word, bug: Option<Bug>) -> bool {
        let mut writes = ending.with_slot(&labourer_id());
        let slot = writes.len() - 1;
        match self.transact(writes.clone(), word, bug) {
            Ok(()) => true,
            Err(places) if ending.slot.is_some() && places == [slot] => {
                writes.pop();
                self.transact(writes, word, bug).is_ok()
            }
            Err(_) => false,
        }
    }
}
