//! What must hold in every state.

use stateright::Property;
use task_manager::resource::shares::Room;

use super::{
    super::scope::time,
    scope::{LABOURERS, Shared, each, labourer},
    state::State,
};

/// What must be seen, lest the rest prove nothing.
pub const SITUATIONS: [&str; 5] = [
    "both have attempts that take permits",
    "who waited gets what another had",
    "more is live than there is, since permits were lowered",
    "a claim by a share that has changed is refused",
    "a share was lowered, and nobody is at work who would settle that",
];

/// Every promise, by the name that a broken one is reported under; and what must be seen.
pub fn all() -> Vec<Property<Shared>> {
    vec![
        Property::always(
            "17 no claim raises what is live above the permits in force",
            |_: &Shared, state: &State| state.breach.is_none(),
        ),
        Property::always(
            "17 everybody holds their share and their live attempts",
            |_, state: &State| (0..LABOURERS).all(|of| holds_enough(state, of)),
        ),
        Property::always("17 who takes permits has a share", |_, state: &State| {
            (0..LABOURERS).all(|of| {
                let holder = state.tables.book.holders.get(&labourer(of));
                let takes = holder.is_some_and(|h| h.weights.values().any(|weight| weight.now > 0));
                !takes || state.tables.rows[of].share.is_some()
            })
        }),
        Property::always(
            "17 the permits in force are those of the newest config that was heard of",
            |scope: &Shared, state: &State| {
                let permits = scope.resources(state.settled_by);
                let permits = permits.into_iter().map(|r| (r.id, r.permits.unwrap_or(0)));
                state.tables.in_force() == each(&permits.collect())
            },
        ),
        Property::always(
            "17 a pass comes to its end, and then nobody waits for nothing",
            |scope: &Shared, state: &State| {
                let is_quiet = state.processes.is_empty()
                    && state.attempts.iter().all(|attempt| attempt.reported.is_none());
                !is_quiet || state.queued == [0; LABOURERS] || nobody_is_stuck(state.clone(), scope)
            },
        ),
        Property::sometimes(SITUATIONS[0], |_, state: &State| {
            (0..LABOURERS).all(|of| state.weighty(of) > 0)
        }),
        Property::sometimes(SITUATIONS[1], |_, state: &State| {
            let waited = |of: &usize| state.tables.book.waiting.contains(&labourer(*of));
            let rows = state.tables.rows;
            let may_begin = |of: &usize| rows[*of].share > Some(rows[*of].running());
            let gave = |of: usize| waited(&of) && rows[of].share < Some(state.tables.held(of));
            let gets = |of: usize| may_begin(&of) && state.queued[of] > 0;
            (0..LABOURERS)
                .any(|of| gets(of) && (0..LABOURERS).any(|other| other != of && gave(other)))
        }),
        Property::sometimes(SITUATIONS[2], |_, state: &State| {
            state.live().iter().zip(state.tables.in_force()).any(|(live, most)| *live > most)
        }),
        Property::sometimes(SITUATIONS[3], |_, state: &State| {
            state.processes.iter().any(|process| match process {
                super::state::Process::Claiming { labourer, row, .. } => {
                    let now = state.tables.rows[*labourer].share;
                    row.share > Some(row.running()) && now != row.share
                }
                super::state::Process::Sharing(_) => false,
            })
        }),
        Property::sometimes(SITUATIONS[4], |_, state: &State| {
            let is_lowered = |of: usize| {
                let row = state.tables.rows[of];
                row.share.is_some_and(|share| share.max(row.running()) < state.tables.held(of))
            };
            state.sharers().count() == 0 && (0..LABOURERS).any(is_lowered)
        }),
    ]
}

/// Of who is limited no more only what began before that counts.
fn holds_enough(state: &State, of: usize) -> bool {
    let (row, held) = (state.tables.rows[of], state.tables.held(of));
    let takes = state.tables.weighs(of).iter().any(|weight| *weight > 0);
    let has = if takes { row.share.unwrap_or(0).max(row.running()) } else { 0 };
    held >= has.max(state.weighty(of))
}

/// After a pass, whoever waits has no room for one attempt more, or another has more live than its share, so that there
/// is going to be some.
fn nobody_is_stuck(mut state: State, scope: &Shared) -> bool {
    if !state.pass(&Shared { bug: None, ..scope.clone() }) {
        return false;
    }
    let now = time(state.now);
    let room: Room = state.tables.book.room(now);
    let rows = state.tables.rows;
    let gives_way = |of: usize| match rows[of].share {
        Some(share) => rows[of].running() > share,
        None => state.tables.held(of) > 0,
    };
    let waits_in_vain = |of: usize| {
        let is_waiting = rows[of].share.is_some_and(|share| {
            state.queued[of] > 0 && rows[of].running() + state.queued[of] > share
        });
        let Some(holder) = state.tables.book.holders.get(&labourer(of)) else { return is_waiting };
        let weights = holder.weights(now);
        is_waiting && weights.iter().all(|(id, weight)| room[id] >= i64::from(*weight))
    };
    (0..LABOURERS).any(gives_way) || !(0..LABOURERS).any(waits_in_vain)
}
