//! Bugs seeded on purpose: a promise that no bug breaks would be worth little.

use task_manager::{
    labourer::{counts::Counts, frees::FreedAt},
    transition::{JobWrite, Write},
};

use super::scope::labourer_id;

/// Something that the protocol forgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    PlaceNotBelieved,
    ClaimNotBelieved,
    AcceptanceNotBelieved,
    ParkedAttemptNotBelieved,
    ClaimOfAnything,
    DequeueOfAnything,
    UnparkOfAnything,
    UnclaimOfAnything,
    UnclaimOfSucceeded,
    SlotsWithoutLimit,
    SlotNotTaken,
    SlotNotFreed,
    SlotFreedThoughHandedOver,
    SlotFreedTwice,
    StaleSumTakenForMore,
    CountersFoldedBack,
    NeverRanCounted,
    NotCounted,
    CountedTwice,
    AttemptNotCounted,
    OneAttemptTooMany,
    MoveLosesAttribute,
    RequeueForgetsClaims,
    DeleteThenPut,
    PutThenDelete,
    RequeuedEarly,
    ExpiredEarly,
    LateStart,
    ReportsWithoutClaim,
    LooksTableByTable,
    /// The first half of [`Bug::DeleteThenPut`], and of [`Bug::PutThenDelete`].
    OnlyDeletes,
    OnlyPuts,
}

impl Bug {
    /// Every bug, in words.
    pub const ALL: [(Self, &str); 30] = [
        (Self::PlaceNotBelieved, "a task may have moved since it was read"),
        (Self::ClaimNotBelieved, "the token in the item is not compared"),
        (Self::AcceptanceNotBelieved, "a success kept meanwhile is passed by"),
        (Self::ParkedAttemptNotBelieved, "a parked task may have had another attempt meanwhile"),
        (Self::ClaimOfAnything, "a claim without its condition"),
        (Self::DequeueOfAnything, "a deletion without its condition"),
        (Self::UnparkOfAnything, "a requeue without the condition on the parked task"),
        (Self::UnclaimOfAnything, "a claim taken back whoever has it now"),
        (Self::UnclaimOfSucceeded, "a claim taken back though a success was kept"),
        (Self::SlotsWithoutLimit, "slots taken without looking at the limit"),
        (Self::SlotNotTaken, "a claim that takes no slot"),
        (Self::SlotNotFreed, "an ending that gives no slot back"),
        (Self::SlotFreedThoughHandedOver, "a slot handed over and given back"),
        (Self::SlotFreedTwice, "a slot given back at the row and at a counter"),
        (Self::StaleSumTakenForMore, "the counters taken for one more than they said"),
        (Self::CountersFoldedBack, "the counters folded back into the row"),
        (Self::NeverRanCounted, "an attempt that never ran is counted"),
        (Self::NotCounted, "the job's counter forgotten"),
        (Self::CountedTwice, "the job's counter moved twice"),
        (Self::AttemptNotCounted, "a claim that does not count its attempt"),
        (Self::OneAttemptTooMany, "a limit of attempts that is off by one"),
        (Self::MoveLosesAttribute, "parking drops what it does not know"),
        (Self::RequeueForgetsClaims, "a requeue forgets the attempts there were"),
        (Self::DeleteThenPut, "a move in two writes, the deletion first"),
        (Self::PutThenDelete, "a move in two writes, the deletion last"),
        (Self::RequeuedEarly, "a requeue that does not wait"),
        (Self::ExpiredEarly, "a scavenger whose leases are too short"),
        (Self::LateStart, "a labourer that starts after its lease"),
        (Self::ReportsWithoutClaim, "reports that do not name their attempt"),
        (Self::LooksTableByTable, "a task looked for table by table"),
    ];

    /// Does it need a row with counters to show?
    pub fn is_about_counters(self) -> bool {
        matches!(self, Self::SlotFreedTwice | Self::StaleSumTakenForMore | Self::CountersFoldedBack)
    }

    /// Is the condition of this write dropped?
    pub fn drops_condition_of(self, write: &Write) -> bool {
        matches!(
            (self, write),
            (Self::ClaimOfAnything, Write::Claim { .. })
                | (Self::DequeueOfAnything, Write::Dequeue(_))
                | (Self::UnparkOfAnything, Write::Unpark { .. })
                | (Self::UnclaimOfAnything, Write::Unclaim { .. })
                | (Self::SlotsWithoutLimit, Write::TakeSlots { .. })
        )
    }

    /// The writes of a transaction as they are with the bug.
    pub fn spoil(self, mut writes: Vec<Write>) -> Vec<Write> {
        let is_deletion = |write: &Write| matches!(write, Write::Dequeue(_) | Write::Unpark { .. });
        match self {
            Self::SlotNotTaken => writes.retain(|w| !matches!(w, Write::TakeSlots { .. })),
            Self::SlotNotFreed => writes.retain(|w| !matches!(w, Write::FreeSlot { .. })),
            Self::NotCounted => writes.retain(|w| !matches!(w, Write::Job(JobWrite::Count { .. }))),
            Self::OnlyDeletes => writes.retain(is_deletion),
            Self::OnlyPuts => writes.retain(|write| !is_deletion(write)),
            Self::CountedTwice => {
                let count = writes
                    .iter()
                    .find(|w| matches!(w, Write::Job(JobWrite::Count { .. })))
                    .cloned();
                writes.extend(count);
            }
            Self::SlotFreedThoughHandedOver => {
                let claims = writes.iter().any(|w| matches!(w, Write::Claim { .. }));
                let ends = writes.iter().any(is_deletion);
                let free = free_slot();
                writes.extend((claims && ends).then_some(free));
            }
            Self::SlotFreedTwice => {
                let frees = writes.iter().any(|w| matches!(w, Write::FreeSlot { .. }));
                let free = free_slot();
                writes.extend(frees.then_some(free));
            }
            Self::MoveLosesAttribute => {
                writes.iter_mut().for_each(|write| {
                    if let Write::Park(task) = write {
                        task.others.clear();
                    }
                });
            }
            Self::RequeueForgetsClaims => {
                writes.iter_mut().for_each(|write| {
                    if let Write::Queue(task) = write {
                        task.past_claims.clear();
                    }
                });
            }
            _ => {}
        }
        writes
    }

    /// Of a move in two writes, the one that is done when it is killed in between.
    pub fn half(self) -> Option<Self> {
        match self {
            Self::DeleteThenPut => Some(Self::OnlyDeletes),
            Self::PutThenDelete => Some(Self::OnlyPuts),
            _ => None,
        }
    }
}

fn free_slot() -> Write {
    let (at, counts) = (FreedAt::Row, Counts::default());
    Write::FreeSlot { labourer_id: labourer_id(), at, counts }
}
