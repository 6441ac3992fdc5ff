//! A health metric in the words of the config.

use super::seconds;
use crate::{
    config::raw,
    ecology::{HealthMetric, Missing, Query, Series, Source, Statistic},
};

impl From<&HealthMetric> for raw::HealthMetric {
    fn from(metric: &HealthMetric) -> Self {
        Self {
            details: Some((&metric.query).into()),
            feelings: Some(metric.feelings.targets),
            feeling_comparison_operator: Some(raw::Comparison(
                metric.feelings.comparison.sign().into(),
            )),
            missing: Some(metric.missing.into()),
        }
    }
}

impl From<&Query> for raw::Details {
    fn from(query: &Query) -> Self {
        let common = Self {
            statistics: statistics(&query.statistic),
            period: Some(query.period),
            metric_aggregation_time_slice: Some(query.slice),
            ..Self::default()
        };
        match &query.source {
            Source::Series(series) => Self {
                metric_name: Some(series.name.clone()),
                namespace: Some(series.namespace.clone()),
                dimensions: dimensions(series),
                unit: series.unit.clone(),
                ..common
            },
            Source::Math { expression, parts } => Self {
                expression: Some(expression.clone()),
                metrics: Some(parts.iter().map(|(name, of)| (name.clone(), part(of))).collect()),
                ..common
            },
        }
    }
}

fn part((series, statistic): &(Series, Statistic)) -> raw::Part {
    raw::Part {
        metric_name: Some(series.name.clone()),
        name: None,
        namespace: Some(series.namespace.clone()),
        dimensions: dimensions(series),
        statistics: statistics(statistic),
        unit: series.unit.clone(),
    }
}

fn statistics(statistic: &Statistic) -> Option<Vec<String>> {
    Some(vec![statistic.to_string()])
}

fn dimensions(series: &Series) -> Option<Vec<raw::Dimension>> {
    let dimension = |(name, value): &(String, String)| raw::Dimension {
        name: name.clone(),
        value: value.clone(),
    };
    Some(series.dimensions.iter().map(dimension).collect())
}

impl From<Missing> for raw::Missing {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Hold { within, then } => {
                Self::Hold(raw::Hold { hold: seconds(within), then: Some(then.status()) })
            }
            Missing::Ignore => Self::Word(raw::MissingWord::Ignore),
            Missing::Status(health) => Self::Status(health.status()),
        }
    }
}
