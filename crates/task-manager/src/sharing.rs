//! Who gives permits up, and who gets them: the next step of a pass over the [ledger](crate::resource::ledger), decided
//! from what was read of it and of the rows of all who use any.
//!
//! A share falls at once, in the row. What its labourer holds falls once the row shows that it has no more live than
//! that; the transaction that says so raises the others. So at every point everybody holds at least their
//! share and their live attempts, whoever crashes where, and however stale what they read.
//!
//! Nobody gives anything up while there is room for all who wait: a share that nobody needs costs nothing.

use crate::{
    ids::LabourerId,
    labourer,
    resource::{
        Weights,
        ledger::Ledger,
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
    /// Shares fall, each by a transaction of its own. Then read again, and decide again.
    Lower(Vec<Write>),
    /// What is held is written down and shares rise, in one transaction.
    Settle {
        writes: Vec<Write>,
        /// Whose share rises.
        raised: Vec<LabourerId>,
    },
    /// Everybody has what they may have.
    Nothing,
}

/// A party with what it comes to.
struct Case<'a> {
    party: &'a Party,
    weights: Weights,
    /// Its share now.
    share: u32,
    /// What it holds if its share stays.
    holds: u32,
    /// What it may have, if everything were shared out anew.
    fair: u32,
}

/// The next step, from what was read: first the ledger, then the rows of all parties. `ledger` is the one that was
/// `read`, under the config of today; `turn` says who goes first among equals.
pub fn next(read: &Ledger, ledger: &Ledger, parties: &[Party], turn: u64, now: Timestamp) -> Step {
    let room = room_for(ledger, parties, now);
    let cases = cases(ledger, parties, &room, turn, now);
    let mut left = room;
    cases.iter().for_each(|case| take(&mut left, &case.weights, case.holds));
    let is_over = left.values().any(|left| *left < 0);
    let shares = raised(&cases, left, turn);
    let is_short = is_over || cases.iter().zip(&shares).any(|(case, share)| *share < case.fair);
    let lowered: Vec<_> = cases.iter().filter_map(|case| case.lowered(is_short)).collect();
    if !lowered.is_empty() {
        return Step::Lower(lowered);
    }
    settle(read, ledger.clone(), &cases, &shares, is_short)
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
        let share = party.row.share.unwrap_or(0);
        Case { party, weights, share, holds: share.max(party.row.running()), fair: 0 }
    };
    let mut cases: Vec<_> = parties.iter().map(case).collect();
    let claims: Vec<_> = cases.iter().map(|case| case.claim(0, case.wants())).collect();
    let fair = shares::fill(room.clone(), &claims, turn);
    cases.iter_mut().zip(fair).for_each(|(case, fair)| case.fair = fair);
    cases
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

    /// Its share falls: to what is fair, if somebody is short of it; to none, if it has just begun to be limited, so
    /// that what it has live grows no more.
    fn lowered(&self, is_short: bool) -> Option<Write> {
        let row = &self.party.row;
        let to = match (self.party.is_limited, row.share) {
            (true, None) => Some(0),
            (true, Some(share)) if is_short && self.fair < share => Some(self.fair),
            (false, Some(_)) => None,
            _ => return None,
        };
        Some(Write::LowerShare {
            labourer_id: row.labourer_id.clone(),
            from: row.share,
            to,
            draining: to.is_some() && row.counters > 0,
        })
    }
}

/// What everybody holds from now on, and who may have more. That somebody holds less than the ledger says is
/// written only if somebody needs it.
fn settle(
    read: &Ledger,
    mut ledger: Ledger,
    cases: &[Case<'_>],
    shares: &[u32],
    is_short: bool,
) -> Step {
    let rises = |(case, share): (&Case<'_>, &u32)| *share > case.share;
    let is_needed = is_short || cases.iter().zip(shares).any(rises);
    let (mut writes, mut raised, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
    for (case, share) in cases.iter().zip(shares) {
        let row = &case.party.row;
        let id = &row.labourer_id;
        if case.wants() > *share {
            waiting.push(id.clone());
        }
        let Some(holder) = ledger.holders.get_mut(id) else { continue };
        let held = case.holds.max(*share);
        let falls = held < holder.held && (is_needed || held == 0);
        let rises = *share > case.share;
        if falls || rises || held > holder.held {
            holder.held = held;
            writes.push(Write::Hold {
                labourer_id: id.clone(),
                share: row.share,
                raised_to: rises.then_some(*share),
                freed: row.freed,
                at_most: held,
            });
        }
        raised.extend(rises.then(|| id.clone()));
        if holder.held == 0 && !case.party.is_limited {
            ledger.holders.remove(id);
        }
    }
    waiting.sort_unstable();
    ledger.waiting = waiting;
    if ledger == *read {
        return Step::Nothing;
    }
    writes.insert(0, Write::Settle { read: read.revision, ledger: Box::new(ledger) });
    Step::Settle { writes, raised }
}
