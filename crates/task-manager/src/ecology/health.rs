//! The five statuses, and what each is worth.

use std::fmt;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The health of what a labourer depends on, from the worst to the best.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(into = "u8", try_from = "u8")]
pub enum Health {
    /// 0: by default nothing is started.
    Bad,
    /// 1: by default nothing is started.
    Poor,
    /// 2: by default half of the slots are used.
    Moderate,
    /// 3: by default three quarters of the slots are used.
    Good,
    /// 4: every slot is used.
    #[default]
    High,
}

impl Health {
    /// Every status, from the worst to the best.
    pub const ALL: [Self; 5] = [Self::Bad, Self::Poor, Self::Moderate, Self::Good, Self::High];

    /// The number that stands for it in the config and in the tables.
    pub fn status(self) -> u8 {
        self as u8
    }

    /// The status after one tick in which the metrics have the status `seen`.
    pub fn towards(self, seen: Self, steps: Steps) -> Self {
        let (now, then) = (self.status(), seen.status());
        let next = if then > now {
            then.min(now.saturating_add(steps.rise))
        } else {
            then.max(now.saturating_sub(steps.fall))
        };
        Self::try_from(next).unwrap_or(seen)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bad => "Bad",
            Self::Poor => "Poor",
            Self::Moderate => "Moderate",
            Self::Good => "Good",
            Self::High => "High",
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status(), self.name())
    }
}

impl From<Health> for u8 {
    fn from(health: Health) -> Self {
        health.status()
    }
}

impl TryFrom<u8> for Health {
    type Error = UnknownStatus;
    fn try_from(status: u8) -> Result<Self, UnknownStatus> {
        Self::ALL.get(usize::from(status)).copied().ok_or(UnknownStatus(status))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("status {0} is refused: health is 0 Bad, 1 Poor, 2 Moderate, 3 Good or 4 High")]
pub struct UnknownStatus(u8);

/// How many statuses a labourer's health may change in one tick, so that it does not flap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// Upwards; 4 is at once. Default 1.
    pub rise: u8,
    /// Downwards; 4 is at once. Default 4.
    pub fall: u8,
}

impl Default for Steps {
    fn default() -> Self {
        Self { rise: 1, fall: 4 }
    }
}

/// One value for each status, keyed by its number in the config.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = no_other_status, rename = "ByHealth")]
pub struct ByHealth<T> {
    /// For 0 Bad.
    #[serde(rename = "0")]
    pub bad: T,
    /// For 1 Poor.
    #[serde(rename = "1")]
    pub poor: T,
    /// For 2 Moderate.
    #[serde(rename = "2")]
    pub moderate: T,
    /// For 3 Good.
    #[serde(rename = "3")]
    pub good: T,
    /// For 4 High.
    #[serde(rename = "4")]
    pub high: T,
}

/// sosw accepts other keys, and never looks at them.
fn no_other_status(schema: &mut Schema) {
    let word = "there is no such status: health is 0 Bad, 1 Poor, 2 Moderate, 3 Good or 4 High";
    schema.insert(
        "additionalProperties".to_owned(),
        json!({ "deprecated": true, "description": word }),
    );
}

impl<T: Copy> ByHealth<T> {
    pub fn get(&self, health: Health) -> T {
        match health {
            Health::Bad => self.bad,
            Health::Poor => self.poor,
            Health::Moderate => self.moderate,
            Health::Good => self.good,
            Health::High => self.high,
        }
    }

    /// Every status with its value, from the worst to the best.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Health, T)> + '_ {
        Health::ALL.into_iter().map(|health| (health, self.get(health)))
    }
}

impl<T> ByHealth<T> {
    pub fn map<U>(self, change: impl Fn(T) -> U) -> ByHealth<U> {
        ByHealth {
            bad: change(self.bad),
            poor: change(self.poor),
            moderate: change(self.moderate),
            good: change(self.good),
            high: change(self.high),
        }
    }
}

impl<T> ByHealth<Option<T>> {
    /// Each value that is there, else the other.
    pub fn or(self, other: ByHealth<T>) -> ByHealth<T> {
        ByHealth {
            bad: self.bad.unwrap_or(other.bad),
            poor: self.poor.unwrap_or(other.poor),
            moderate: self.moderate.unwrap_or(other.moderate),
            good: self.good.unwrap_or(other.good),
            high: self.high.unwrap_or(other.high),
        }
    }
}

/// The part of its slots that a labourer may use in each health, from 0 to 1.
pub type Coefficients = ByHealth<f64>;

impl Coefficients {
    /// sosw's: nothing below Moderate, then a half, three quarters, all.
    pub const SOSW: Self = Self { bad: 0.0, poor: 0.0, moderate: 0.5, good: 0.75, high: 1.0 };

    /// The slots that may be used out of `max` in `health`.
    pub fn slot_limit(&self, max: u32, health: Health) -> u32 {
        // The tiny addend keeps 0.29 of 100 from becoming 28.
        let slots = f64::from(max) * self.get(health).clamp(0.0, 1.0) + 1e-9;
        (slots.floor() as u32).min(max)
    }
}
