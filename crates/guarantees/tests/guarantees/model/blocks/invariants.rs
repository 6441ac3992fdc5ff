//! What must hold in every state.

use stateright::Property;
use task_manager::{greenfield::Phase, task::Status};

use super::{
    item::{Item, Name, each},
    recovery,
    scope::Blocks,
    state::{Breach, State},
    tables::{Place, Tables},
};

/// Every promise, by the name that a broken one is reported under; and what must be seen, lest it prove
/// nothing.
pub fn all() -> Vec<Property<Blocks>> {
    vec![
        Property::always(
            "18 each member is in one block, in one table",
            |scope: &Blocks, state: &State| {
                each(scope.origin()).all(|member| items_with(state, member).count() == 1)
            },
        ),
        Property::always(
            "18 each member is found by following the pieces",
            |scope: &Blocks, state: &State| {
                each(scope.origin()).all(|member| is_found(state, member))
            },
        ),
        no_breach("18 no two blocks ever have the same id", Breach::IdUsedTwice),
        Property::always(
            "2 pieces keep what their block was, and every claim",
            |scope: &Blocks, state: &State| {
                state.tables.items.values().all(|item| {
                    let begun = |member: u8| state.memory.begun[usize::from(member)];
                    item.whole
                        && item.origin == scope.origin()
                        && item.accepted & !item.members == 0
                        && each(item.members).all(|member| begun(member) == item.claims())
                })
            },
        ),
        Property::always(
            "3 attempts count the starts of each member, within their limit",
            |scope: &Blocks, state: &State| {
                let most = (scope.max_attempts + scope.halvings()) as i8;
                state.tables.items.values().all(|item| {
                    each(item.members)
                        .map(|member| state.memory.starts[usize::from(member)])
                        .all(|starts| starts == item.attempts as i8 && starts <= most)
                        && item.attempts <= scope.max_attempts + item.splits
                })
            },
        ),
        Property::always(
            "3 what is exhausted made every attempt it may",
            |scope: &Blocks, state: &State| {
                state
                    .tables
                    .items
                    .values()
                    .filter(|item| item.closed == Some(Status::Exhausted))
                    .all(|item| {
                        let granted =
                            |member: usize| scope.max_attempts + state.memory.halved[member];
                        each(item.members)
                            .map(usize::from)
                            .all(|member| state.memory.starts[member] >= granted(member) as i8)
                    })
            },
        ),
        Property::always(
            "3 few blocks are halved without a sign of their labourer",
            |_, state: &State| state.memory.blind <= TRIALS,
        ),
        no_breach("5 a failure changes only the attempt that reports it", Breach::FailedByAnother),
        no_breach(
            "6 an acknowledged success is never followed by a start",
            Breach::StartedAfterSuccess,
        ),
        Property::always(
            "6 an acknowledged success ends as one, with its result",
            |_, state: &State| {
                state.tables.items.values().filter(|item| item.closed.is_some()).all(|item| {
                    each(item.members).map(usize::from).all(|member| {
                        let acknowledged = state.memory.acknowledged[member];
                        acknowledged == 0
                            || item.closed == Some(Status::Succeeded)
                                && item.results[member] == acknowledged
                    })
                })
            },
        ),
        no_breach("6 no success of a member is answered and dropped", Breach::SuccessDropped),
        no_breach("7 closed is terminal", Breach::ClosedTwice),
        Property::always("8 the job's counters equal the members closed", |_, state: &State| {
            let closed = |status| -> i8 {
                let alike = state.tables.items.values().filter(|item| item.closed == Some(status));
                alike.map(Item::size).sum()
            };
            Status::ALL.map(closed) == state.tables.counted
        }),
        Property::always("10 slots in use are those of the attempts", |_, state: &State| {
            let tasks = state.tables.all(Place::Tasks);
            let live = tasks.filter(|read| Tables::phase(&read.item, state.now) != Phase::Queued);
            live.count() == usize::from(state.tables.taken)
        }),
        Property::always(
            "14 once trouble ends, every member is closed in time",
            |scope: &Blocks, state: &State| recovery::closes_everything(scope, state),
        ),
        Property::sometimes("a block is halved down to single members", |_, state: &State| {
            state.tables.items.values().any(|item| item.splits == 2)
        }),
        Property::sometimes("a block waits for a sign", |_, state: &State| {
            state.tables.items.values().any(|item| item.looks > 0)
        }),
        Property::sometimes("a block is exhausted as a whole", |_, state: &State| {
            let mut items = state.tables.items.values();
            items.any(|item| item.size() > 1 && item.closed == Some(Status::Exhausted))
        }),
        Property::sometimes("the late success of some members is kept", |_, state: &State| {
            let mut items = state.tables.items.values();
            items.any(|item| item.accepted != 0 && item.accepted != item.members)
        }),
        Property::sometimes("a piece has a piece", |_, state: &State| {
            state.tables.items.keys().any(|(_, name)| name.0 > 2)
        }),
        Property::sometimes(
            "a member succeeds after it was sent back to work",
            |_, state: &State| {
                let again = |member: &u8| state.memory.acknowledged[usize::from(*member)] != 0;
                each(state.memory.reopened).any(|member| again(&member))
            },
        ),
    ]
}

/// As many trials a labourer has.
const TRIALS: u8 = 5;

fn no_breach(name: &'static str, breach: Breach) -> Property<Blocks> {
    // A property is a plain function: one for each breach.
    let condition: fn(&Blocks, &State) -> bool = match breach {
        Breach::IdUsedTwice => |_, state| state.breach != Some(Breach::IdUsedTwice),
        Breach::StartedAfterSuccess => |_, state| state.breach != Some(Breach::StartedAfterSuccess),
        Breach::FailedByAnother => |_, state| state.breach != Some(Breach::FailedByAnother),
        Breach::ClosedTwice => |_, state| state.breach != Some(Breach::ClosedTwice),
        Breach::SuccessDropped => |_, state| state.breach != Some(Breach::SuccessDropped),
    };
    Property::always(name, condition)
}

fn items_with(state: &State, member: u8) -> impl Iterator<Item = (&(Place, Name), &Item)> {
    state.tables.items.iter().filter(move |(_, item)| item.members & 1 << member != 0)
}

/// Does the way from the block that was made lead to this member?
fn is_found(state: &State, member: u8) -> bool {
    let mut name = Name::MADE;
    loop {
        match state.tables.find(name) {
            None => return false,
            Some((_, item)) if item.members & 1 << member != 0 => return true,
            Some((_, item)) => match item.piece_with(member) {
                Some(piece) if piece > name => name = piece,
                _ => return false,
            },
        }
    }
}
