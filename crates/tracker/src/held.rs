//! A unit held by its owner.

use std::time::Duration;

use serde_json::Value;

use crate::{
    Tracker,
    error::TrackerError,
    store::Written,
    table::ExpectedRecord,
    unit::{Record, Status},
};
use labourer::{Failure, Timestamp};

/// A unit that this worker has begun and holds until its lock expires.
#[derive(Debug)]
pub struct Unit {
    pub(super) tracker: Tracker,
    pub(super) record: Record,
}

/// What became of an owner's update.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a unit may be lost"]
pub enum UpdateOutcome {
    /// It is written.
    Applied,
    /// It came too late: the lock had expired, and somebody else has changed the unit since.
    Lost,
}

impl Unit {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.record.unit
    }

    /// A text that names this unit in every attempt at it, for systems that accept an idempotency
    /// key: they then make an effect once even if a worker dies before it could record it.
    pub fn idempotency_key(&self) -> String {
        format!("{}/{}", self.record.scope, self.record.unit)
    }

    /// Which attempt at it this is; the first is 1.
    pub fn attempt(&self) -> u32 {
        self.record.attempts
    }

    /// What was saved with it, by this attempt or by one before.
    pub fn data(&self) -> &Value {
        &self.record.data
    }

    /// Until when it is held.
    pub fn locked_until(&self) -> Option<Timestamp> {
        self.record.locked_until
    }

    /// Everything that is known about it.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// It is done, and this came of it.
    pub async fn succeed(mut self, data: Value) -> Result<UpdateOutcome, TrackerError> {
        let next = self.record.succeeded(data, self.tracker.limits(), self.tracker.now());
        self.update(next).await
    }

    /// It failed: available again at once, or exhausted.
    pub async fn fail(mut self, failure: &Failure) -> Result<UpdateOutcome, TrackerError> {
        let next = self.record.failed(failure, self.tracker.now());
        self.update(next).await
    }

    /// It was not tried after all: available again, and the attempt does not count.
    pub async fn release(mut self) -> Result<UpdateOutcome, TrackerError> {
        let next = self.record.released(self.tracker.now());
        self.update(next).await
    }

    /// Keeps what the work has reached, for the attempt that may follow.
    pub async fn save(&mut self, data: Value) -> Result<UpdateOutcome, TrackerError> {
        let next = self.record.saved(data, self.tracker.now());
        self.update(next).await
    }

    /// Holds it for another while, as long from now.
    pub async fn extend(&mut self, lock: Duration) -> Result<UpdateOutcome, TrackerError> {
        let next = self.record.extended(lock, self.tracker.now());
        self.update(next).await
    }

    /// Only what nobody has changed since is changed: the change is the owner's fence.
    async fn update(&mut self, next: Record) -> Result<UpdateOutcome, TrackerError> {
        if self.record.status != Status::InProgress {
            return Ok(UpdateOutcome::Lost);
        }
        let expected = ExpectedRecord::Unchanged(&self.record.change);
        match self.tracker.store.write_if(&next, expected).await? {
            Written::Applied => {
                self.record = next;
                Ok(UpdateOutcome::Applied)
            }
            Written::Otherwise(_) => Ok(UpdateOutcome::Lost),
        }
    }
}
