//! Effects that are made once.

use serde_json::Value;

use crate::{
    counts::Counts,
    error::TrackerError,
    held::{Unit, UpdateOutcome},
    scope::{Begin, Scope},
    unit::Record,
};
use labourer::{Failure, Timestamp, outcome::Again, panics};

/// The outcome of [`Scope::once`] for a unit.
#[derive(Debug)]
pub enum Once {
    /// The effect was made, now or by an earlier attempt, with this result.
    Done(Value),
    /// The effect failed now. The unit can be tried again while it has attempts.
    Failed(Failure),
    /// Another worker holds the unit.
    Held {
        /// Until then at the latest, unless extended.
        until: Timestamp,
        /// The time at which that was so.
        now: Timestamp,
    },
    /// All its attempts were spent before.
    Exhausted(Record),
    /// The effect is made, but its lock had expired and somebody else changed the unit.
    Overtaken {
        /// The unit.
        unit: String,
    },
}

impl Once {
    /// The result, or the failure to return from a task that depends on it: for a unit that is held, a
    /// snooze until its lock expires.
    pub fn value(self) -> Result<Value, Failure> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Failed(failure) => Err(failure),
            Self::Held { until, now } => {
                Err(Failure::snooze(until.since(now), "another worker holds this unit"))
            }
            Self::Exhausted(record) => {
                let (unit, attempts) = (&record.unit, record.attempts);
                let why = format!("unit {unit} has failed in all its {attempts} attempts");
                Err(Failure::new("UnitExhausted", why))
            }
            Self::Overtaken { unit } => {
                let why = format!("the lock of unit {unit} expired before its effect was recorded");
                Err(Failure::new("LockTooShort", format!("{why}; hold it longer")))
            }
        }
    }
}

impl Scope {
    /// Makes an effect once: begins the unit, runs `effect`, and records its result. Later calls find it
    /// done and return the same result.
    ///
    /// A worker that dies between an effect and its record leaves the unit in progress, and the
    /// effect is made again after the lock. Where even that must not be, pass
    /// [`Unit::idempotency_key`] to whatever makes the effect, or, if it is a write to DynamoDB,
    /// make it in one transaction with the record: [`Scope::together`].
    ///
    /// An error or a panic of `effect` fails the unit; [`Failure::snooze`] gives it back without
    /// spending an attempt.
    pub async fn once<E>(&self, unit: &str, effect: E) -> Result<Once, TrackerError>
    where
        E: AsyncFnOnce(&mut Unit) -> Result<Value, Failure>,
    {
        match self.begin(unit).await? {
            Begin::Started(unit) => make(unit, effect).await,
            Begin::Held { until } => Ok(Once::Held { until, now: self.tracker.now() }),
            Begin::Done(record) => Ok(Once::Done(record.data)),
            Begin::Exhausted(record) => Ok(Once::Exhausted(record)),
        }
    }

    /// Makes the effect once for each of these units, one after the other, until `limit` of them
    /// were attempted. One unit's failure does not stop the others.
    pub async fn each<E>(
        &self,
        units: impl IntoIterator<Item = impl AsRef<str>>,
        limit: Option<u64>,
        mut effect: E,
    ) -> Result<Counts, TrackerError>
    where
        E: AsyncFnMut(&mut Unit) -> Result<Value, Failure>,
    {
        let mut counts = Counts::default();
        for unit in units {
            if limit.is_some_and(|limit| counts.attempted >= limit) {
                break;
            }
            let Begin::Started(unit) = self.begin(unit.as_ref()).await? else {
                counts.skipped += 1;
                continue;
            };
            counts.attempted += 1;
            counts.retried += u64::from(unit.attempt() > 1);
            match make(unit, &mut effect).await? {
                Once::Done(_) => counts.succeeded += 1,
                _ => counts.failed += 1,
            }
        }
        Ok(counts)
    }
}

async fn make<E>(mut unit: Unit, effect: E) -> Result<Once, TrackerError>
where
    E: AsyncFnOnce(&mut Unit) -> Result<Value, Failure>,
{
    let name = unit.name().to_owned();
    let made = panics::caught(effect(&mut unit)).await.flatten();
    let (outcome, once) = match made {
        Ok(value) => (unit.succeed(value.clone()).await?, Once::Done(value)),
        // The failure stands, whoever has the unit by now.
        Err(failure) => {
            let outcome = match failure.when() {
                Again::Snooze(_) => unit.release().await?,
                _ => unit.fail(&failure).await?,
            };
            tracing::warn!(
                unit = name,
                kind = failure.kind(),
                lost = outcome == UpdateOutcome::Lost,
                "failed"
            );
            return Ok(Once::Failed(failure));
        }
    };
    match outcome {
        UpdateOutcome::Applied => Ok(once),
        UpdateOutcome::Lost => Ok(Once::Overtaken { unit: name }),
    }
}
