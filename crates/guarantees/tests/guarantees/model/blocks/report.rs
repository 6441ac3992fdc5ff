//! Reports, as the worker assistant takes them: applied to the block that they name and to every piece that
//! holds members of which they speak.

use task_manager::{
    attempt::closing::{Decision, Found, on_report},
    ids::TaskId,
    report::{Again, Failure, MemberFailure, Outcome, Report},
};

use super::{
    super::scope::{Tick, job_id, labourer_id, snooze, token},
    bugs::Bug,
    item::{Item, Name, each, members},
    ledger::Word,
    scope::Blocks,
    state::{Breach, End, Mail, Process, Read, State},
    tables::Place,
};

fn failure(kind: &str, again: Again) -> Failure {
    Failure { kind: kind.into(), message: String::new(), trace: None, again }
}

fn id_of(member: u8) -> TaskId {
    TaskId::of_job(&job_id(), member.into())
}

impl Mail {
    /// The report as the labourer, or Lambda for it, sent it.
    fn report(self) -> Report {
        let snoozed = || failure("snoozed", Again::Snooze(snooze()));
        let failed = || failure("failed", Again::Usual);
        let of_member = |member, failure| MemberFailure { task_id: id_of(member), failure };
        let (outcome, failures) = match self.end {
            End::Members { failed: of, snoozed: too } => {
                let failed = each(of).map(|member| of_member(member, failed()));
                let snoozed = each(too).map(|member| of_member(member, snoozed()));
                (Outcome::Success, failed.chain(snoozed).collect())
            }
            End::Crashed => (Outcome::Failure(failed()), Vec::new()),
            End::Snoozed => (Outcome::Failure(snoozed()), Vec::new()),
            End::NeverRan => {
                (Outcome::NeverRan { condition: "EventAgeExceeded".into() }, Vec::new())
            }
        };
        let by = serde_json::value::to_raw_value(&self.of.nth).unwrap();
        let results = each(self.succeeded()).map(|member| (id_of(member).to_string(), by.clone()));
        Report {
            labourer_id: Some(labourer_id()),
            claim: Some(token(0, self.of.nth)),
            members: Some(members(self.of.members)),
            failures,
            results: results.collect(),
            ..Report::new(self.of.name.id().clone(), outcome)
        }
    }
}

impl State {
    /// Looks for the next block that the report may concern.
    pub fn look(&mut self, mail: Mail, mut left: Vec<Name>, scope: &Blocks) {
        let Some(name) = left.pop() else { return self.answer(mail) };
        let Some((place, item)) = self.tables.find(name) else {
            return self.go_on(mail, left);
        };
        let read = Read { name, item };
        match decide(mail, place, read, self.now, scope) {
            Decision::Write(_) => {
                let found = Some((place, read, self.now));
                self.processes.push(Process::Reporting { mail, left, found });
            }
            _ => {
                left.extend(pieces(mail, read, scope));
                self.go_on(mail, left);
            }
        }
    }

    /// Writes what the report does to the block that was found, or looks again if it has changed.
    pub fn write_report(
        &mut self,
        mail: Mail,
        mut left: Vec<Name>,
        (place, read, at): (Place, Read, Tick),
        scope: &Blocks,
    ) {
        let Decision::Write(ending) = decide(mail, place, read, at, scope) else { return };
        match self.transact(ending.with_slot(&labourer_id()), Word::Report(mail), scope.bug) {
            true => left.extend(pieces(mail, read, scope)),
            false => left.push(read.name),
        }
        self.go_on(mail, left);
    }

    fn go_on(&mut self, mail: Mail, left: Vec<Name>) {
        match left.is_empty() {
            true => self.answer(mail),
            false => self.processes.push(Process::Reporting { mail, left, found: None }),
        }
    }

    /// The labourer hears that its report was applied.
    fn answer(&mut self, mail: Mail) {
        let is_open = |member: &u8| {
            let holds = |item: &&Item| item.members & 1 << member != 0;
            let item = self.tables.items.values().find(holds);
            item.is_some_and(|item| item.closed.is_none() && item.accepted & 1 << member == 0)
        };
        let was_closed = self.memory.reopened;
        if each(mail.succeeded() & !was_closed).any(|member| is_open(&member)) {
            self.break_promise(Breach::SuccessDropped);
        }
    }
}

fn decide(mail: Mail, place: Place, read: Read, at: Tick, scope: &Blocks) -> Decision {
    let task = Box::new(scope.task(read));
    let found = match place {
        Place::Tasks => Found::InTasks(task),
        Place::Parked => Found::Parked(task),
        Place::Closed => Found::Closed(task),
    };
    let labourer = scope.labourer();
    on_report(found, &mail.report(), scope.context(&labourer, at))
}

/// The pieces to which members went that the report speaks of.
fn pieces(mail: Mail, read: Read, scope: &Blocks) -> Vec<Name> {
    let pieces = (0..).map(Name).zip(read.item.pieces);
    let spoken_of = pieces.filter(|(_, left)| left & mail.of.members != 0).map(|(name, _)| name);
    spoken_of.filter(|_| scope.bug != Some(Bug::NamedBlockOnly)).collect()
}
