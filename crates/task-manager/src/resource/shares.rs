//! Who may have how many attempts, of what there is: max-min fair over all resources at once.
//!
//! Again and again one attempt is given to whoever has the fewest, wants more, and finds room in each
//! resource that it uses. So nobody could have more without taking from somebody who has no more than they do; and no
//! two wait for each other, however many resources each of them needs, since an attempt gets all it needs at
//! once or nothing. Attempts are counted, not permits: a heavy one counts like a light one. Who goes first among
//! equals changes with the turn.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use super::Weights;
use crate::ids::ResourceId;

/// What is left of each resource. Less than nothing, where a limit was lowered below what is held.
pub type Room = BTreeMap<ResourceId, i64>;

/// Somebody who wants attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimant<'a> {
    /// What each attempt takes.
    pub weights: &'a Weights,
    /// The attempts it has already; they are not taken from the room.
    pub has: u32,
    /// The attempts it wants in all.
    pub wants: u32,
}

/// The attempts that each of them may have in all, in their order; nobody less than they have.
pub fn fill(mut room: Room, claimants: &[Claimant<'_>], turn: u64) -> Vec<u32> {
    let mut shares: Vec<_> = claimants.iter().map(|claimant| claimant.has).collect();
    // Only those who want more have a turn: or whoever comes and goes without wanting any would change whose it is.
    let wants_more = |(_, claimant): &(usize, &Claimant<'_>)| claimant.wants > claimant.has;
    let wanting: Vec<_> = claimants.iter().enumerate().filter(wants_more).collect();
    let count = wanting.len() as u64;
    let place = |rank: u64| (rank + count - turn.checked_rem(count).unwrap_or(0)) % count.max(1);
    let mut waiting: BinaryHeap<_> = (0..)
        .zip(wanting)
        .map(|(rank, (index, claimant))| Reverse((claimant.has, place(rank), index)))
        .collect();
    while let Some(Reverse((share, place, index))) = waiting.pop() {
        let Some(claimant) = claimants.get(index) else { continue };
        // Room only gets less: who finds none now finds none later.
        if share >= claimant.wants || !has_room(&room, claimant.weights) {
            continue;
        }
        take(&mut room, claimant.weights, 1);
        if let Some(share) = shares.get_mut(index) {
            *share += 1;
        }
        waiting.push(Reverse((share + 1, place, index)));
    }
    shares
}

/// Is there room for one more attempt?
fn has_room(room: &Room, weights: &Weights) -> bool {
    weights
        .iter()
        .all(|(resource, weight)| room.get(resource).is_none_or(|left| *left >= i64::from(*weight)))
}

/// Takes attempts of these weights.
pub fn take(room: &mut Room, weights: &Weights, attempts: u32) {
    for (resource, weight) in weights {
        if let Some(left) = room.get_mut(resource) {
            *left -= i64::from(*weight) * i64::from(attempts);
        }
    }
}

#[cfg(test)]
mod tests;
