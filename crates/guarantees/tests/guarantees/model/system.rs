//! What may happen next, in any state.

use stateright::{Model, Property};
use task_manager::{attempt::closing::Context, labourer::Labourer};

use super::{
    bugs::Bug,
    invariants,
    item::{Item, new_task},
    scope::{MOST_TASKS, Scope, Tick, context, scale, time},
    state::{Outcome, Process, State},
    steps::distinct,
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Time passes.
    Tick,
    /// An orchestrator reads the queue.
    ReadHeads,
    /// A scavenger reads the n-th silent task.
    ReadSilent(usize),
    /// A scavenger reads what is due.
    ReadDue,
    /// A worker assistant takes a report, which may come again.
    Take {
        report: usize,
        comes_again: bool,
    },
    /// A process does its next step.
    Step {
        process: usize,
        choice: Choice,
    },
    /// A process is killed. With the second, after half of a transaction that is not one.
    Crash(usize),
    CrashHalfway(usize),
    /// An event reaches the labourer.
    Deliver(usize),
    DeliverTwice(usize),
    /// Lambda has no room for it until it is too old.
    Drop(usize),
    /// A run ends.
    EndRun(usize, Option<Outcome>),
}

/// What is not the process's own to decide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Choice {
    None,
    /// Which of the queue's heads gets the slot; past their end, none.
    Head(usize),
    Answer(Answer),
}

/// What Lambda does with an invocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    Accepted,
    Throttled,
    Missing,
    /// The event is lost, and nobody knows.
    Lost,
}

impl Scope {
    pub fn context<'a>(&self, labourer: &'a Labourer, at: Tick) -> Context<'a> {
        context(labourer, self.frees(), at)
    }
}

impl Action {
    /// Does it use up a piece of the trouble there is?
    fn is_trouble(self) -> bool {
        match self {
            Self::Take { comes_again, .. } => comes_again,
            Self::Step { choice: Choice::Answer(answer), .. } => answer != Answer::Accepted,
            Self::Crash(_) | Self::CrashHalfway(_) => true,
            Self::DeliverTwice(_) | Self::Drop(_) => true,
            Self::EndRun(_, outcome) => outcome != Some(Outcome::Success),
            _ => false,
        }
    }
}

impl Model for Scope {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut tasks: Vec<_> = (0..self.tasks).map(new_task).collect();
        task_manager::queue::line_up(&mut tasks, None, time(0), scale());
        let mut state = State { trouble: self.trouble, ..State::default() };
        for (no, task) in tasks.iter().enumerate() {
            state.tables.tasks[no] = Some(Item::of(task));
            state.memory[no].created = true;
        }
        debug_assert!(usize::from(self.tasks) <= MOST_TASKS);
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.now < self.horizon {
            actions.push(Action::Tick);
        }
        let is_free = |kind: fn(&Process) -> bool| {
            state.processes.iter().filter(|process| kind(process)).count() < self.twins
        };
        if is_free(|p| matches!(p, Process::Claiming { .. })) && state.read_heads(self).is_some() {
            actions.push(Action::ReadHeads);
        }
        if is_free(|p| matches!(p, Process::Expiring { .. } | Process::Requeuing { .. })) {
            actions.extend((0..state.silent(self).len()).map(Action::ReadSilent));
            actions.extend(state.read_due(self).map(|_| Action::ReadDue));
        }
        let has_trouble = state.trouble > 0;
        if is_free(|p| matches!(p, Process::Finding { .. } | Process::Ending { .. })) {
            for report in distinct(&state.reports) {
                actions.push(Action::Take { report, comes_again: false });
                if has_trouble {
                    actions.push(Action::Take { report, comes_again: true });
                }
            }
        }
        for process in distinct(&state.processes) {
            self.steps(state, process, actions);
        }
        for event in distinct(&state.events) {
            actions.push(Action::Deliver(event));
            if has_trouble {
                actions.extend([Action::DeliverTwice(event), Action::Drop(event)]);
            }
        }
        for run in distinct(&state.runs) {
            actions.push(Action::EndRun(run, Some(Outcome::Success)));
            if has_trouble {
                let ends = [Some(Outcome::Failure), Some(Outcome::Snooze), None];
                actions.extend(ends.map(|end| Action::EndRun(run, end)));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        state.trouble -= u8::from(action.is_trouble());
        match action {
            Action::Tick => state.now += 1,
            Action::ReadHeads => state.processes.extend(last.read_heads(self)),
            Action::ReadSilent(nth) => {
                let read = *last.silent(self).get(nth)?;
                state.processes.push(Process::Expiring { read, at: last.now });
            }
            Action::ReadDue => state.processes.extend(last.read_due(self)),
            Action::Take { report, comes_again } => {
                let mail = match comes_again {
                    true => state.reports[report],
                    false => state.reports.remove(report),
                };
                state.processes.push(Process::Finding { mail, reads: 0 });
            }
            Action::Step { process, choice } => {
                let process = state.processes.remove(process);
                self.step(&mut state, process, choice);
            }
            Action::Crash(process) => drop(state.processes.remove(process)),
            Action::CrashHalfway(process) => {
                let process = state.processes.remove(process);
                let others = state.processes.clone();
                let halved = Self { bug: self.bug.and_then(Bug::half), ..self.clone() };
                halved.step(&mut state, process, Choice::None);
                state.processes = others;
            }
            Action::Deliver(event) => state.deliver(event, self),
            Action::DeliverTwice(event) => state.deliver_twice(event, self),
            Action::Drop(event) => state.drop_event(event),
            Action::EndRun(run, outcome) => state.end_run(run, outcome),
        }
        Some(state.sorted())
    }

    fn properties(&self) -> Vec<Property<Self>> {
        invariants::all()
    }
}
