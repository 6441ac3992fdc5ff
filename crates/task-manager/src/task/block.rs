//! A task with members: several tasks of one job that are made, claimed, invoked and closed as one item, a
//! *block*. What is said of a task's members is said of the task itself, where it is no block.
//!
//! A block holds no payloads: whoever invokes it computes them from its job. Every member is in one block,
//! in one table, at any time. A block that ends in part keeps its id for what ended best, and
//! the others go on as [`pieces`](Block::pieces), which it lists for ever: that is how they are found.

use std::collections::BTreeMap;

use protocol::members::Members;

use super::{Task, digest::Digest};
use crate::ids::TaskId;

/// What makes a task a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The numbers of its tasks in their job.
    pub members: Members,
    /// Those of them whose success an older attempt reported while a newer one was live.
    pub accepted: Members,
    /// The members of the block that the scheduler made, of which this one is a part.
    pub origin: Members,
    /// Of the payloads of these: whoever computes others must not run them.
    pub digest: Digest,
    /// How often it was halved because its attempts ended without a word of its members. Each time it
    /// may make one attempt more.
    pub splits: u32,
    /// How often it waited, its attempts spent, for a sign that its labourer works.
    pub looks: u32,
    /// What left it, and as which block it went on.
    pub pieces: BTreeMap<TaskId, Members>,
    /// What its members produced, as JSON text, by their numbers.
    pub results: BTreeMap<u64, String>,
}

impl Block {
    /// A block of these tasks as it is made.
    pub fn new(members: Members, digest: Digest) -> Self {
        Self {
            accepted: Members::default(),
            origin: members.clone(),
            members,
            digest,
            splits: 0,
            looks: 0,
            pieces: BTreeMap::new(),
            results: BTreeMap::new(),
        }
    }

    /// The block that holds members of `wanted` which left this one, each with those.
    pub fn pieces_with<'a>(
        &'a self,
        wanted: &'a Members,
    ) -> impl Iterator<Item = (&'a TaskId, Members)> {
        let held = self.pieces.iter().map(|(id, members)| (id, members.both(wanted)));
        held.filter(|(_, members)| !members.is_empty())
    }

    /// The same with these of its members alone.
    fn restricted_to(&self, members: Members) -> Self {
        let results = self.results.iter().filter(|(number, _)| members.contains(**number));
        Self {
            accepted: members.both(&self.accepted),
            results: results.map(|(number, result)| (*number, result.clone())).collect(),
            members,
            ..self.clone()
        }
    }

    /// The payloads of its members as `text` computes them by number; nothing if they are not those that it
    /// was made with.
    pub fn texts(&self, text: impl Fn(u64) -> Option<String>) -> Option<Vec<String>> {
        let all = self.origin.iter().map(text).collect::<Option<Vec<_>>>()?;
        if Digest::of(&all) != self.digest {
            return None;
        }
        let numbered = self.origin.iter().zip(all);
        let own = numbered.filter(|(number, _)| self.members.contains(*number));
        Some(own.map(|(_, text)| text).collect())
    }

    /// About how many bytes it adds to an item.
    pub fn bytes(&self) -> usize {
        const PER_PIECE: usize = 80;
        const REST: usize = 200;
        let results = self.results.values().map(|result| result.len() + 10).sum::<usize>();
        REST + PER_PIECE * self.pieces.len() + results
    }
}

impl Task {
    /// The tasks of its job that it stands for, if it is a block.
    pub fn members(&self) -> Option<&Members> {
        self.block.as_ref().map(|block| &block.members)
    }

    /// How many tasks it stands for.
    pub fn size(&self) -> u64 {
        self.members().map_or(1, Members::len)
    }

    /// How many attempts it may make where others may make `max_attempts`: one more for each time that it was
    /// halved.
    pub fn most_attempts(&self, max_attempts: u32) -> u32 {
        max_attempts.saturating_add(self.block.as_ref().map_or(0, |block| block.splits))
    }

    /// Divides a block: it keeps the first of these shares of its members, each other one becomes a block of
    /// its own with the same past. A task that is no block has one share, and stays whole.
    pub fn divide(mut self, shares: impl IntoIterator<Item = Members>) -> Vec<Self> {
        let mut shares = shares.into_iter();
        let (Some(own), Some(mut block)) = (shares.next(), self.block.take()) else {
            return vec![self];
        };
        let pieces: Vec<_> = shares
            .map(|members| {
                let id = TaskId::of_piece(&self.id, block.pieces.len());
                block.pieces.insert(id.clone(), members.clone());
                let part = Block { pieces: BTreeMap::new(), ..block.restricted_to(members) };
                Self { id, ..self.clone() }.with_block(part)
            })
            .collect();
        let own = block.restricted_to(own);
        std::iter::once(self.with_block(own)).chain(pieces).collect()
    }

    fn with_block(self, block: Block) -> Self {
        let accepted_at = self.accepted_at.filter(|_| !block.accepted.is_empty());
        Self { accepted_at, block: Some(Box::new(block)), ..self }
    }
}
