//! `PutMetricData` and `GetMetricData` on the store.

use std::collections::BTreeMap;

use super::math::Expression;
use super::statistic::{Sample, Statistic};
use super::store::{MetricKey, Metrics};
use super::wire::{
    Datum, Dimension, GetMetricData, Metric, MetricDataQuery, MetricDataResult, MetricStat,
    PutMetricData,
};

/// Most values of a metric in one request, and most queries of one request, as in CloudWatch.
const VALUES: usize = 150;
const DATA: usize = 1000;
const QUERIES: usize = 500;
const DATAPOINTS: usize = 100_800;

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidQuery {
    #[error("The parameter {parameter} is required.")]
    Missing { parameter: String },
    #[error("The value {given} for parameter {parameter} is not valid: {reason}")]
    Invalid { parameter: String, given: String, reason: String },
}

impl InvalidQuery {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "MissingRequiredParameterException",
            Self::Invalid { .. } => "InvalidParameterValueException",
        }
    }

    /// The code of the protocol before, which SDKs still show.
    pub(crate) fn query_code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "MissingParameter",
            Self::Invalid { .. } => "InvalidParameterValue",
        }
    }
}

fn invalid(
    parameter: impl Into<String>,
    given: impl ToString,
    reason: impl Into<String>,
) -> InvalidQuery {
    InvalidQuery::Invalid {
        parameter: parameter.into(),
        given: given.to_string(),
        reason: reason.into(),
    }
}

/// All of the request's values, or none.
pub(crate) fn put(metrics: &Metrics, request: PutMetricData, now: f64) -> Result<(), InvalidQuery> {
    let PutMetricData { namespace, metric_data } = request;
    if namespace.is_empty() {
        return Err(InvalidQuery::Missing { parameter: "Namespace".into() });
    }
    if metric_data.len() > DATA {
        return Err(invalid(
            "MetricData",
            metric_data.len(),
            format!("at most {DATA} in one request"),
        ));
    }
    let read = |datum: Datum| Ok((samples(&datum, now)?, datum.metric_name, datum.dimensions));
    let read = metric_data.into_iter().map(read).collect::<Result<Vec<_>, InvalidQuery>>()?;
    for (samples, name, dimensions) in read {
        metrics.insert(
            MetricKey { namespace: namespace.clone(), name, dimensions: keyed(dimensions) },
            samples,
        );
    }
    Ok(())
}

fn keyed(dimensions: Vec<Dimension>) -> BTreeMap<String, String> {
    dimensions.into_iter().map(|dimension| (dimension.name, dimension.value)).collect()
}

fn samples(datum: &Datum, now: f64) -> Result<Vec<Sample>, InvalidQuery> {
    let at = datum.timestamp.unwrap_or(now);
    let name = format!("MetricData.{}", datum.metric_name);
    if let Some(set) = &datum.statistic_values {
        if set.sample_count <= 0.0 {
            return Err(invalid(name, set.sample_count, "SampleCount must be more than 0"));
        }
        let (minimum, maximum) = (set.minimum, set.maximum);
        return Ok(vec![Sample { at, count: set.sample_count, sum: set.sum, minimum, maximum }]);
    }
    if let Some(value) = datum.value {
        return Ok(vec![Sample::value(at, value, 1.0)]);
    }
    if datum.values.is_empty() {
        return Err(InvalidQuery::Missing { parameter: format!("{name}.Value") });
    }
    let fits = datum.counts.is_empty() || datum.counts.len() == datum.values.len();
    if datum.values.len() > VALUES || !fits || datum.counts.iter().any(|count| *count <= 0.0) {
        let reason = format!("at most {VALUES}, with as many Counts, each more than 0");
        return Err(invalid(name, datum.values.len(), reason));
    }
    let counts = datum.counts.iter().copied().chain(std::iter::repeat(1.0));
    Ok(datum
        .values
        .iter()
        .zip(counts)
        .map(|(value, count)| Sample::value(at, *value, count))
        .collect())
}

/// The series of the queries whose data is wanted, newest point first unless asked otherwise.
pub(crate) fn get(
    metrics: &Metrics,
    request: &GetMetricData,
) -> Result<Vec<MetricDataResult>, InvalidQuery> {
    let queries = &request.metric_data_queries;
    if request.start_time >= request.end_time {
        return Err(invalid("StartTime", request.start_time, "it must be before EndTime"));
    }
    if queries.len() > QUERIES {
        return Err(invalid("MetricDataQueries", queries.len(), format!("at most {QUERIES}")));
    }
    let mut series: BTreeMap<&str, Series> = BTreeMap::new();
    let (measured, computed): (Vec<_>, Vec<_>) =
        queries.iter().partition(|query| query.expression.is_none());
    for query in measured {
        check_id(query, &series)?;
        series.insert(&query.id, measure(metrics, query, request)?);
    }
    for query in computed {
        check_id(query, &series)?;
        let points = compute(query, &series)?;
        series.insert(&query.id, points);
    }
    let wanted = queries.iter().filter(|query| query.return_data != Some(false));
    Ok(wanted.map(|query| result(query, series.get(query.id.as_str()), request)).collect())
}

/// Start of a period in whole seconds, and its value.
type Series = BTreeMap<i64, f64>;

fn check_id(query: &MetricDataQuery, series: &BTreeMap<&str, Series>) -> Result<(), InvalidQuery> {
    let id = &query.id;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if !id.starts_with(|letter: char| letter.is_ascii_lowercase()) || !id.chars().all(plain) {
        return Err(invalid(
            "Id",
            id,
            "it must start with a lower-case letter, then letters, digits and _",
        ));
    }
    if series.contains_key(id.as_str()) {
        return Err(invalid("Id", id, "it is used twice"));
    }
    Ok(())
}

fn measure(
    metrics: &Metrics,
    query: &MetricDataQuery,
    request: &GetMetricData,
) -> Result<Series, InvalidQuery> {
    let missing =
        |parameter: &str| InvalidQuery::Missing { parameter: format!("{}.{parameter}", query.id) };
    let MetricStat { metric, period, stat } =
        query.metric_stat.as_ref().ok_or_else(|| missing("MetricStat"))?;
    let statistic = Statistic::parse(stat).ok_or_else(|| {
        let known = "use Average, Minimum, Maximum, Sum, SampleCount or pNN";
        invalid(format!("{}.Stat", query.id), stat, known)
    })?;
    let known =
        [1.0, 5.0, 10.0, 20.0, 30.0].contains(period) || (*period >= 60.0 && period % 60.0 == 0.0);
    if !known {
        return Err(invalid(
            format!("{}.Period", query.id),
            period,
            "use 1, 5, 10, 20, 30 or a multiple of 60",
        ));
    }
    let Metric { namespace, metric_name, .. } = metric;
    let key = MetricKey {
        namespace: namespace.clone().ok_or_else(|| missing("Namespace"))?,
        name: metric_name.clone().ok_or_else(|| missing("MetricName"))?,
        dimensions: metric.dimensions.iter().map(|d| (d.name.clone(), d.value.clone())).collect(),
    };
    Ok(bucketed(metrics, &key, *period, statistic, request))
}

/// Periods are aligned to the clock, and one counts whose start is within the range.
fn bucketed(
    metrics: &Metrics,
    key: &MetricKey,
    period: f64,
    statistic: Statistic,
    request: &GetMetricData,
) -> Series {
    let start = |at: f64| (at / period).floor() * period;
    let mut buckets: BTreeMap<i64, Vec<Sample>> = BTreeMap::new();
    for sample in metrics.between(key, start(request.start_time), request.end_time) {
        #[expect(clippy::cast_possible_truncation, reason = "seconds of this age of the world")]
        buckets.entry(start(sample.at) as i64).or_default().push(sample);
    }
    buckets.into_iter().filter_map(|(at, samples)| Some((at, statistic.of(&samples)?))).collect()
}

fn compute(
    query: &MetricDataQuery,
    series: &BTreeMap<&str, Series>,
) -> Result<Series, InvalidQuery> {
    let text = query.expression.as_deref().unwrap_or_default();
    let refused = |reason: String| {
        let known = "here only ids, numbers, + - * / and parentheses";
        invalid(format!("{}.Expression", query.id), text, format!("{reason}; {known}"))
    };
    let expression = Expression::parse(text).map_err(refused)?;
    let ids = expression.ids();
    let mut inputs = Vec::new();
    for id in ids {
        let points = series
            .get(id)
            .ok_or_else(|| refused(format!("`{id}` is no id of a query before it")))?;
        inputs.push((id, points));
    }
    let times: std::collections::BTreeSet<i64> =
        inputs.iter().flat_map(|(_, points)| points.keys().copied()).collect();
    let at = |time: i64| {
        let values =
            inputs.iter().filter_map(|(id, points)| Some((*id, *points.get(&time)?))).collect();
        Some((time, expression.value(&values)?))
    };
    Ok(times.into_iter().filter_map(at).collect())
}

fn result(
    query: &MetricDataQuery,
    series: Option<&Series>,
    request: &GetMetricData,
) -> MetricDataResult {
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age of the world")]
    let mut points: Vec<(f64, f64)> =
        series.into_iter().flatten().map(|(at, value)| (*at as f64, *value)).collect();
    if request.scan_by.as_deref() != Some("TimestampAscending") {
        points.reverse();
    }
    points.truncate(request.max_datapoints.unwrap_or(DATAPOINTS).min(DATAPOINTS));
    let name = query.metric_stat.as_ref().and_then(|stat| stat.metric.metric_name.clone());
    let label = query.label.clone().or(name).unwrap_or_else(|| query.id.clone());
    MetricDataResult { id: query.id.clone(), label, points }
}
