//! Reads the health metrics of all labourers from CloudWatch, in as few calls as there can be.
//!
//! Whatever goes wrong becomes a [`Reading::Missing`] of the metrics it concerns, never an error:
//! no labourer has to wait for another's metric.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_sdk_cloudwatch::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::get_metric_data::{GetMetricDataError, builders::GetMetricDataInputBuilder},
};

use super::{
    metric::Query,
    reading::{Reading, Readings},
};
use crate::{ids::LabourerId, labourer::Labourer, time::Timestamp};

mod answer;
mod ask;
mod math;

/// Why a call was not answered.
#[derive(Debug)]
enum Failure {
    /// Something in the call is wrong: others may be fine.
    Refused(String),
    /// CloudWatch cannot be asked at present.
    Failed(String),
}

/// What CloudWatch says about the health metrics of these labourers. Takes `budget` at most.
pub async fn fetch<'a>(
    client: &Client,
    labourers: impl IntoIterator<Item = &'a Labourer>,
    now: Timestamp,
    budget: Duration,
) -> BTreeMap<LabourerId, Readings> {
    let labourers: Vec<_> = labourers.into_iter().collect();
    let metrics = labourers.iter().flat_map(|labourer| &labourer.health_metrics);
    let queries: BTreeSet<&Query> = metrics.map(|metric| &metric.query).collect();
    let send = async |input: GetMetricDataInputBuilder| {
        input.send_with(client).await.map_err(|error| failure(&error))
    };
    let answers = ask::within(budget, &queries, now, send).await;
    let reading = |query: &Query| {
        let unknown = || Reading::Missing("CloudWatch did not say".into());
        answers.get(query).cloned().unwrap_or_else(unknown)
    };
    let readings = |labourer: &Labourer| {
        let metrics = labourer.health_metrics.iter();
        metrics.map(|metric| (metric.name.clone(), reading(&metric.query))).collect()
    };
    labourers.into_iter().map(|labourer| (labourer.id.clone(), readings(labourer))).collect()
}

fn failure(error: &SdkError<GetMetricDataError>) -> Failure {
    let Some(code) = error.code() else {
        return Failure::Failed(format!("CloudWatch: {}", DisplayErrorContext(error)));
    };
    let text = format!("CloudWatch: {code}: {}", error.message().unwrap_or("no message"));
    let wrong = ["Validation", "Invalid", "Missing"].iter().any(|kind| code.starts_with(kind));
    if wrong && !code.contains("Token") { Failure::Refused(text) } else { Failure::Failed(text) }
}

#[cfg(test)]
mod tests;
