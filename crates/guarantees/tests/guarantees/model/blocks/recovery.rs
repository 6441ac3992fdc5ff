//! What becomes of a state when everything that is under way dies, and nothing goes wrong any more but that
//! labourers may fail: the ticks alone must close every member in time.

use std::{
    collections::HashMap,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    sync::{Arc, Mutex},
};

use super::{
    super::scope::{DELAY, LEASE},
    scope::Blocks,
    state::{End, Mail, Process, Run, State},
    system::Answer,
};

/// States that are known to recover, with the ticks that it takes.
#[derive(Clone, Debug, Default)]
pub struct Known(Arc<Mutex<HashMap<u64, u32>>>);

/// What labourers do from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Habit {
    Succeed,
    /// Each member fails by itself.
    Fail,
    Crash,
    /// Whatever has the first member in it crashes.
    Poisoned,
}

pub fn closes_everything(scope: &Blocks, state: &State) -> bool {
    let habits = [Habit::Succeed, Habit::Fail, Habit::Crash, Habit::Poisoned];
    habits.into_iter().all(|habit| closes(scope, state, habit))
}

fn closes(scope: &Blocks, state: &State, habit: Habit) -> bool {
    let mut state = left_of(state);
    let mut passed = Vec::new();
    let left = loop {
        let left = (habit, state.now, &state.tables);
        let key = BuildHasherDefault::<DefaultHasher>::default().hash_one(left);
        if let Some(ticks) = scope.known.0.lock().unwrap().get(&key) {
            break *ticks;
        }
        passed.push(key);
        if state.tables.items.values().all(|item| item.closed.is_some()) {
            break 0;
        }
        if passed.len() as u32 > longest(scope) {
            return false;
        }
        tick(scope, &mut state, habit);
    };
    let mut known = scope.known.0.lock().unwrap();
    let ticks = left + passed.len() as u32;
    known.extend(passed.into_iter().zip((left..=ticks).rev()));
    ticks <= longest(scope)
}

/// What is left of a state when everything that is under way has died, without what makes no difference to
/// what becomes of it: which attempts there were, and what they produced.
fn left_of(state: &State) -> State {
    let mut left = State { now: state.now, tables: state.tables.clone(), ..State::default() };
    left.tables.counted = Default::default();
    for item in left.tables.items.values_mut() {
        (item.past_claims, item.results) = (0, Default::default());
        if item.claim.is_some() {
            left.claims += 1;
            item.claim = Some(left.claims);
        }
    }
    left
}

/// Each attempt, with its lease and the delay after it, and the waits for a sign.
fn longest(scope: &Blocks) -> u32 {
    let attempts = u32::from(scope.max_attempts + scope.halvings()) + 1;
    let waits = 1 + 1 + 1 + 2 + 4 + 8;
    attempts * u32::from(LEASE + DELAY + 1) + waits * u32::from(scope.halvings()) + 4
}

/// Everything that can be done now, with labourers that report at once; then time passes.
fn tick(scope: &Blocks, state: &mut State, habit: Habit) {
    // What is refused for ever ends here.
    let mut steps = 0..60;
    loop {
        for run in std::mem::take(&mut state.runs) {
            let mail = Mail { of: run, end: habit.end(run) };
            state.processes.push(Process::Reporting { mail, left: vec![run.name], found: None });
        }
        if state.processes.is_empty() {
            state.calls().into_iter().for_each(|(what, name)| state.read(what, name));
        }
        let (Some(process), Some(_)) = (state.processes.pop(), steps.next()) else { break };
        scope.step(state, process, Answer::Accepted);
    }
    state.processes.clear();
    state.now += 1;
}

impl Habit {
    fn end(self, run: Run) -> End {
        match self {
            Self::Crash => End::Crashed,
            Self::Poisoned if run.members & 1 != 0 => End::Crashed,
            Self::Fail => End::Members { failed: run.members, snoozed: 0 },
            Self::Succeed | Self::Poisoned => End::Members { failed: 0, snoozed: 0 },
        }
    }
}
