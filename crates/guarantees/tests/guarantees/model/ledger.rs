//! The observer: applies a transaction to the tables, and remembers what it meant.

use task_manager::{attempt::closing::Fate, transition::Write};

use super::{
    bugs::Bug,
    item::bit,
    scope::{nth, number},
    state::{Breach, Mail, Outcome, State},
};

/// On whose word a transaction is applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Word {
    /// Nobody's: time, or the queue.
    None,
    /// A report's.
    Report(Mail, Fate),
    /// Lambda's, that it will not run the task.
    Refusal,
}

impl State {
    /// Applies `writes`, or returns those whose conditions do not hold.
    pub fn transact(
        &mut self,
        writes: Vec<Write>,
        word: Word,
        bug: Option<Bug>,
    ) -> Result<(), Vec<usize>> {
        let writes = bug.map_or_else(|| writes.clone(), |bug| bug.spoil(writes.clone()));
        let before = self.tables.clone();
        self.tables.transact(&writes, bug)?;
        if self
            .tables
            .closed
            .iter()
            .zip(&before.closed)
            .any(|(now, was)| was.is_some() && now != was)
        {
            self.break_promise(Breach::ClosedTwice);
        }
        for write in &writes {
            match write {
                Write::Claim { expected, token, .. } => {
                    self.see_claim(number(&expected.id), nth(token))
                }
                Write::Unclaim { id, token, .. } => {
                    let memory = self.memory(number(id));
                    memory.begun &= !bit(nth(token));
                    memory.attempts = memory.attempts.wrapping_sub(1);
                }
                Write::Park(task) if word != Word::None => {
                    let is_uncounted = match word {
                        Word::Report(mail, _) => {
                            matches!(mail.outcome, Outcome::Snooze | Outcome::NeverRan)
                        }
                        word => word == Word::Refusal,
                    };
                    let memory = self.memory(number(&task.id));
                    memory.attempts = memory.attempts.wrapping_sub(u32::from(is_uncounted));
                }
                Write::Queue(task) => {
                    let no = number(&task.id);
                    let parked = before.parked[usize::from(no)];
                    if parked.and_then(|item| item.due).is_some_and(|due| due > self.now) {
                        self.break_promise(Breach::RequeuedEarly);
                    }
                    self.memory(no).created = true;
                }
                Write::Dequeue(expected) => {
                    let no = number(&expected.id);
                    let latest = before.tasks[usize::from(no)].and_then(|item| item.claim);
                    if let Word::Report(mail, _) = word
                        && mail.outcome != Outcome::Success
                        && latest != Some(mail.nth)
                    {
                        self.break_promise(Breach::FailedByAnother);
                    }
                }
                _ => {}
            }
        }
        if let Word::Report(Mail { no, nth, outcome: Outcome::Success }, _) = word {
            self.memory(no).acknowledged.get_or_insert(nth);
        }
        Ok(())
    }

    fn see_claim(&mut self, no: u8, nth: u8) {
        let memory = self.memory(no);
        memory.claims = nth;
        memory.begun |= bit(nth);
        memory.attempts += 1;
        if memory.acknowledged.is_some() {
            self.break_promise(Breach::StartedAfterSuccess);
        }
    }
}
