//! The units of one task, one job, or whatever they belong to.

use crate::{
    Tracker,
    error::TrackerError,
    held::Unit,
    item::{self, Listed},
    step::BeginDecision,
    store::Written,
    table::{self, ExpectedRecord},
    unit::{Record, Status},
};
use labourer::Timestamp;

/// Rounds of reading and deciding again before a unit counts as contended.
const ROUNDS: usize = 10;

/// Units that belong together.
#[derive(Clone, Debug)]
pub struct Scope {
    pub(super) tracker: Tracker,
    pub(super) name: String,
}

/// The answer to a worker that wants to begin a unit.
#[derive(Debug)]
pub enum Begin {
    /// The worker holds it until it reports how the work ended, or the lock expires.
    Started(Unit),
    /// Another worker holds it.
    Held {
        /// Until then at the latest, unless extended.
        until: Timestamp,
    },
    /// Nothing to do: it succeeded, or need not be done. Its data are the result.
    Done(Record),
    /// All its attempts are spent.
    Exhausted(Record),
}

impl Scope {
    /// Begins a unit, known or new.
    pub async fn begin(&self, unit: &str) -> Result<Begin, TrackerError> {
        let (limits, now) = (self.tracker.limits(), self.tracker.now());
        let fresh = self.fresh(unit)?;
        // Most units are new: then one conditional write both checks that and begins the unit.
        let mut known: Option<Record> = None;
        for _ in 0..ROUNDS {
            let current = known.as_ref().unwrap_or(&fresh);
            let (next, started) = match current.begin(limits, now) {
                BeginDecision::Start(next) => (next, true),
                BeginDecision::Exhaust(next) => (next, false),
                BeginDecision::Held { until } => return Ok(Begin::Held { until }),
                BeginDecision::Done => return Ok(Begin::Done(current.clone())),
                BeginDecision::Exhausted => return Ok(Begin::Exhausted(current.clone())),
            };
            match self.tracker.store.write_if(&next, expected(known.as_ref())).await? {
                Written::Applied if started => {
                    return Ok(Begin::Started(Unit {
                        tracker: self.tracker.clone(),
                        record: next,
                    }));
                }
                Written::Applied => return Ok(Begin::Exhausted(next)),
                Written::Otherwise(found) => known = found,
            }
        }
        Err(TrackerError::Contended { unit: unit.to_owned() })
    }

    /// Adds a unit without beginning it. Returns whether it was new.
    pub async fn add(&self, unit: &str) -> Result<bool, TrackerError> {
        let written =
            self.tracker.store.write_if(&self.fresh(unit)?, ExpectedRecord::Absent).await?;
        Ok(matches!(written, Written::Applied))
    }

    /// Decides that a unit, known or new, need not be done. A unit that succeeded stays so, and
    /// somebody who works on it loses it. Returns what it is now.
    pub async fn ignore(&self, unit: &str, why: &str) -> Result<Record, TrackerError> {
        self.change(unit, |record, now| {
            let over = matches!(record.status, Status::Succeeded | Status::Ignored);
            (!over).then(|| record.ignored(why, now))
        })
        .await
    }

    /// Has a failed, exhausted or ignored unit done again, with all its attempts. Returns what the
    /// unit is now.
    pub async fn retry(&self, unit: &str) -> Result<Record, TrackerError> {
        self.change(unit, |record, now| {
            let again = [Status::Failed, Status::Exhausted, Status::Ignored];
            again.contains(&record.status).then(|| record.again(now))
        })
        .await
    }

    /// What is known about a unit.
    pub async fn get(&self, unit: &str) -> Result<Option<Record>, TrackerError> {
        self.tracker.store.get(&self.name, unit).await
    }

    /// The units with one of these statuses, for instance [`Status::UNFINISHED`] or
    /// [`Status::WENT_WRONG`], up to `limit`. The index they come from lags behind by a moment.
    pub async fn list(
        &self,
        statuses: &[Status],
        limit: Option<usize>,
    ) -> Result<Vec<Listed>, TrackerError> {
        let store = &self.tracker.store;
        let mut found = Vec::new();
        for status in statuses {
            let query = table::with_status(store.query(), &self.name, *status);
            let left = limit.map(|limit| limit.saturating_sub(found.len()));
            for item in store.all(query, left).await? {
                found.push(item::listed(&item, *status)?);
            }
        }
        Ok(found)
    }

    /// Reads, decides and writes, again until no other write comes between reading and writing.
    async fn change(
        &self,
        unit: &str,
        decide: impl Fn(&Record, Timestamp) -> Option<Record>,
    ) -> Result<Record, TrackerError> {
        let fresh = self.fresh(unit)?;
        let mut known = self.get(unit).await?;
        for _ in 0..ROUNDS {
            let current = known.as_ref().unwrap_or(&fresh);
            let Some(next) = decide(current, self.tracker.now()) else {
                return Ok(current.clone());
            };
            match self.tracker.store.write_if(&next, expected(known.as_ref())).await? {
                Written::Applied => return Ok(next),
                Written::Otherwise(found) => known = found,
            }
        }
        Err(TrackerError::Contended { unit: unit.to_owned() })
    }

    pub(super) fn fresh(&self, unit: &str) -> Result<Record, TrackerError> {
        named("unit", unit, 1024)?;
        Ok(Record::new(&self.name, unit, self.tracker.limits(), self.tracker.now()))
    }
}

/// DynamoDB keeps keys of these sizes. The index's key is a scope and a status.
pub(super) fn named(what: &'static str, name: &str, most: usize) -> Result<(), TrackerError> {
    if (1..=most).contains(&name.len()) {
        return Ok(());
    }
    Err(TrackerError::BadName { what, name: name.chars().take(100).collect(), most })
}

fn expected(known: Option<&Record>) -> ExpectedRecord<'_> {
    known.map_or(ExpectedRecord::Absent, |record| ExpectedRecord::Unchanged(&record.change))
}
