//! What may happen next, in any state.

use stateright::{Model, Property};

use super::{
    super::steps::distinct,
    invariants,
    scope::{LABOURERS, LATE, Shared},
    state::{Process, State},
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Time passes. Processes that decided too long ago are over.
    Tick,
    /// Another config is pushed.
    Push,
    /// A labourer gets tasks.
    Come(usize),
    /// Somebody reads the row of a labourer, to start its tasks.
    Claim(usize),
    /// Somebody with this config reads the ledger, to share permits out.
    Share { config: usize, turn: u64 },
    /// A process does its next step.
    Step(usize),
    /// An attempt ends: its report is taken.
    Report(usize),
    /// What became of its slot is written.
    HandOver(usize),
}

impl Model for Shared {
    type State = State;
    type Action = Action;

    /// Permits are shared out, and nobody has needed any yet.
    fn init_states(&self) -> Vec<State> {
        let mut state = State::default();
        assert!(state.pass(&Self { bug: None, ..self.clone() }));
        (state.queued, state.coming) = (self.queued, self.coming);
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.now < self.horizon {
            actions.push(Action::Tick);
        }
        if state.config + 1 < self.configs.len() {
            actions.push(Action::Push);
        }
        let is_coming = |of: &usize| state.coming[*of] > 0;
        actions.extend((0..LABOURERS).filter(is_coming).map(Action::Come));
        let sharers = state.sharers().count();
        if state.processes.len() - sharers < self.claimers {
            let may_claim = |of: &usize| state.may_claim(*of, state.tables.rows[*of], self);
            actions.extend((0..LABOURERS).filter(may_claim).map(Action::Claim));
        }
        if sharers < self.sharers {
            let begin = |config| (0..self.turns).map(move |turn| Action::Share { config, turn });
            actions.extend(self.known(state.config).flat_map(begin));
        }
        actions.extend(distinct(&state.processes).map(Action::Step));
        actions.extend(distinct(&state.attempts).map(|attempt| {
            match state.attempts[attempt].reported {
                None => Action::Report(attempt),
                Some(_) => Action::HandOver(attempt),
            }
        }));
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Tick => {
                state.now += 1;
                let now = state.now;
                state.processes.retain(|process| match process {
                    Process::Sharing(sharer) => now <= sharer.at + LATE,
                    Process::Claiming { .. } => true,
                });
            }
            Action::Push => state.config += 1,
            Action::Come(of) => state.queued[of] += std::mem::take(&mut state.coming[of]),
            Action::Claim(labourer) => state.begin_to_claim(labourer, self),
            Action::Share { config, turn } => state.begin_to_share(config, turn),
            Action::Report(attempt) => state.report(attempt, self),
            Action::HandOver(attempt) => state.hand_over(attempt, self),
            Action::Step(process) => match state.processes.remove(process) {
                Process::Sharing(sharer) => {
                    let sharer = sharer.step(&mut state, self);
                    state.processes.extend(sharer.map(Process::Sharing));
                }
                Process::Claiming { labourer, row, is_counted: true } => {
                    state.claim(labourer, row, self);
                }
                Process::Claiming { labourer, mut row, .. } => {
                    row.freed = state.tables.rows[labourer].freed;
                    state.processes.push(Process::Claiming { labourer, row, is_counted: true });
                }
            },
        }
        let state = state.sorted();
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        invariants::all()
    }
}
