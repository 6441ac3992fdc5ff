//! What a labourer's row keeps about the health of its dependencies from tick to tick.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    breaker::BreakerState,
    health::Health,
    metric::{HealthMetric, Missing},
    outcomes::Counted,
    reading::Seen,
};
use crate::time::Timestamp;

/// What one tick leaves to the next. In the row it is JSON text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The health of its dependencies.
    pub health: Health,
    /// The slots that may be used.
    pub limit: u32,
    /// Why, in words: `2 Moderate: SomeDBCPU 61.3 > 50`.
    pub reason: String,
    /// Since when health and limit are what they are.
    pub since: Timestamp,
    /// The last value of each metric.
    #[serde(default)]
    pub seen: BTreeMap<String, Seen>,
    /// The metrics without a value at this tick, and why.
    #[serde(default)]
    pub missing: BTreeMap<String, String>,
    /// Whether it is left with probes because its attempts fail.
    #[serde(default)]
    pub breaker: BreakerState,
    /// The limit it has found by itself.
    #[serde(default)]
    pub adaptive: Option<u32>,
    /// How far its outcomes have been counted.
    #[serde(default)]
    pub counted: Option<Counted>,
    /// The last changes of health or limit, the latest at the end.
    #[serde(default)]
    pub changes: Vec<Change>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub at: Timestamp,
    /// The health from then on.
    pub health: Health,
    /// The slots from then on.
    pub limit: u32,
    pub reason: String,
}

/// Changes that are remembered.
const CHANGES: usize = 10;

impl Memory {
    /// The memory that a row holds; nothing if it is none.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text for the row.
    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Does it decide the same as the memory before, for the same lack of data? If so, it need
    /// not be written at every tick.
    pub fn decides_as(&self, before: &Self) -> bool {
        let decision = |memory: &Self| (memory.health, memory.limit, memory.adaptive);
        decision(self) == decision(before)
            && self.breaker == before.breaker
            && self.missing.keys().eq(before.missing.keys())
    }

    /// Does it have a newer value of a metric whose value in the memory before will soon be too old
    /// to be held?
    pub fn renews(&self, before: &Self, metrics: &[HealthMetric]) -> bool {
        let seen = |memory: &Self, metric: &HealthMetric| memory.seen.get(&metric.name).copied();
        metrics.iter().any(|metric| match (metric.missing, seen(self, metric)) {
            (Missing::Hold { within, .. }, Some(new)) if !within.is_zero() => {
                seen(before, metric).is_none_or(|old| new.at.since(old.at) >= within / 2)
            }
            _ => false,
        })
    }

    /// Carries over since when things are as they are, and notes a change.
    pub(super) fn following(mut self, before: Option<&Self>) -> Self {
        let same = |before: &&Self| before.health == self.health && before.limit == self.limit;
        self.changes = before.map(|before| before.changes.clone()).unwrap_or_default();
        if let Some(before) = before.filter(same) {
            self.since = before.since;
            return self;
        }
        let (health, limit, reason) = (self.health, self.limit, self.reason.clone());
        self.changes.push(Change { at: self.since, health, limit, reason });
        let old = self.changes.len().saturating_sub(CHANGES);
        self.changes.drain(..old);
        self
    }
}
