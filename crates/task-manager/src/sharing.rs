//! Who gives permits up, and who gets them: the next step of a pass over the [ledger](crate::resource::ledger), decided
//! from what was read of it and of the rows of all who use any.
//!
//! A share falls at once, in the row. What its labourer holds falls once the row shows that it has no more live than
//! that; the transaction that says so raises the others. So at every point everybody holds at least their
//! share and their live attempts, whoever crashes where, and however stale what they read.
//!
//! Where more is held than there is, because a limit was lowered or a weight raised, nobody keeps a share for more than
//! there is room for beside all that is live: what is live stays, and nothing is added to it.
//!
//! Who begins to be limited, or is limited no more, is so from one revision of the ledger to the next: or somebody who has
//! not heard of a newer config yet could undo what it says, and nobody would look again. What such a labourer had live is
//! held until it has ended; what it begins from then on counts for nothing, so it holds no more than before however many
//! attempts it has.
//!
//! Nobody gives anything up while there is room for all who wait: a share that nobody needs costs nothing.

use crate::{
    ids::LabourerId,
    labourer,
    resource::{
        Weights,
        ledger::{Holder, Ledger},
        shares::{self, Claimant, Room, take},
    },
    time::Timestamp,
    transition::Write,
};

/// Somebody who uses permits, or did.
#[derive(Clone, Debug)]
pub struct Party {
    /// With its counters, as they were read after the ledger. Without a row there is nothing to share yet.
    pub row: labourer::State,
    /// Is its share to limit it? Not of one whose config no longer says so.
    pub is_limited: bool,
    /// The attempts that it would have live, if permits were no matter: at most its slots.
    pub wants: u32,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// One transaction of more than this: labourers that have just begun to be limited begin nothing from now on, so that
    /// what they have live grows no more; or a part of what is to be settled. Then read again, and decide again.
    Part(Vec<Write>),
    /// Shares fall, each by a transaction of its own. Then read again, and decide again.
    Lower(Vec<Write>),
    /// What is held is written down and shares rise, in one transaction.
    Settle(Vec<Write>),
    /// Everybody has what they may have.
    Nothing,
}

/// Labourers on which one transaction decides: it takes a hundred items, and one is the ledger.
const AT_ONCE: usize = 99;

/// A party with what it comes to.
struct Case<'a> {
    party: &'a Party,
    weights: Weights,
    /// Its share now.
    share: u32,
    /// What it has live.
    live: u32,
    /// What it holds if its share stays.
    holds: u32,
    /// What it may have, if everything were shared out anew.
    fair: u32,
}

/// The next step, from what was read: first the ledger, then the rows of all parties. `ledger` is the one that was
/// `read`, under the config of today; `turn` says who goes first among equals.
pub fn next(read: &Ledger, ledger: &Ledger, parties: &[Party], turn: u64, now: Timestamp) -> Step {
    let unlimited = |party: &&Party| party.is_limited && party.row.share.is_none();
    let begun: Vec<_> = parties.iter().filter(unlimited).map(|party| &party.row).collect();
    if !begun.is_empty() {
        return limit(read, &begun);
    }
    let room = room_for(ledger, parties, now);
    let mut cases = cases(ledger, parties, &room, turn, now);
    let mut left = room.clone();
    cases.iter().for_each(|case| take(&mut left, &case.weights, case.holds));
    let is_over = left.values().any(|left| *left < 0);
    if is_over {
        keep_below(&mut cases, room, turn);
    }
    let shares = raised(&cases, left, turn);
    let is_short = is_over || cases.iter().zip(&shares).any(|(case, share)| *share < case.fair);
    let lowered: Vec<_> = cases.iter().filter_map(|case| case.lowered(is_short)).collect();
    if !lowered.is_empty() {
        return Step::Lower(lowered);
    }
    let is_short = is_short || ledger.room(now).values().any(|left| *left < 0);
    settle(read, ledger.clone(), &cases, &shares, is_short)
}

/// Limits these. They are in the ledger from then on, so that they are looked after whatever becomes of the config.
fn limit(read: &Ledger, rows: &[&labourer::State]) -> Step {
    let mut ledger = read.clone();
    let rows: Vec<_> = rows.iter().take(AT_ONCE).collect();
    for row in &rows {
        ledger.holders.entry(row.labourer_id.clone()).or_default();
    }
    let limited = rows.into_iter().map(|row| lower(row, Some(0)));
    let settled = Write::Settle { read: read.revision, ledger: Box::new(ledger) };
    Step::Part([settled].into_iter().chain(limited).collect())
}

/// The share of this row falls.
fn lower(row: &labourer::State, to: Option<u32>) -> Write {
    let draining = to.is_some() && row.counters > 0;
    Write::LowerShare { labourer_id: row.labourer_id.clone(), from: row.share, to, draining }
}

/// What the parties may hold together: all that is in force, but for what others still hold.
fn room_for(ledger: &Ledger, parties: &[Party], now: Timestamp) -> Room {
    let mut room = ledger.in_force();
    for (id, holder) in &ledger.holders {
        if !parties.iter().any(|party| party.row.labourer_id == *id) {
            take(&mut room, &holder.weights(now), holder.held);
        }
    }
    room
}

fn cases<'a>(
    ledger: &Ledger,
    parties: &'a [Party],
    room: &Room,
    turn: u64,
    now: Timestamp,
) -> Vec<Case<'a>> {
    let case = |party: &'a Party| {
        let holder = ledger.holders.get(&party.row.labourer_id);
        let weights = holder.map(|holder| holder.weights(now)).unwrap_or_default();
        let (share, running) = (party.row.share.unwrap_or(0), party.row.running());
        let held = holder.map_or(0, |holder| holder.held);
        let (live, holds) = match (party.is_limited, party.row.share) {
            (true, _) => (running, share.max(running)),
            (false, Some(_)) => (held, held),
            (false, None) => (running.min(held), running.min(held)),
        };
        Case { party, weights, share, live, holds, fair: 0 }
    };
    let mut cases: Vec<_> = parties.iter().map(case).collect();
    let claims: Vec<_> = cases.iter().map(|case| case.claim(0, case.wants())).collect();
    let fair = shares::fill(room.clone(), &claims, turn);
    cases.iter_mut().zip(fair).for_each(|(case, fair)| case.fair = fair);
    cases
}

/// Nobody may have more than there is room for beside all that is live.
fn keep_below(cases: &mut [Case<'_>], mut left: Room, turn: u64) {
    cases.iter().for_each(|case| take(&mut left, &case.weights, case.live));
    let claims: Vec<_> = cases.iter().map(|case| case.claim(case.live, case.fair)).collect();
    let possible = shares::fill(left.clone(), &claims, turn);
    for (case, possible) in cases.iter_mut().zip(possible) {
        case.fair = case.fair.min(possible).min(case.beside_others(&left));
    }
}

/// The shares, if all who have less than is fair get what there is room for.
fn raised(cases: &[Case<'_>], room: Room, turn: u64) -> Vec<u32> {
    let claims: Vec<_> = cases.iter().map(|case| case.claim(case.holds, case.fair)).collect();
    let filled = shares::fill(room, &claims, turn);
    // What is live beyond a share is held anyway; it does not make the share more than is fair.
    cases.iter().zip(filled).map(|(case, filled)| filled.min(case.fair).max(case.share)).collect()
}

impl Case<'_> {
    fn wants(&self) -> u32 {
        if self.party.is_limited { self.party.wants } else { 0 }
    }

    fn claim(&self, has: u32, wants: u32) -> Claimant<'_> {
        Claimant { weights: &self.weights, has, wants }
    }

    /// What it may have beside all that others have live, where that is too much. What it has live itself ends before
    /// it begins anything.
    fn beside_others(&self, left: &Room) -> u32 {
        let lacking = |(resource, weight): (_, &u32)| {
            let lacking = left.get(resource).map_or(0, |left| left.min(&0).unsigned_abs());
            lacking.div_ceil(u64::from((*weight).max(1)))
        };
        match self.weights.iter().map(lacking).max().unwrap_or(0) {
            0 => u32::MAX,
            lacking => self.live.saturating_sub(u32::try_from(lacking).unwrap_or(u32::MAX)),
        }
    }

    /// Its share falls to what is fair, if somebody is short of it.
    fn lowered(&self, is_short: bool) -> Option<Write> {
        let falls = self.party.is_limited && is_short && self.fair < self.share;
        falls.then(|| lower(&self.party.row, Some(self.fair)))
    }

    /// It is limited no more, but still has a share.
    fn is_let_go(&self) -> bool {
        !self.party.is_limited && self.party.row.share.is_some()
    }
}

/// What everybody holds from now on, and who may have more.
fn settle(
    read: &Ledger,
    mut ledger: Ledger,
    cases: &[Case<'_>],
    shares: &[u32],
    is_short: bool,
) -> Step {
    let mut changes = changes(&ledger, cases, shares, is_short);
    // What is given up comes first: who gets it may be in the next transaction.
    changes.sort_by_key(|change| change.grows);
    let is_whole = changes.len() <= AT_ONCE;
    changes.truncate(AT_ONCE);
    for change in &changes {
        if let (Some(held), Some(holder)) = (change.held, ledger.holders.get_mut(change.id)) {
            holder.held = held;
        }
    }
    for case in cases.iter().filter(|case| !case.party.is_limited && !case.is_let_go()) {
        let id = &case.party.row.labourer_id;
        let is_done = |holder: &Holder| holder.held == 0 || holder.weights.is_empty();
        if ledger.holders.get(id).is_some_and(is_done) {
            ledger.holders.remove(id);
        }
    }
    let waits = |(case, share): &(&Case<'_>, &u32)| case.wants() > **share;
    let waiting = cases.iter().zip(shares).filter(waits);
    ledger.waiting = waiting.map(|(case, _)| case.party.row.labourer_id.clone()).collect();
    ledger.waiting.sort_unstable();
    if ledger == *read && changes.is_empty() {
        return Step::Nothing;
    }
    let settled = Write::Settle { read: read.revision, ledger: Box::new(ledger) };
    let changes = changes.into_iter().map(|change| change.write);
    let writes = [settled].into_iter().chain(changes).collect();
    if is_whole { Step::Settle(writes) } else { Step::Part(writes) }
}

/// What changes for one labourer.
struct Change<'a> {
    id: &'a LabourerId,
    /// What it holds from now on.
    held: Option<u32>,
    /// Is that more than before?
    grows: bool,
    write: Write,
}

/// What changes of what is held. That somebody holds less than the ledger says is written only if somebody needs it, or
/// if it is to hold nothing in the end.
fn changes<'a>(
    ledger: &Ledger,
    cases: &'a [Case<'_>],
    shares: &[u32],
    is_short: bool,
) -> Vec<Change<'a>> {
    let rises = |(case, share): (&Case<'_>, &u32)| *share > case.share;
    let is_needed = is_short || cases.iter().zip(shares).any(rises);
    let change = |(case, share): (&'a Case<'_>, &u32)| {
        let row = &case.party.row;
        let id = &row.labourer_id;
        if case.is_let_go() {
            return Some(Change { id, held: None, grows: false, write: lower(row, None) });
        }
        let before = ledger.holders.get(id)?.held;
        let held = case.holds.max(*share);
        let is_called_for = is_needed || held == 0 || !case.party.is_limited;
        let (grows, rises) = (held > before, *share > case.share);
        let is_change = grows || rises || (held < before && is_called_for);
        let write = Write::Hold {
            labourer_id: id.clone(),
            share: row.share,
            raised_to: rises.then_some(*share),
            freed: row.freed,
            at_most: held,
        };
        is_change.then_some(Change { id, held: Some(held), grows, write })
    };
    cases.iter().zip(shares).filter_map(change).collect()
}

/// Whose share rises by these writes.
pub fn who_rises(writes: &[Write]) -> Vec<LabourerId> {
    let raised = writes.iter().filter_map(|write| match write {
        Write::Hold { labourer_id, raised_to: Some(_), .. } => Some(labourer_id.clone()),
        _ => None,
    });
    raised.collect()
}

#[cfg(test)]
mod tests;
