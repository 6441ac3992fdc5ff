//! Progress of a scope.

use crate::{error::TrackerError, item, scope::Scope, table, unit::Status};

/// Figures about units, of a run ([`Scope::each`]) or of all that is known ([`Scope::counts`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Units that were begun.
    pub attempted: u64,
    /// Units that succeeded.
    pub succeeded: u64,
    /// Units whose last attempt failed, exhausted or not.
    pub failed: u64,
    /// Of a run: units that were done, ignored, exhausted, or held by others. Of a scope: those
    /// ignored.
    pub skipped: u64,
    /// Units that took, or are in, a second or later attempt.
    pub retried: u64,
}

impl Counts {
    fn add(&mut self, status: Status, attempts: u32) {
        self.attempted += u64::from(attempts > 0);
        self.retried += u64::from(attempts > 1);
        match status {
            Status::Succeeded => self.succeeded += 1,
            Status::Failed | Status::Exhausted => self.failed += 1,
            Status::Ignored => self.skipped += 1,
            Status::Pending | Status::InProgress => {}
        }
    }
}

impl Scope {
    /// Counts the units of this scope, or the first `limit` of them by name. It reads all it
    /// counts: a unit's size matters.
    pub async fn counts(&self, limit: Option<usize>) -> Result<Counts, TrackerError> {
        let store = &self.tracker.store;
        let mut counts = Counts::default();
        for item in store.all(table::standings(store.query(), &self.name), limit).await? {
            let (status, attempts) = item::standing(&item)?;
            counts.add(status, attempts);
        }
        Ok(counts)
    }
}
