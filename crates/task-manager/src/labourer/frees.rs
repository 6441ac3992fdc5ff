//! Where the slot of an attempt that ended is counted as free.
//!
//! DynamoDB does not queue transactions that meet at an item: it cancels one of them. If a thousand
//! attempts end within seconds, they must not all write to their labourer's row. So a labourer with many
//! slots has counters beside its row, and each end adds to one of them. They only grow, so whoever
//! read them a while ago takes fewer slots for free than there are, never more.

use super::{Labourer, State};
use crate::ids::{ClaimToken, LabourerId};

/// A labourer with at most so many slots has no counters, and one with more has a counter for each so
/// many: twenty attempts that end in the same second rarely meet at one item, within the 15 ms or so that a
/// transaction takes.
const SLOTS_EACH: u32 = 20;

/// Where a slot is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreedAt {
    /// At the row, which counted the claim.
    Row,
    /// At this counter beside the row.
    Counter(u32),
    /// At the row, if it counted an attempt without a claim of ours: one that sosw's orchestrator began.
    Unclaimed,
}

impl FreedAt {
    /// Where the slot of an attempt with this claim is given back.
    pub(crate) fn of(claim: Option<&ClaimToken>, frees: Frees) -> Self {
        match (claim, frees.counters) {
            (None, _) if frees.knows_unclaimed => Self::Unclaimed,
            (None, _) | (_, 0) => Self::Row,
            (Some(claim), counters) => Self::Counter(spread(claim.as_str(), counters)),
        }
    }
}

/// How the row of a labourer counts what is freed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frees {
    /// Counters beside the row.
    pub counters: u32,
    /// Does the row know how many of its slots are held by attempts without a claim of ours?
    pub knows_unclaimed: bool,
}

impl From<Option<&State>> for Frees {
    fn from(row: Option<&State>) -> Self {
        row.map_or(Self::default(), |row| Self {
            counters: row.counters,
            knows_unclaimed: row.unclaimed.is_some(),
        })
    }
}

/// How many counters a labourer must have. Their number never falls: what was added to one counts for good.
pub fn counters_wanted(labourer: &Labourer) -> u32 {
    let slots = labourer.max_simultaneous_invocations;
    if slots > SLOTS_EACH { slots.div_ceil(SLOTS_EACH) } else { 0 }
}

/// What a counter is called.
pub(crate) fn counter_name(labourer: &LabourerId, counter: u32) -> String {
    format!("{labourer}#{counter}")
}

/// Is this what a counter of some labourer is called?
pub(crate) fn is_counter(name: &str) -> bool {
    name.rsplit_once('#').is_some_and(|(_, counter)| counter.parse::<u32>().is_ok())
}

/// The same one of `many` for the same text, and about as many texts for each.
pub(crate) fn spread(text: &str, many: u32) -> u32 {
    let sum = text.bytes().fold(7_u32, |sum, b| sum.wrapping_mul(31) ^ u32::from(b));
    (sum ^ (sum >> 16)).checked_rem(many).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Vec<ClaimToken> {
        (0..2000_u128).map(|n| ClaimToken::from_random(n * 0x9e37_79b9_7f4a_7c15)).collect()
    }

    #[test]
    fn a_labourer_has_a_counter_for_each_twenty_slots_once_it_has_more() {
        let wanted = |slots| {
            let labourer = Labourer::new(LabourerId::new("worker").unwrap());
            counters_wanted(&Labourer { max_simultaneous_invocations: slots, ..labourer })
        };
        let expected = [(0, 0), (1, 0), (20, 0), (21, 2), (40, 2), (41, 3), (1000, 50)];
        for (slots, counters) in expected {
            assert_eq!(wanted(slots), counters, "{slots}");
        }
    }

    #[test]
    fn claims_are_spread_over_all_counters_and_each_has_one() {
        let frees = Frees { counters: 50, knows_unclaimed: true };
        let mut at = [0; 50];
        for claim in claims() {
            let FreedAt::Counter(n) = FreedAt::of(Some(&claim), frees) else { panic!("{claim}") };
            assert_eq!(FreedAt::of(Some(&claim), frees), FreedAt::Counter(n));
            at[n as usize] += 1;
        }
        assert!(at.iter().all(|count| (15..80).contains(count)), "{at:?}");
    }

    #[test]
    fn an_attempt_without_a_claim_is_never_counted_beside_the_row() {
        let of = |counters, knows_unclaimed| FreedAt::of(None, Frees { counters, knows_unclaimed });
        assert_eq!(of(50, true), FreedAt::Unclaimed);
        assert_eq!(of(0, true), FreedAt::Unclaimed);
        assert_eq!(of(0, false), FreedAt::Row, "a row of an earlier version");
    }
}
