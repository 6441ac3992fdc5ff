//! What may happen next, in any state.

use stateright::{Model, Property};

use super::{
    super::steps::distinct,
    invariants,
    item::{Item, MOST_MEMBERS, Name, Set, new_block},
    scope::Blocks,
    state::{Act, End, Mail, Process, State},
    steps::lined_up,
    tables::Place,
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Time passes.
    Tick,
    /// Another task of the labourer succeeds.
    Sign,
    /// Someone reads a block, to act on it.
    Read(Act, Name),
    /// A worker assistant takes a report, which may come again, and finds the block that it names.
    Take { report: usize, comes_again: bool },
    /// A process does its next step; Lambda answers, if it is asked.
    Step { process: usize, answer: Answer },
    /// A worker assistant is killed: its report comes again.
    Crash(usize),
    /// A run ends. If Lambda has delivered the event twice, another run goes on.
    EndRun { run: usize, end: End, goes_on: bool },
}

/// What Lambda does with an invocation. (That it is lost is as if it were silent.)
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    Accepted,
    Throttled,
    Missing,
}

impl Action {
    fn is_trouble(self) -> bool {
        match self {
            Self::Take { comes_again, .. } => comes_again,
            Self::Step { answer, .. } => answer != Answer::Accepted,
            Self::EndRun { end, goes_on, .. } => goes_on || end != ALL_SUCCEED,
            Self::Crash(_) => true,
            Self::Tick | Self::Sign | Self::Read(..) => false,
        }
    }
}

const ALL_SUCCEED: End = End::Members { failed: 0, snoozed: 0 };

impl Blocks {
    /// Every way in which a run of these members may end.
    fn ends(&self, members: Set) -> Vec<End> {
        let within = |all: Set| (0..1 << MOST_MEMBERS).filter(move |some| some & !all == 0);
        let snoozed = within(if self.snoozes { members } else { 0 });
        let of_members = snoozed.flat_map(|snoozed| {
            within(members & !snoozed).map(move |failed| End::Members { failed, snoozed })
        });
        of_members.chain([End::Crashed, End::Snoozed, End::NeverRan]).collect()
    }

    /// Is there a block that would wait, or be exhausted as a whole, without a sign?
    fn wants_sign(&self, state: &State) -> bool {
        let spent = |item: &Item| {
            item.closed.is_none() && item.size() > 1 && item.is_spent(self.max_attempts)
        };
        let is_news =
            |item: &Item| item.failed < Some(state.now) && state.tables.last_success <= item.failed;
        self.signs && state.tables.items.values().any(|item| spent(item) && is_news(item))
    }

    fn may_claim(&self, what: Act, item: &Item) -> bool {
        what == Act::Start && !item.is_spent(self.max_attempts)
    }

    pub fn step(&self, state: &mut State, process: Process, answer: Answer) {
        match process {
            Process::Acting { what, read, at, sign } => {
                state.act(what, (read, at), sign, answer, self);
            }
            Process::TakingBack { read, nth, at, why } => state.take_back(read, nth, at, why, self),
            Process::Reporting { mail, left, found: None } => state.look(mail, left, self),
            Process::Reporting { mail, left, found: Some(found) } => {
                state.write_report(mail, left, found, self);
            }
        }
    }
}

impl Model for Blocks {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut task = lined_up(new_block(self.origin()), 0);
        task.block.as_mut().unwrap().looks = self.looks.into();
        let mut state =
            State { trouble: self.trouble, operations: self.operations, ..State::default() };
        state.tables.trials = self.trials;
        state.memory.blind = self.trials;
        state.memory.made = 1;
        state.tables.items.insert((Place::Tasks, Name::MADE), Item::of(&task));
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let has_trouble = state.trouble > 0;
        if state.now < self.horizon {
            actions.push(Action::Tick);
        }
        if self.wants_sign(state) {
            actions.push(Action::Sign);
        }
        if state.processes.len() < self.at_once {
            let reads = state.calls().into_iter();
            actions.extend(reads.map(|(what, name)| Action::Read(what, name)));
            if state.operations > 0 {
                let reads = state.operations().into_iter();
                actions.extend(reads.map(|(what, name)| Action::Read(what, name)));
            }
            for report in distinct(&state.reports) {
                actions.push(Action::Take { report, comes_again: false });
                if has_trouble {
                    actions.push(Action::Take { report, comes_again: true });
                }
            }
        }
        for process in distinct(&state.processes) {
            actions.push(Action::Step { process, answer: Answer::Accepted });
            match &state.processes[process] {
                Process::Acting { what, read, .. }
                    if has_trouble && self.may_claim(*what, &read.item) =>
                {
                    let answers = [Answer::Throttled, Answer::Missing];
                    actions.extend(answers.map(|answer| Action::Step { process, answer }));
                }
                Process::Reporting { .. } if has_trouble => actions.push(Action::Crash(process)),
                _ => {}
            }
        }
        for run in distinct(&state.runs) {
            actions.push(Action::EndRun { run, end: ALL_SUCCEED, goes_on: false });
            if has_trouble {
                let ends = self.ends(state.runs[run].members).into_iter();
                let both = ends.flat_map(|end| {
                    [true, false].map(|goes_on| Action::EndRun { run, end, goes_on })
                });
                actions.extend(both.filter(|action| action.is_trouble()));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        state.trouble -= u8::from(action.is_trouble());
        match action {
            Action::Tick => state.now += 1,
            Action::Sign => state.tables.last_success = Some(state.now),
            Action::Read(what, name) => {
                state.operations -= u8::from(matches!(what, Act::Ignore | Act::Reopen));
                state.read(what, name);
            }
            Action::Take { report, comes_again } => {
                let mail = match comes_again {
                    true => state.reports[report],
                    false => state.reports.remove(report),
                };
                state.look(mail, vec![mail.of.name], self);
            }
            Action::Step { process, answer } => {
                let process = state.processes.remove(process);
                self.step(&mut state, process, answer);
            }
            Action::Crash(process) => {
                if let Process::Reporting { mail, .. } = state.processes.remove(process) {
                    state.reports.push(mail);
                }
            }
            Action::EndRun { run, end, goes_on } => {
                let of = match goes_on {
                    true => state.runs[run],
                    false => state.runs.remove(run),
                };
                state.reports.push(Mail { of, end });
            }
        }
        Some(state.sorted())
    }

    fn properties(&self) -> Vec<Property<Self>> {
        invariants::all()
    }
}
