//! Bugs seeded on purpose: a promise that no bug breaks would be worth little.

use task_manager::transition::Write;

/// Something that the protocol forgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    PlaceNotBelieved,
    ClaimNotBelieved,
    AttemptNotCounted,
    LateInvocation,
    LateStart,
    ReportsWithoutClaim,
    LooksTableByTable,
    UnclaimOfSucceeded,
    AcceptanceNotBelieved,
}

impl Bug {
    /// Is the condition of this write dropped?
    pub fn drops_condition_of(self, _write: &Write) -> bool {
        false
    }

    pub fn spoil(self, writes: Vec<Write>) -> Vec<Write> {
        writes
    }

    pub fn half(self) -> Option<Self> {
        None
    }
}
