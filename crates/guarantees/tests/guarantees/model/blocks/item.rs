//! A block as the model keeps it: what the protocol depends on, small enough for millions of states.

use std::sync::LazyLock;

use aws_sdk_dynamodb::types::AttributeValue;
use task_manager::{
    greenfield::Greenfield,
    ids::TaskId,
    members::Members,
    task::{Closed, Status, Task, TaskError, block::Block, digest::Digest},
};

use super::super::scope::{Tick, job_id, labourer_id, nth, tick_of, time, token};

/// Members of the largest block.
pub const MOST_MEMBERS: usize = 3;
/// As many blocks can come of it: what is divided never meets again. A piece has half as many pieces of its
/// own as there are numbers below it.
pub const NAMES: usize = 7;

/// Members, one bit each.
pub type Set = u8;

/// Which block: 0 is the one that was made, and 2n + 1 and 2n + 2 are the pieces of n.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub u8);

static IDS: LazyLock<Vec<TaskId>> = LazyLock::new(|| {
    let mut ids = vec![TaskId::of_block(&job_id(), 0)];
    for n in 1..NAMES {
        ids.push(TaskId::of_piece(&ids[(n - 1) / 2], (n - 1) % 2));
    }
    ids
});

impl Name {
    /// The block that the scheduler made.
    pub const MADE: Self = Self(0);

    pub fn of(id: &TaskId) -> Self {
        Self(IDS.iter().position(|other| other == id).unwrap() as u8)
    }

    pub fn id(self) -> &'static TaskId {
        &IDS[usize::from(self.0)]
    }
}

/// The item of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    greenfield: u64,
    pub members: Set,
    /// Those whose success an older attempt reported.
    pub accepted: Set,
    pub origin: Set,
    /// Attempts begun.
    pub attempts: u8,
    pub splits: u8,
    /// Waits for a sign that the labourer works.
    pub looks: u8,
    /// The latest attempt.
    pub claim: Option<u8>,
    /// Attempts that ended without success, one bit each.
    pub past_claims: u32,
    /// What left it, by the name of the piece.
    pub pieces: [Set; NAMES],
    /// The attempt whose result is kept, member by member; 0 for none.
    pub results: [u8; MOST_MEMBERS],
    /// When it failed last.
    pub failed: Option<Tick>,
    /// When it leaves the retry table.
    pub due: Option<Tick>,
    /// How it was closed.
    pub closed: Option<Status>,
    /// Is every other attribute as it was made?
    pub whole: bool,
}

impl Item {
    pub fn greenfield(&self) -> Greenfield {
        Greenfield(f64::from_bits(self.greenfield))
    }

    pub fn stand_at(&mut self, greenfield: Greenfield) {
        self.greenfield = greenfield.0.to_bits();
    }

    pub fn size(&self) -> i8 {
        self.members.count_ones() as i8
    }

    /// Every attempt that it records.
    pub fn claims(&self) -> u32 {
        self.past_claims | self.claim.map_or(0, bit)
    }

    /// Did it spend the attempts it may make where others may make `max_attempts`?
    pub fn is_spent(&self, max_attempts: u8) -> bool {
        self.attempts >= max_attempts + self.splits
    }

    /// The piece that holds this member, if it left.
    pub fn piece_with(&self, member: u8) -> Option<Name> {
        let piece = self.pieces.iter().position(|members| members & 1 << member != 0);
        piece.map(|n| Name(n as u8))
    }

    /// The item of a block.
    pub fn of(task: &Task) -> Self {
        let block = task.block.as_ref().unwrap();
        let (mut pieces, mut results) = ([0; NAMES], [0; MOST_MEMBERS]);
        for (id, members) in &block.pieces {
            pieces[usize::from(Name::of(id).0)] = set(members);
        }
        for (member, nth) in &block.results {
            results[*member as usize] = nth.parse().unwrap();
        }
        Self {
            greenfield: task.greenfield.0.to_bits(),
            members: set(&block.members),
            accepted: set(&block.accepted),
            origin: set(&block.origin),
            attempts: task.attempts as u8,
            splits: block.splits as u8,
            looks: block.looks as u8,
            claim: task.claim.as_ref().map(nth),
            past_claims: task.past_claims.iter().fold(0, |bits, claim| bits | bit(nth(claim))),
            pieces,
            results,
            failed: task.errors.last().map(|error| tick_of(error.at)),
            due: task.due_at.map(tick_of),
            closed: task.closed.map(|closed| closed.status),
            whole: task.created_at == Some(time(0))
                && task.job_id == Some(job_id())
                && task.payload.is_none()
                && block.digest.as_str() == DIGEST
                && task.others.contains_key(OTHER),
        }
    }

    /// The block of this item.
    pub fn task(&self, name: Name) -> Task {
        let mut task = new_block(self.origin);
        task.id = name.id().clone();
        task.greenfield = self.greenfield();
        task.attempts = self.attempts.into();
        task.claim = self.claim.map(|nth| token(0, nth));
        task.past_claims =
            (1..32).filter(|nth| self.past_claims & bit(*nth) != 0).map(|n| token(0, n)).collect();
        task.accepted_at = (self.accepted != 0).then(|| time(0));
        task.due_at = self.due.map(time);
        task.closed = self.closed.map(|status| Closed {
            at: time(0),
            status,
            expires_at: None,
            success: None,
        });
        let error = |tick| TaskError::new(0, "failed", "", time(tick));
        task.errors = self.failed.map(error).into_iter().collect();
        let pieces = (0..).map(Name).zip(self.pieces).filter(|(_, members)| *members != 0);
        let results = (0..).zip(self.results).filter(|(_, nth)| *nth != 0);
        let block = task.block.as_mut().unwrap();
        block.members = members(self.members);
        block.accepted = members(self.accepted);
        block.splits = self.splits.into();
        block.looks = self.looks.into();
        block.pieces = pieces.map(|(name, left)| (name.id().clone(), members(left))).collect();
        block.results = results.map(|(member, nth)| (member, nth.to_string())).collect();
        if !self.whole {
            task.others.remove(OTHER);
        }
        task
    }
}

/// An attribute that nobody knows, as older items have them.
const OTHER: &str = "arn";
const DIGEST: &str = "digest";

/// A block of these members as it is made, but for its place.
pub fn new_block(origin: Set) -> Task {
    let id = Name::MADE.id().clone();
    let mut task = Task::new(id, labourer_id(), time(0), Greenfield(0.0), String::new());
    task.payload = None;
    task.job_id = Some(job_id());
    task.others.insert(OTHER.into(), AttributeValue::S("kept".into()));
    task.block = Some(Box::new(Block::new(members(origin), Digest::from_text(DIGEST))));
    task
}

/// The bit of an attempt; more than 31 are begun by bugs alone.
pub fn bit(nth: u8) -> u32 {
    1_u32.checked_shl(nth.into()).unwrap_or_default()
}

pub fn each(set: Set) -> impl Iterator<Item = u8> {
    (0..MOST_MEMBERS as u8).filter(move |member| set & 1 << member != 0)
}

pub fn members(set: Set) -> Members {
    each(set).map(u64::from).collect()
}

pub fn set(members: &Members) -> Set {
    members.iter().fold(0, |set, member| set | 1 << member)
}
