//! `health_metrics.NAME` of a labourer or a resource.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::durations;
use crate::ecology::{self, ByHealth};

/// A metric of a resource, or of what a labourer depends on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "HealthMetric")]
pub(in crate::config) struct RawHealthMetric {
    /// What to ask CloudWatch.
    pub details: Option<RawDetails>,
    /// The target of each status. The highest status whose target the value satisfies is felt; 0
    /// when there is none.
    pub feelings: Option<ByHealth<Option<f64>>>,
    /// How a value satisfies a target. Default `<=`.
    pub feeling_comparison_operator: Option<RawComparison>,
    /// What to assume without data points. Default: hold the last value for 15 minutes, then 2.
    pub missing: Option<RawMissing>,
}

/// What to ask CloudWatch, in the words of its API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "PascalCase")]
#[schemars(rename = "Details")]
pub(in crate::config) struct RawDetails {
    /// Name of the metric, for example `CPUUtilization`.
    #[schemars(length(min = 1, max = 255))]
    pub metric_name: Option<String>,
    /// The same as `MetricName`.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Namespace of the metric, for example `AWS/RDS`.
    #[schemars(length(min = 1, max = 255))]
    pub namespace: Option<String>,
    /// Which of the metrics with this name.
    #[schemars(length(max = 30))]
    pub dimensions: Option<Vec<RawDimension>>,
    /// The length of a period: 1s, 5s, 10s, 20s, 30s, or whole minutes. Default 1m.
    #[schemars(range(min = 1, max = 86_400), transform = durations::seconds)]
    pub period: Option<u32>,
    /// One statistic: Average, Minimum, Maximum, Sum, SampleCount or a percentile. Default Average.
    #[schemars(length(min = 1, max = 1))]
    pub statistics: Option<Vec<String>>,
    /// One percentile, for example `p99`.
    #[schemars(length(min = 1, max = 1))]
    pub extended_statistics: Option<Vec<String>>,
    /// Only data points of this unit.
    #[schemars(length(min = 1, max = 32))]
    pub unit: Option<String>,
    /// How far to look back. Default 5m.
    #[schemars(range(min = 1, max = 86_400), transform = durations::seconds)]
    pub metric_aggregation_time_slice: Option<u32>,
    /// Metric math instead of one metric, for example `100 * errors / calls`.
    #[schemars(length(min = 1, max = 1024))]
    pub expression: Option<String>,
    /// The metrics of the `Expression`, by the names that it uses.
    pub metrics: Option<BTreeMap<String, RawPart>>,
}

/// One metric of an expression.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "PascalCase")]
#[schemars(rename = "Part")]
pub(in crate::config) struct RawPart {
    /// Name of the metric.
    #[schemars(length(min = 1, max = 255))]
    pub metric_name: Option<String>,
    /// The same as `MetricName`.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Namespace of the metric.
    #[schemars(length(min = 1, max = 255))]
    pub namespace: Option<String>,
    /// Which of the metrics with this name.
    #[schemars(length(max = 30))]
    pub dimensions: Option<Vec<RawDimension>>,
    /// One statistic or percentile. Default Average.
    #[schemars(length(min = 1, max = 1))]
    pub statistics: Option<Vec<String>>,
    /// Only data points of this unit.
    #[schemars(length(min = 1, max = 32))]
    pub unit: Option<String>,
}

/// One dimension of a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "PascalCase")]
#[schemars(rename = "Dimension")]
pub(in crate::config) struct RawDimension {
    /// For example `DBInstanceIdentifier`.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// For example `orders`.
    #[schemars(length(min = 1, max = 1024))]
    pub value: String,
}

/// A comparison in one of its spellings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::config) struct RawComparison(pub String);

impl JsonSchema for RawComparison {
    fn schema_name() -> Cow<'static, str> {
        "Comparison".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": ecology::Comparison::SPELLINGS.map(|(sign, _)| sign) })
    }
}

/// What to assume of a metric without data points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Missing")]
pub(in crate::config) enum RawMissing {
    /// By a word.
    Word(RawMissingWord),
    /// This status, at once.
    Status(#[schemars(range(min = 0, max = 4))] u8),
    /// The last value for a while, then a status.
    Hold(RawHold),
}

/// The last value for a while, then a status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Hold")]
pub(in crate::config) struct RawHold {
    /// How long the last value counts. Default 15m.
    #[schemars(range(min = 0, max = 86_400), transform = durations::seconds)]
    pub hold: Option<f64>,
    /// The status afterwards. Default 2.
    #[schemars(range(min = 0, max = 4))]
    pub then: Option<u8>,
}

/// What to assume of a metric without data points, by a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "MissingWord")]
pub(in crate::config) enum RawMissingWord {
    /// The last value for 15 minutes, then 2 Moderate.
    Hold,
    /// The other metrics decide.
    Ignore,
}
