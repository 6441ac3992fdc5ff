//! What comes back: data points by query, or why there are none.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_cloudwatch::{
    operation::get_metric_data::GetMetricDataOutput,
    types::{MetricDataResult, StatusCode},
};

use super::{brief, name};
use crate::{
    duration,
    ecology::{metric::Query, reading::Reading},
    time::Timestamp,
};

/// The answers to all calls of a tick.
#[derive(Debug, Default)]
pub(super) struct Answers {
    points: BTreeMap<Query, Vec<(Timestamp, f64)>>,
    failures: BTreeMap<Query, String>,
}

impl Answers {
    /// Takes in a page of the answer to a call for `batch`.
    pub fn add(&mut self, batch: &[&Query], page: &GetMetricDataOutput) {
        for (index, query) in batch.iter().enumerate() {
            let name = name(index);
            for result in page.metric_data_results().iter().filter(|r| r.id() == Some(&name)) {
                self.points.entry((*query).clone()).or_default().extend(points(result));
                if let Some(why) = failure(result) {
                    self.failures.insert((*query).clone(), why);
                }
            }
        }
    }

    /// Notes `why` for those of `batch` that are without an answer.
    pub fn fail_the_rest(&mut self, batch: &[&Query], why: &str) {
        for query in batch.iter().filter(|query| !self.points.contains_key(**query)) {
            self.failures.entry((*query).clone()).or_insert_with(|| why.into());
        }
    }

    /// The value of a query over its slice.
    pub fn reading(&self, query: &Query, now: Timestamp) -> Reading {
        let points = self.points.get(query).map(Vec::as_slice).unwrap_or_default();
        let oldest = now.seconds() - f64::from(query.slice);
        let reaches = |at: Timestamp| at.seconds() + f64::from(query.period) > oldest;
        let values: Vec<f64> =
            points.iter().filter(|(at, _)| reaches(*at)).map(|(_, value)| *value).collect();
        match query.statistic.aggregate(&values) {
            Some(value) => Reading::Value(value),
            None => Reading::Missing(match self.failures.get(query) {
                Some(why) => why.clone(),
                None => format!(
                    "no data points in {}",
                    duration::text(Duration::from_secs(query.slice.into()))
                ),
            }),
        }
    }
}

fn points(result: &MetricDataResult) -> impl Iterator<Item = (Timestamp, f64)> + '_ {
    let times = result.timestamps().iter().map(|at| Timestamp::from_seconds(at.as_secs_f64()));
    times.zip(result.values().iter().copied()).filter(|(_, value)| value.is_finite())
}

fn failure(result: &MetricDataResult) -> Option<String> {
    let failed =
        matches!(result.status_code(), Some(StatusCode::Forbidden | StatusCode::InternalError));
    let message = result.messages().iter().find_map(|message| message.value());
    let status = result.status_code().map_or("failed", StatusCode::as_str);
    failed.then(|| brief(&format!("CloudWatch: {}", message.unwrap_or(status))))
}
