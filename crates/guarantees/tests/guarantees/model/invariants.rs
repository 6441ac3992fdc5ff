//! What must hold in every state.

use stateright::Property;
use task_manager::{greenfield::Phase, task::Status};

use super::{
    item::Item,
    recovery,
    scope::{MOST_TASKS, Scope},
    state::{Breach, Memory, State},
};

/// Every promise, by the name that a broken one is reported under; and what the exploration must
/// have seen, lest it prove nothing.
pub fn all() -> Vec<Property<Scope>> {
    vec![
        Property::always("1 every task is in exactly one table", |_, state: &State| {
            places(state).all(|(memory, places)| places.len() == usize::from(memory.created))
        }),
        Property::always("2 no phantoms, and 13 moves keep every attribute", |_, state: &State| {
            places(state).all(|(memory, places)| {
                places.iter().all(|item| item.whole && item.claims() == memory.begun)
            })
        }),
        Property::always(
            "3 attempts count what was begun, and never exceed their limit",
            |scope: &Scope, state: &State| {
                places(state).all(|(memory, places)| {
                    places.iter().all(|item| {
                        item.attempts == memory.attempts && item.attempts <= scope.max_attempts
                    })
                })
            },
        ),
        Property::always("4 one live attempt of a task at most", |_, state: &State| {
            let live = live(state);
            live.iter().enumerate().all(|(i, (no, nth))| {
                live.iter().skip(i + 1).all(|(other, later)| no != other || nth == later)
            })
        }),
        Property::always(
            "5 a failure changes only the attempt that reports it",
            |_, state: &State| state.breach != Some(Breach::FailedByAnother),
        ),
        Property::always(
            "6 an acknowledged success is never followed by a start",
            |_, state: &State| state.breach != Some(Breach::StartedAfterSuccess),
        ),
        Property::always(
            "6 an acknowledged success ends as one, with its result",
            |_, state: &State| {
                let closed = state.memory.iter().zip(&state.tables.closed);
                closed.into_iter().all(|(memory, closed)| match (memory.acknowledged, closed) {
                    (Some(_), Some(item)) => {
                        item.closed == Some(Status::Succeeded) && item.result == memory.acknowledged
                    }
                    _ => true,
                })
            },
        ),
        Property::always("6 a success is never answered \"unknown\"", |_, state: &State| {
            state.breach != Some(Breach::SuccessUnknown)
        }),
        Property::always("7 closed is terminal", |_, state: &State| {
            state.breach != Some(Breach::ClosedTwice)
        }),
        Property::always("8 the job's counters equal the tables", |_, state: &State| {
            let closed = [Status::Succeeded, Status::Exhausted];
            closed.map(|status| state.tables.closed_as(status)) == state.tables.counted
        }),
        Property::always(
            "10 the row counts the attempts, within the limit",
            |scope: &Scope, state: &State| {
                let invoked = state.tables.in_phase(state.now, |phase| phase != Phase::Queued);
                state.tables.taken.checked_sub(state.tables.freed) == Some(invoked.len() as u32)
                    && state.tables.running() <= scope.slots
            },
        ),
        Property::always(
            "10 live attempts are within the limit",
            |scope: &Scope, state: &State| live(state).len() <= scope.slots as usize,
        ),
        Property::always("11 nothing is requeued before it is due", |_, state: &State| {
            state.breach != Some(Breach::RequeuedEarly)
        }),
        Property::always(
            "14 once trouble ends, every task is closed in time",
            |scope: &Scope, state: &State| recovery::closes_everything(scope, state),
        ),
        Property::sometimes("a slot is handed over", |_, state: &State| {
            state.tables.running() > 0 && state.tables.closed_as(Status::Succeeded) > 0
        }),
        Property::sometimes("the success of an older attempt is kept", |_, state: &State| {
            state.tables.tasks.iter().flatten().any(|item| item.accepted)
        }),
        Property::sometimes("attempts are spent", |_, state: &State| {
            state.tables.closed_as(Status::Exhausted) > 0
        }),
        Property::sometimes("a parked task succeeds", |_, state: &State| {
            state.memory.iter().any(|memory| memory.acknowledged.is_some() && memory.claims > 1)
        }),
    ]
}

/// Of each task: what the observer remembers, and its items in all tables.
fn places(state: &State) -> impl Iterator<Item = (&Memory, Vec<Item>)> {
    (0..MOST_TASKS).map(|no| {
        let tables = [&state.tables.tasks, &state.tables.parked, &state.tables.closed];
        let items = tables.into_iter().filter_map(|table| table[no]).collect();
        (&state.memory[no], items)
    })
}

/// Labourers at work within their lease. Events that Lambda doubled are left out: two runs of one
/// event are one attempt, and nothing can keep the second from outliving the first.
fn live(state: &State) -> Vec<(u8, u8)> {
    let runs = state.runs.iter().filter(|run| !run.is_doubled && state.now <= run.expires);
    runs.map(|run| (run.no, run.nth)).collect()
}
