//! What the index of closed tasks says of a success beside its time.

use super::{Bucket, Durations};

/// The sort key of an index is all that it has for certain, and an entry of it is the only write of a success that
/// others can count. So the number of the key says this below its microseconds, where no time is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Success {
    /// Tasks that succeeded: of a block, all its members that did.
    pub tasks: u32,
    /// Tasks whose attempt got the slot.
    pub followed_by: u32,
    /// How long the attempt took; nothing if that is not known.
    pub took: Option<Bucket>,
}

impl Default for Success {
    /// As versions before this one closed it, or sosw 0.7.
    fn default() -> Self {
        Self { tasks: 1, followed_by: 0, took: None }
    }
}

/// Successes of some time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Successes {
    pub tasks: u64,
    pub followed_by: u64,
    pub durations: Durations,
}

impl Successes {
    pub fn add(&mut self, success: Success) {
        self.tasks += u64::from(success.tasks);
        self.followed_by += u64::from(success.followed_by);
        if let Some(bucket) = success.took {
            self.durations.add(bucket, 1);
        }
    }
}
