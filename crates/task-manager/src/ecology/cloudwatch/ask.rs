//! The calls: up to 500 metrics each, page by page, within a budget of time.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_sdk_cloudwatch::{
    operation::get_metric_data::{GetMetricDataOutput, builders::GetMetricDataInputBuilder},
    primitives::DateTime,
    types::{Metric, MetricDataQuery, MetricStat, ScanBy},
};

use tracing::warn;

use super::{ReadFailure, answer::Answers, math::with_prefix, name};
use crate::{
    duration,
    ecology::{
        metric::{Query, Series, Source, Statistic},
        reading::Reading,
    },
    time::Timestamp,
};

/// Metrics of a call, as CloudWatch allows.
const PER_CALL: usize = 500;
/// Refused calls that are asked again in halves, in one tick: enough for several wrong metrics,
/// and an end to it when everything is refused.
const SPLITS: usize = 50;
/// Pages of a call; more would mean that the pages never end.
const PAGES: usize = 100;

/// The reading of each query, got by `send` within `budget`.
pub(super) async fn within<F>(
    budget: Duration,
    queries: &BTreeSet<&Query>,
    now: Timestamp,
    send: F,
) -> BTreeMap<Query, Reading>
where
    F: AsyncFn(GetMetricDataInputBuilder) -> Result<GetMetricDataOutput, ReadFailure>,
{
    let queries: Vec<&Query> = queries.iter().copied().collect();
    let mut answers = Answers::default();
    if tokio::time::timeout(budget, ask(&queries, now, send, &mut answers)).await.is_err() {
        let budget = duration::text(budget);
        answers.fail_the_rest(&queries, &format!("CloudWatch took more than {budget}"));
    }
    let reading = |query: &&Query| ((*query).clone(), answers.reading(query, now));
    queries.iter().map(reading).collect()
}

/// Asks for all queries. A call that is refused is asked again in halves, until the one query
/// that is wrong stands alone.
async fn ask<F>(queries: &[&Query], now: Timestamp, send: F, answers: &mut Answers)
where
    F: AsyncFn(GetMetricDataInputBuilder) -> Result<GetMetricDataOutput, ReadFailure>,
{
    let mut todo = batches(queries);
    let mut splits = 0;
    while let Some(batch) = todo.pop() {
        match pages(&batch, now, &send, answers).await {
            Ok(()) => {}
            Err(ReadFailure::Refused(_)) if batch.len() > 1 && splits < SPLITS => {
                splits += 1;
                let (first, second) = batch.split_at(batch.len() / 2);
                todo.extend([first.to_vec(), second.to_vec()]);
            }
            Err(ReadFailure::Refused(why) | ReadFailure::Failed(why)) => {
                warn!(why, "health metrics are not read; labourers go on as `missing` says");
                answers.fail_the_rest(&batch, &why);
            }
        }
    }
}

async fn pages<F>(
    batch: &[&Query],
    now: Timestamp,
    send: &F,
    answers: &mut Answers,
) -> Result<(), ReadFailure>
where
    F: AsyncFn(GetMetricDataInputBuilder) -> Result<GetMetricDataOutput, ReadFailure>,
{
    let mut token = None;
    for _ in 0..PAGES {
        let page = send(input(batch, now, token)).await?;
        answers.add(batch, &page);
        token = page.next_token;
        if token.is_none() {
            return Ok(());
        }
    }
    Err(ReadFailure::Failed(format!("CloudWatch has more than {PAGES} pages")))
}

/// The queries in calls; a query stays together with the metrics of its expression.
fn batches<'a>(queries: &[&'a Query]) -> Vec<Vec<&'a Query>> {
    let mut batches: Vec<Vec<&Query>> = Vec::new();
    let mut room = 0;
    for query in queries {
        let size = match &query.source {
            Source::Series(_) => 1,
            Source::Math { parts, .. } => 1 + parts.len(),
        };
        match batches.last_mut() {
            Some(batch) if size <= room => batch.push(query),
            _ => {
                batches.push(vec![query]);
                room = PER_CALL;
            }
        }
        room = room.saturating_sub(size);
    }
    batches
}

fn input(batch: &[&Query], now: Timestamp, token: Option<String>) -> GetMetricDataInputBuilder {
    let slice = batch.iter().map(|query| query.slice).max().unwrap_or_default();
    let time = |at: Timestamp| DateTime::from_secs_f64(at.seconds());
    let queries = batch.iter().enumerate().flat_map(|(index, query)| data_queries(index, query));
    GetMetricDataInputBuilder::default()
        .set_metric_data_queries(Some(queries.collect()))
        .start_time(time(now - Duration::from_secs(slice.into())))
        .end_time(time(now))
        .scan_by(ScanBy::TimestampDescending)
        .set_next_token(token)
}

fn data_queries(index: usize, query: &Query) -> Vec<MetricDataQuery> {
    let name = name(index);
    let asked = MetricDataQuery::builder().id(&name).return_data(true);
    match &query.source {
        Source::Series(series) => {
            vec![asked.metric_stat(stat(series, &query.statistic, query.period)).build()]
        }
        Source::Math { expression, parts } => {
            let expression = with_prefix(expression, &name, |word| parts.contains_key(word));
            let period = query.period.cast_signed();
            let mut queries = vec![asked.expression(expression).period(period).build()];
            queries.extend(parts.iter().map(|(part, (series, statistic))| {
                MetricDataQuery::builder()
                    .id(format!("{name}_{part}"))
                    .return_data(false)
                    .metric_stat(stat(series, statistic, query.period))
                    .build()
            }));
            queries
        }
    }
}

fn stat(series: &Series, statistic: &Statistic, period: u32) -> MetricStat {
    let dimensions = series.dimensions.iter().map(|(name, value)| {
        aws_sdk_cloudwatch::types::Dimension::builder().name(name).value(value).build()
    });
    let metric = Metric::builder()
        .namespace(&series.namespace)
        .metric_name(&series.name)
        .set_dimensions(Some(dimensions.collect()))
        .build();
    MetricStat::builder()
        .metric(metric)
        .period(period.cast_signed())
        .stat(statistic.to_string())
        .set_unit(series.unit.as_deref().map(Into::into))
        .build()
}
