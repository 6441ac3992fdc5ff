//! A health metric: what to ask CloudWatch, which status the answer means, and which status to assume
//! without one.

use std::{collections::BTreeMap, fmt, str::FromStr, time::Duration};

use thiserror::Error;

use super::{feelings::Feelings, health::Health};

/// One of the metrics that a labourer's health is read from.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthMetric {
    /// Its name in the config, and in the reasons.
    pub name: String,
    pub query: Query,
    pub feelings: Feelings,
    pub missing: Missing,
}

/// What to ask CloudWatch. Equal queries of several labourers are asked once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    pub source: Source,
    /// The statistic of each period, and of the periods of the slice, which become one value.
    pub statistic: Statistic,
    /// Length of a period in seconds. Default 60.
    pub period: u32,
    /// How far back to look, in seconds (`MetricAggregationTimeSlice`). Default 300.
    pub slice: u32,
}

impl Query {
    /// The metrics that are asked for.
    pub fn series(&self) -> impl Iterator<Item = &Series> {
        let (one, parts) = match &self.source {
            Source::Series(series) => (Some(series), None),
            Source::Math { parts, .. } => (None, Some(parts)),
        };
        let parts = parts.into_iter().flat_map(BTreeMap::values).map(|(series, _)| series);
        one.into_iter().chain(parts)
    }
}

/// Where the numbers of a query come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Series(Series),
    /// Metric math over some.
    Math {
        /// The expression; it names `parts`.
        expression: String,
        /// The metrics of the expression by the name that it uses.
        parts: BTreeMap<String, (Series, Statistic)>,
    },
}

/// A metric as CloudWatch names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// For example `AWS/RDS`.
    pub namespace: String,
    /// For example `CPUUtilization`.
    pub name: String,
    /// Pairs of name and value.
    pub dimensions: Vec<(String, String)>,
    /// Only data points of this unit.
    pub unit: Option<String>,
}

/// What CloudWatch computes of the samples in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statistic {
    #[default]
    Average,
    Minimum,
    Maximum,
    Sum,
    SampleCount,
    /// A percentile (`p99`, `p99.9`) or another extended statistic (`tm90`, `IQM`, …).
    Extended(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no statistic: use Average, Minimum, Maximum, Sum, SampleCount or a percentile like p99"
)]
pub struct UnknownStatistic(String);

impl Statistic {
    /// Those that are words.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("Average", Self::Average),
        ("Minimum", Self::Minimum),
        ("Maximum", Self::Maximum),
        ("Sum", Self::Sum),
        ("SampleCount", Self::SampleCount),
    ];

    /// One value of the values of the periods. A percentile of a whole slice cannot be had from
    /// those of its periods: their mean stands for it.
    pub fn aggregate(&self, values: &[f64]) -> Option<f64> {
        let first = values.first().copied()?;
        let total: f64 = values.iter().sum();
        let value = match self {
            Self::Average | Self::Extended(_) => total / values.len() as f64,
            Self::Minimum => values.iter().copied().fold(first, f64::min),
            Self::Maximum => values.iter().copied().fold(first, f64::max),
            Self::Sum | Self::SampleCount => total,
        };
        value.is_finite().then_some(value)
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extended(text) => f.write_str(text),
            word => f.write_str(
                Self::WORDS.iter().find(|(_, known)| known == word).map_or("", |(text, _)| text),
            ),
        }
    }
}

impl FromStr for Statistic {
    type Err = UnknownStatistic;
    fn from_str(text: &str) -> Result<Self, UnknownStatistic> {
        if let Some((_, known)) = Self::WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(known.clone());
        }
        let percent = ["tm", "wm", "tc", "ts", "p"].iter().find_map(|kind| text.strip_prefix(kind));
        let extended = match percent {
            Some(number) => is_percent(number),
            None => text == "IQM",
        };
        if extended { Ok(Self::Extended(text.into())) } else { Err(UnknownStatistic(text.into())) }
    }
}

fn is_percent(number: &str) -> bool {
    number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && number.parse::<f64>().is_ok_and(|percent| (0.0..=100.0).contains(&percent))
}

/// What to assume of a metric without data points, or when CloudWatch does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The last value, as long as it is younger than `within`; then a status.
    Hold {
        /// How old the last value may be.
        within: Duration,
        /// The status that counts afterwards.
        then: Health,
    },
    /// Nothing: the other metrics decide.
    Ignore,
    /// This status, at once.
    Status(Health),
}

impl Missing {
    /// How old a held value may be by default: 15 minutes.
    pub const WITHIN: Duration = Duration::from_secs(900);
}

impl Default for Missing {
    fn default() -> Self {
        Self::Hold { within: Self::WITHIN, then: Health::Moderate }
    }
}
