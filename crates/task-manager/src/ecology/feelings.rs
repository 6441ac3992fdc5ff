//! How a labourer feels about the value of a metric.

use std::{fmt, str::FromStr};

use thiserror::Error;

use super::health::{ByHealth, Health};

/// How a value is held against the target of a status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comparison {
    /// `<=`: less is better.
    #[default]
    AtMost,
    /// `<`: less is better.
    Below,
    /// `>=`: more is better.
    AtLeast,
    /// `>`: more is better.
    Above,
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is no comparison: use <=, <, >=, >, == or != (or le, lt, ge, gt, eq, ne)")]
pub struct UnknownComparison(String);

impl Comparison {
    /// Every accepted spelling: the signs, and Python's names for them.
    pub const SPELLINGS: [(&'static str, Self); 18] = [
        ("<=", Self::AtMost),
        ("<", Self::Below),
        (">=", Self::AtLeast),
        (">", Self::Above),
        ("le", Self::AtMost),
        ("lt", Self::Below),
        ("ge", Self::AtLeast),
        ("gt", Self::Above),
        ("__le__", Self::AtMost),
        ("__lt__", Self::Below),
        ("__ge__", Self::AtLeast),
        ("__gt__", Self::Above),
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("eq", Self::Equal),
        ("ne", Self::NotEqual),
        ("__eq__", Self::Equal),
        ("__ne__", Self::NotEqual),
    ];

    /// Does `value` satisfy `target`?
    pub fn holds(self, value: f64, target: f64) -> bool {
        match self {
            Self::AtMost => value <= target,
            Self::Below => value < target,
            Self::AtLeast => value >= target,
            Self::Above => value > target,
            Self::Equal => value == target,
            Self::NotEqual => value != target,
        }
    }

    pub fn sign(self) -> &'static str {
        match self {
            Self::AtMost => "<=",
            Self::Below => "<",
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }

    fn opposite(self) -> Self {
        match self {
            Self::AtMost => Self::Above,
            Self::Below => Self::AtLeast,
            Self::AtLeast => Self::Below,
            Self::Above => Self::AtMost,
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
        }
    }
}

impl FromStr for Comparison {
    type Err = UnknownComparison;
    fn from_str(text: &str) -> Result<Self, UnknownComparison> {
        let known = Self::SPELLINGS.iter().find(|(spelling, _)| *spelling == text.trim());
        known.map(|(_, comparison)| *comparison).ok_or_else(|| UnknownComparison(text.into()))
    }
}

/// The target of each status, and how a value is held against it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feelings {
    pub comparison: Comparison,
    /// The targets. A status without one is never felt, but for 0, which is left when no target
    /// is satisfied.
    pub targets: ByHealth<Option<f64>>,
}

impl Feelings {
    /// The highest status whose target `value` satisfies; 0 Bad when there is none.
    pub fn health_of(&self, value: f64) -> Health {
        let satisfied = |(_, target): &(Health, f64)| self.comparison.holds(value, *target);
        self.descending().find(satisfied).map_or(Health::Bad, |(health, _)| health)
    }

    /// What decided about `value`: the nearest target that it misses, or else the best it meets.
    pub fn why(&self, value: f64) -> String {
        let health = self.health_of(value);
        let missed = self.descending().filter(|(better, _)| *better > health).last();
        match (missed, self.targets.get(health)) {
            (Some((_, target)), _) => {
                format!("{} {} {}", Short(value), self.comparison.opposite().sign(), Short(target))
            }
            (None, Some(target)) => {
                format!("{} {} {}", Short(value), self.comparison.sign(), Short(target))
            }
            (None, None) => Short(value).to_string(),
        }
    }

    /// The first status that can never be felt, and the higher one that takes all its values.
    pub fn unreachable(&self) -> Option<(Health, Health)> {
        if matches!(self.comparison, Comparison::Equal | Comparison::NotEqual) {
            return None;
        }
        let mut higher: Option<(Health, f64)> = None;
        for (health, target) in self.descending() {
            if let Some((taken_by, demand)) = higher
                && !(self.comparison.holds(demand, target) && demand != target)
            {
                return Some((health, taken_by));
            }
            higher = Some((health, target));
        }
        None
    }

    fn descending(&self) -> impl Iterator<Item = (Health, f64)> + '_ {
        self.targets.iter().rev().filter_map(|(health, target)| Some((health, target?)))
    }
}

/// A number in four significant digits, for people.
pub(super) struct Short(pub f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.0 == 0.0 { 0.0 } else { self.0.abs().log10().floor() };
        let scale = 10f64.powf((3.0 - digits).max(0.0));
        let rounded = (self.0 * scale).round() / scale;
        write!(f, "{}", if rounded.is_finite() { rounded } else { self.0 })
    }
}
