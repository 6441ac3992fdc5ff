//! Reads health metrics from CloudWatch, of all who have any, in as few calls as there can be.
//!
//! Whatever goes wrong becomes a [`Reading::Missing`] of the metrics it concerns, never an error:
//! no labourer has to wait for another's metric.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_sdk_cloudwatch::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_metric_data::{GetMetricDataError, builders::GetMetricDataInputBuilder},
};

use super::{
    metric::{HealthMetric, Query},
    reading::{Reading, Readings},
};
use crate::time::Timestamp;

mod answer;
mod ask;
mod math;

/// The name within a call of the query at `index` of its batch.
fn name(index: usize) -> String {
    format!("q{index}")
}

/// Why a call was not answered.
#[derive(Debug)]
enum ReadFailure {
    /// Something in the call is wrong: others may be fine.
    Refused(String),
    /// CloudWatch cannot be asked at present.
    Failed(String),
}

/// CloudWatch's answers about those with these health metrics. Takes `budget` at most.
pub async fn fetch<'a, K: Ord>(
    client: &Client,
    measured: impl IntoIterator<Item = (K, &'a [HealthMetric])>,
    now: Timestamp,
    budget: Duration,
) -> BTreeMap<K, Readings> {
    let measured: Vec<_> = measured.into_iter().collect();
    let metrics = measured.iter().flat_map(|(_, metrics)| *metrics);
    let queries: BTreeSet<&Query> = metrics.map(|metric| &metric.query).collect();
    let send = async |input: GetMetricDataInputBuilder| {
        input.send_with(client).await.map_err(|error| failure(&error))
    };
    let answers = ask::within(budget, &queries, now, send).await;
    let reading = |query: &Query| {
        let unknown = || Reading::Missing("CloudWatch did not answer".into());
        answers.get(query).cloned().unwrap_or_else(unknown)
    };
    let readings = |metrics: &[HealthMetric]| {
        metrics.iter().map(|metric| (metric.name.clone(), reading(&metric.query))).collect()
    };
    measured.into_iter().map(|(whose, metrics)| (whose, readings(metrics))).collect()
}

fn failure(error: &SdkError<GetMetricDataError>) -> ReadFailure {
    let Some(code) = error.code() else {
        return ReadFailure::Failed(without_code(error));
    };
    let text = brief(&format!("CloudWatch: {code}: {}", error.message().unwrap_or("no message")));
    let about = |words: &[&str]| words.iter().any(|word| code.contains(word));
    if about(&["Validation", "Invalid", "Missing"]) && !about(&["Token", "Signature", "Access"]) {
        return ReadFailure::Refused(text);
    }
    ReadFailure::Failed(text)
}

fn without_code(error: &SdkError<GetMetricDataError>) -> String {
    match error {
        SdkError::TimeoutError(_) => "CloudWatch timed out".into(),
        SdkError::DispatchFailure(_) => "CloudWatch cannot be reached".into(),
        other => match other.raw_response() {
            Some(response) => format!("CloudWatch answered {}", response.status().as_u16()),
            None => brief(&format!("CloudWatch: {other}")),
        },
    }
}

/// One line, short enough for a labourer's row.
fn brief(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests;
