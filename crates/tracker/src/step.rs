//! Every step a unit can take, as pure functions of what was read and the time.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use crate::unit::{Limits, Record, Status, UnitError};
use labourer::{Failure, Timestamp};

/// Errors a unit remembers, the latest ones.
pub const MOST_ERRORS: usize = 10;

/// The decision about a worker that wants to begin a unit.
#[derive(Clone, Debug, PartialEq)]
pub enum BeginDecision {
    /// The record to write; the worker whose write is applied holds the unit.
    Start(Record),
    /// The record to write: its last attempt died, and none is left.
    Exhaust(Record),
    /// Another worker holds it.
    Held {
        /// Until then, unless it is done earlier or extended.
        until: Timestamp,
    },
    /// There is nothing to do.
    Done,
    /// Nobody may begin it any more.
    Exhausted,
}

impl Record {
    /// A unit nobody has begun.
    pub fn new(scope: &str, unit: &str, limits: Limits, now: Timestamp) -> Self {
        Self {
            scope: scope.to_owned(),
            unit: unit.to_owned(),
            status: Status::Pending,
            attempts: 0,
            max_attempts: limits.max_attempts,
            locked_until: None,
            owner: None,
            data: Value::Null,
            errors: Vec::new(),
            created_at: now,
            updated_at: now,
            expires_at: None,
            change: token(),
        }
    }

    /// Whether it can be begun now, and as what.
    pub fn begin(&self, limits: Limits, now: Timestamp) -> BeginDecision {
        let died = match (self.status, self.locked_until) {
            (Status::Succeeded | Status::Ignored, _) => return BeginDecision::Done,
            (Status::Exhausted, _) => return BeginDecision::Exhausted,
            (Status::InProgress, Some(until)) if until >= now => {
                return BeginDecision::Held { until };
            }
            (Status::InProgress, _) => true,
            (Status::Pending | Status::Failed, _) => false,
        };
        let mut next = self.changed(now);
        next.max_attempts = limits.max_attempts;
        if died {
            next.remember("LockExpired", "its lock expired before it was done", now);
        }
        if self.attempts >= limits.max_attempts {
            return BeginDecision::Exhaust(next.left_as(Status::Exhausted));
        }
        next.status = Status::InProgress;
        next.attempts += 1;
        next.owner = Some(token());
        next.locked_until = Some(now + limits.lock);
        BeginDecision::Start(next)
    }

    /// Its owner did it.
    pub fn succeeded(&self, data: Value, limits: Limits, now: Timestamp) -> Self {
        let mut next = self.changed(now).left_as(Status::Succeeded);
        next.data = data;
        next.expires_at = limits.keep.map(|keep| now + keep);
        next
    }

    /// Its owner could not do it.
    pub fn failed(&self, failure: &Failure, now: Timestamp) -> Self {
        let mut next = self.changed(now);
        next.remember(failure.kind(), failure.message(), now);
        let spent = next.attempts >= next.max_attempts;
        next.left_as(if spent { Status::Exhausted } else { Status::Failed })
    }

    /// Its owner gives it back untouched: the attempt does not count.
    pub fn released(&self, now: Timestamp) -> Self {
        let mut next = self.changed(now);
        next.attempts = next.attempts.saturating_sub(1);
        next.left_as(Status::Pending)
    }

    /// It need not be done.
    pub fn ignored(&self, why: &str, now: Timestamp) -> Self {
        let mut next = self.changed(now);
        next.remember("Ignored", why, now);
        next.left_as(Status::Ignored)
    }

    /// It is to be done again, with all its attempts.
    pub fn again(&self, now: Timestamp) -> Self {
        let mut next = self.changed(now);
        next.attempts = 0;
        next.left_as(Status::Pending)
    }

    /// Its owner saves what it has so far.
    pub fn saved(&self, data: Value, now: Timestamp) -> Self {
        Self { data, ..self.changed(now) }
    }

    /// Its owner needs longer.
    pub fn extended(&self, lock: Duration, now: Timestamp) -> Self {
        Self { locked_until: Some(now + lock), ..self.changed(now) }
    }

    fn changed(&self, now: Timestamp) -> Self {
        Self { updated_at: now, change: token(), ..self.clone() }
    }

    fn left_as(self, status: Status) -> Self {
        Self { status, owner: None, locked_until: None, ..self }
    }

    fn remember(&mut self, kind: &str, message: &str, at: Timestamp) {
        let (kind, message) = (kind.to_owned(), message.chars().take(1000).collect());
        self.errors.push(UnitError { attempt: self.attempts, kind, message, at });
        let surplus = self.errors.len().saturating_sub(MOST_ERRORS);
        self.errors.drain(..surplus);
    }
}

fn token() -> String {
    Uuid::new_v4().simple().to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits { lock: Duration::from_secs(60), max_attempts: 2, keep: None };

    fn at(seconds: u32) -> Timestamp {
        Timestamp::from_seconds(seconds.into())
    }

    fn started(record: &Record, now: u32) -> Record {
        match record.begin(LIMITS, at(now)) {
            BeginDecision::Start(next) => next,
            other => panic!("not started: {other:?}"),
        }
    }

    #[test]
    fn a_unit_is_held_to_the_last_moment_of_its_lock_and_not_longer() {
        let held = started(&Record::new("s", "u", LIMITS, at(0)), 100);
        assert_eq!(held.begin(LIMITS, at(160)), BeginDecision::Held { until: at(160) });
        let again = started(&held, 161);
        assert_eq!((again.attempts, again.locked_until), (2, Some(at(221))));
        assert_ne!(again.owner, held.owner);
    }

    #[test]
    fn a_unit_that_is_left_has_no_owner() {
        let held = started(&Record::new("s", "u", LIMITS, at(0)), 100);
        let failure = Failure::new("NoInk", "no ink");
        for left in [
            held.succeeded(Value::Null, LIMITS, at(101)),
            held.failed(&failure, at(101)),
            held.released(at(101)),
            held.ignored("why", at(101)),
        ] {
            assert_eq!((left.owner, left.locked_until), (None, None), "{:?}", left.status);
        }
    }

    #[test]
    fn only_the_latest_errors_are_remembered() {
        let mut record = Record::new("s", "u", LIMITS, at(0));
        for n in 0..30 {
            record = record.failed(&Failure::new(format!("E{n}"), "no ink"), at(n));
        }
        assert_eq!(record.errors.len(), MOST_ERRORS);
        assert_eq!(record.errors.last().map(|error| error.kind.as_str()), Some("E29"));
    }

    proptest! {
        #[test]
        fn no_history_of_a_unit_exceeds_its_attempts_or_leaves_a_success(
            steps in prop::collection::vec((0u8..6, 0u32..100), 1..60),
        ) {
            let mut record = Record::new("s", "u", LIMITS, at(0));
            let (mut now, mut succeeded) = (0, false);
            for (step, later) in steps {
                now += later;
                let held = record.status == Status::InProgress;
                record = match step {
                    0..=2 => match record.begin(LIMITS, at(now)) {
                        BeginDecision::Start(next) | BeginDecision::Exhaust(next) => next,
                        _ => record,
                    },
                    3 if held => record.failed(&Failure::new("NoInk", "no ink"), at(now)),
                    4 if held => record.succeeded(Value::Null, LIMITS, at(now)),
                    5 if held => record.released(at(now)),
                    _ => record,
                };
                succeeded |= record.status == Status::Succeeded;
                prop_assert!(record.attempts <= record.max_attempts);
                prop_assert_eq!(record.status == Status::InProgress, record.owner.is_some());
                prop_assert_eq!(record.owner.is_some(), record.locked_until.is_some());
                prop_assert_eq!(succeeded, record.status == Status::Succeeded);
            }
        }
    }
}
