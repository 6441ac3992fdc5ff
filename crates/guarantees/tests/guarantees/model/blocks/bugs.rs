//! Mistakes that the protocol of blocks could make.

use task_manager::{
    ids::TaskId,
    task::Task,
    transition::{JobWrite, Tally, Write},
};

/// Something that the protocol forgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    UnparkOfOtherMembers,
    ReopenOfAnother,
    MembersNotExpected,
    AcceptedNotExpected,
    AcceptedForgotten,
    PiecesNumberedAnew,
    PieceForgetsClaims,
    PieceNotListed,
    RestDropped,
    NamedBlockOnly,
    CountedAsOne,
    NoFurtherAttempt,
    AttemptsLowered,
    HalvedBlindly,
    SnoozedWithFailed,
}

impl Bug {
    /// Every bug, in words.
    pub const ALL: [(Self, &str); 15] = [
        (Self::UnparkOfOtherMembers, "a requeue without the condition on the members"),
        (Self::ReopenOfAnother, "an exhausted block reopened whatever it has by now"),
        (Self::MembersNotExpected, "a queued block may have been halved since it was read"),
        (Self::AcceptedNotExpected, "a success kept for some members meanwhile is passed by"),
        (Self::AcceptedForgotten, "members whose success was kept end with the rest"),
        (Self::PiecesNumberedAnew, "each division numbers its pieces anew"),
        (Self::PieceForgetsClaims, "a piece forgets the attempts of its block"),
        (Self::PieceNotListed, "a block does not list what left it"),
        (Self::RestDropped, "the rest of a late success goes with it"),
        (Self::NamedBlockOnly, "a report is applied to the block it names, and no piece"),
        (Self::CountedAsOne, "a block counts as one task of its job"),
        (Self::NoFurtherAttempt, "halving grants no attempt"),
        (Self::AttemptsLowered, "halving takes the attempts back"),
        (Self::HalvedBlindly, "a block is halved without a sign, and without a trial"),
        (Self::SnoozedWithFailed, "a snooze of some members is not counted for any"),
    ];

    pub fn overlooks_accepted(self) -> bool {
        matches!(self, Self::AcceptedNotExpected | Self::AcceptedForgotten)
    }

    /// A block as a decision sees it.
    pub fn spoil_read(self, task: &mut Task) {
        if let (Self::AcceptedForgotten, Some(block)) = (self, &mut task.block) {
            block.accepted = Default::default();
            task.accepted_at = None;
        }
    }

    /// The writes of a transaction as they are with the bug.
    pub fn spoil(self, mut writes: Vec<Write>) -> Vec<Write> {
        let Some(id) = taken(&writes).cloned() else { return writes };
        let is_waiting = waits(&writes);
        let closes = writes.iter().any(|write| matches!(write, Write::Close(_)));
        let puts = writes.iter_mut().filter_map(put);
        match self {
            Self::PiecesNumberedAnew => renumber(&id, puts.collect()),
            Self::PieceNotListed => {
                let made: Vec<_> = puts.map(|task| task.id.clone()).collect();
                let own = writes.iter_mut().filter_map(put).find(|task| task.id == id);
                let block = own.and_then(|task| task.block.as_mut());
                block.into_iter().for_each(|b| b.pieces.retain(|piece, _| !made.contains(piece)));
            }
            Self::PieceForgetsClaims => {
                puts.filter(|task| task.id != id).for_each(|task| task.past_claims.clear());
            }
            Self::RestDropped if is_waiting && closes => {
                writes.retain(|write| !matches!(write, Write::Park(_) | Write::Queue(_)));
            }
            Self::NoFurtherAttempt if is_waiting && !closes => puts
                .filter_map(|task| task.block.as_mut())
                .for_each(|block| block.splits = block.splits.saturating_sub(1)),
            Self::AttemptsLowered if is_waiting && !closes => puts
                .filter(|task| task.block.as_ref().is_some_and(|block| block.splits > 0))
                .for_each(|task| task.attempts = task.attempts.saturating_sub(1)),
            Self::SnoozedWithFailed => {
                let least = puts.map(|task| task.attempts).min();
                let parked = writes.iter_mut().filter_map(|write| match write {
                    Write::Park(task) => Some(task),
                    _ => None,
                });
                parked.for_each(|task| task.attempts = least.unwrap_or(task.attempts));
            }
            Self::HalvedBlindly => writes.retain(|w| !matches!(w, Write::TakeTrial { .. })),
            Self::CountedAsOne => writes.iter_mut().for_each(count_as_one),
            _ => {}
        }
        writes
    }
}

/// The block that a transaction takes from where it stood.
pub fn taken(writes: &[Write]) -> Option<&TaskId> {
    writes.iter().find_map(|write| match write {
        Write::Dequeue(expected) => Some(&expected.id),
        Write::Unpark { id, .. } | Write::Reopen { id, .. } => Some(id),
        _ => None,
    })
}

/// Was nobody at work on it?
fn waits(writes: &[Write]) -> bool {
    writes.iter().any(|write| match write {
        Write::Dequeue(expected) => expected.claim.is_none(),
        write => matches!(write, Write::Unpark { .. }),
    })
}

fn put(write: &mut Write) -> Option<&mut Task> {
    match write {
        Write::Queue(task) | Write::Park(task) | Write::Close(task) => Some(&mut **task),
        _ => None,
    }
}

/// Gives pieces the ids that those of the first division of this block have.
fn renumber(id: &TaskId, parts: Vec<&mut Task>) {
    let (own, pieces): (Vec<_>, Vec<_>) = parts.into_iter().partition(|task| task.id == *id);
    let renamed = pieces.into_iter().enumerate().map(|(n, piece)| {
        let new = TaskId::of_piece(id, n);
        (std::mem::replace(&mut piece.id, new.clone()), new)
    });
    let renamed: Vec<_> = renamed.collect();
    for block in own.into_iter().filter_map(|task| task.block.as_mut()) {
        for (old, new) in &renamed {
            let members = block.pieces.remove(old);
            block.pieces.extend(members.map(|members| (new.clone(), members)));
        }
    }
}

fn count_as_one(write: &mut Write) {
    if let Write::Job(JobWrite::Count { tally, .. }) = write {
        *tally = Tally {
            succeeded: tally.succeeded.signum(),
            exhausted: tally.exhausted.signum(),
            ignored: tally.ignored.signum(),
            ..*tally
        };
    }
}
