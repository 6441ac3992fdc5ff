//! What is known of a metric at a tick, and what a labourer makes of it.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    health::Health,
    metric::{HealthMetric, Missing},
};
use crate::{duration, time::Timestamp};

/// CloudWatch's answer about a metric.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    Value(f64),
    /// None, and why.
    Missing(String),
}

/// The answers about the metrics of a labourer, by their names in the config.
pub type Readings = BTreeMap<String, Reading>;

/// The last value of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    pub value: f64,
    /// When it was read.
    pub at: Timestamp,
}

/// A metric's vote.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Felt {
    pub health: Health,
    pub why: String,
}

impl HealthMetric {
    /// The health for this reading; nothing when the metric is missing and may be ignored.
    pub(super) fn feel(
        &self,
        reading: &Reading,
        last: Option<Seen>,
        now: Timestamp,
    ) -> Option<Felt> {
        let name = &self.name;
        let of_value = |value| (self.feelings.health_of(value), self.feelings.why(value));
        let (health, why) = match (reading, self.missing) {
            (Reading::Value(value), _) => {
                let (health, why) = of_value(*value);
                (health, format!("{name} {why}"))
            }
            (Reading::Missing(_), Missing::Ignore) => return None,
            (Reading::Missing(why), Missing::Status(health)) => {
                (health, format!("{name} is missing: {why}"))
            }
            (Reading::Missing(missing), Missing::Hold { within, then }) => {
                match last.map(|seen| (seen.value, now.since(seen.at))) {
                    Some((value, age)) if age < within => {
                        let (health, why) = of_value(value);
                        (health, format!("{name} {why}, {} ago: {missing}", short(age)))
                    }
                    _ => (then, format!("{name} is missing: {missing}")),
                }
            }
        };
        Some(Felt { health, why })
    }
}

fn short(age: Duration) -> String {
    let seconds = age.as_secs();
    let smallest = if seconds < 120 { 1 } else { 60 };
    duration::text(Duration::from_secs(seconds - seconds % smallest))
}
