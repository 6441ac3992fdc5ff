//! What becomes of a state when everything that is under way dies, and nothing goes wrong any
//! more: ticks of scavenger and orchestrator must close every task in time.

use std::{
    collections::HashSet,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    sync::{Arc, Mutex},
};

use task_manager::task::Status;

use super::{
    scope::{DELAY, LEASE, Scope, Tick},
    state::{Mail, Outcome, Process, State},
    system::{Answer, Choice},
};

/// States known to recover. What is under way dies anyway, so that many states share one answer.
#[derive(Clone, Debug, Default)]
pub struct Known(Arc<Mutex<HashSet<u64>>>);

/// Does it, whether labourers succeed from now on, or fail?
pub fn closes_everything(scope: &Scope, state: &State) -> bool {
    let left = (state.now, &state.tables, &state.memory);
    let left = BuildHasherDefault::<DefaultHasher>::default().hash_one(left);
    if scope.known.0.lock().unwrap().contains(&left) {
        return true;
    }
    let recovers = recovers(scope, state);
    if recovers {
        scope.known.0.lock().unwrap().insert(left);
    }
    recovers
}

fn recovers(scope: &Scope, state: &State) -> bool {
    [Outcome::Success, Outcome::Failure].into_iter().all(|outcome| {
        let mut state = State {
            processes: Vec::new(),
            events: Vec::new(),
            runs: Vec::new(),
            reports: Vec::new(),
            ..state.clone()
        };
        let rounds = scope.max_attempts as Tick * (LEASE + DELAY) + 4;
        (0..rounds).any(|_| {
            tick(scope, &mut state, outcome);
            is_at_rest(&state)
        })
    })
}

fn is_at_rest(state: &State) -> bool {
    let closed: i64 = Status::ALL.iter().map(|status| state.tables.closed_as(*status)).sum();
    let created = state.memory.iter().filter(|memory| memory.created).count();
    state.tables.running() == 0
        && closed as usize == created
        && state.tables.tasks.iter().chain(&state.tables.parked).all(Option::is_none)
}

/// One tick of both, with labourers that report at once; then time passes.
fn tick(scope: &Scope, state: &mut State, outcome: Outcome) {
    for read in state.silent(scope) {
        state.expire(read, state.now, scope);
    }
    state.processes.extend(state.read_due(scope));
    let mut rest = 4 * usize::from(scope.tasks) * 8;
    loop {
        state.processes.extend(state.read_heads(scope));
        if state.processes.is_empty() || rest == 0 {
            break;
        }
        while let Some(process) = state.processes.pop() {
            rest = rest.saturating_sub(1);
            let choice = match process {
                Process::Invoking { .. } => Choice::Answer(Answer::Accepted),
                Process::Finding { .. } => Choice::Head(0),
                _ => Choice::None,
            };
            scope.step(state, process, choice);
            while !state.events.is_empty() {
                state.deliver(0, scope);
            }
            for run in std::mem::take(&mut state.runs) {
                let mail = Mail { no: run.no, nth: run.nth, outcome };
                state.processes.push(Process::Finding { mail, reads: 0 });
            }
            if rest == 0 {
                break;
            }
        }
    }
    state.processes.clear();
    state.now += 1;
}
