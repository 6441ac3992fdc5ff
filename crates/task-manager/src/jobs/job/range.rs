//! Ranges of a job's tasks that are filled concurrently, each with a cursor.

use crate::time::Timestamp;

/// A range of a job's tasks that is filled on its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub number: u32,
    /// Its first task.
    pub from: u64,
    /// The first task after it.
    pub to: u64,
    /// The first task that is not made yet.
    pub cursor: u64,
    /// When the cursor was first moved.
    pub started_at: Option<Timestamp>,
    /// When it was last moved.
    pub updated_at: Option<Timestamp>,
}

impl Range {
    /// Ranges that are filled concurrently.
    const AT_ONCE: u64 = 4;
    /// Below this number of tasks a job has one range.
    const WORTH_IT: u64 = 1000;

    /// The ranges of a job of `total` tasks in blocks of `block` (1: no blocks). Each begins with a block.
    pub fn all(total: u64, block: u64) -> Vec<Self> {
        let count = if total < Self::WORTH_IT { 1 } else { Self::AT_ONCE };
        let bound = |i: u64| match i {
            _ if i == count => total,
            i => (u128::from(total) * u128::from(i) / u128::from(count)) as u64 / block * block,
        };
        let range = |i: u64| Self {
            number: i as u32,
            from: bound(i),
            to: bound(i + 1),
            cursor: bound(i),
            started_at: None,
            updated_at: None,
        };
        (0..count).map(range).collect()
    }

    /// Are all its tasks made?
    pub fn is_filled(&self) -> bool {
        self.cursor >= self.to
    }

    pub fn made(&self) -> u64 {
        self.cursor.saturating_sub(self.from)
    }
}
