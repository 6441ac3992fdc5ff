//! `health_metrics.NAME` of a labourer or a resource.

use std::{collections::BTreeMap, fmt, time::Duration};

use super::seconds_or;
use crate::{
    config::{
        findings::Findings,
        raw::{
            RawComparison, RawDetails, RawDimension, RawHealthMetric, RawHold, RawMissing,
            RawMissingWord, RawTaskConfig,
        },
    },
    duration,
    ecology::{
        Comparison, Feelings, Health, HealthMetric, Missing, Query, Series, Source, Statistic,
    },
    mistakes::Path,
};

/// The health metrics of what stands at `path`.
pub(super) fn metrics(
    raw: &mut Option<BTreeMap<String, RawHealthMetric>>,
    task: &RawTaskConfig,
    path: &Path,
    findings: &mut Findings,
) -> Vec<HealthMetric> {
    let common = task.ecology_config.as_ref().and_then(|raw| raw.default_metric_values.as_ref());
    let common = common.cloned().unwrap_or_default();
    let path = path.key("health_metrics");
    let raw = raw.get_or_insert_default().iter_mut();
    raw.filter_map(|(name, raw)| metric(name, raw, &common, &path.key(name), findings)).collect()
}

fn metric(
    name: &str,
    raw: &mut RawHealthMetric,
    common: &RawDetails,
    path: &Path,
    findings: &mut Findings,
) -> Option<HealthMetric> {
    let feelings = feelings(raw, path, findings);
    let Some(details) = &mut raw.details else {
        findings.mistake(path, "field details is missing: it names the metric");
        return None;
    };
    *details = over(details, common);
    let query = query(details, &path.key("details"), findings)?;
    let missing = missing(&mut raw.missing);
    Some(HealthMetric { name: name.into(), query, feelings: feelings?, missing })
}

fn feelings(raw: &mut RawHealthMetric, path: &Path, findings: &mut Findings) -> Option<Feelings> {
    let comparison = match &raw.feeling_comparison_operator {
        Some(RawComparison(sign)) => {
            findings.keep(&path.key("feeling_comparison_operator"), sign.parse())?
        }
        None => Comparison::default(),
    };
    raw.feeling_comparison_operator = Some(RawComparison(comparison.sign().into()));
    let targets = *raw.feelings.get_or_insert_default();
    let feelings = Feelings { comparison, targets };
    let path = path.key("feelings");
    if targets.iter().all(|(_, target)| target.is_none()) {
        findings.warning(&path, "no status has a target: the health is always 0 Bad");
    }
    if let Some((health, higher)) = feelings.unreachable() {
        let text = format_args!(
            "{health} is never felt: with {} its target must be easier than that of {higher}",
            comparison.sign()
        );
        findings.warning(&path, text);
    }
    Some(feelings)
}

/// The details of a metric, over those that all metrics have in common.
fn over(own: &RawDetails, common: &RawDetails) -> RawDetails {
    let (own, common) = (own.clone(), common.clone());
    let named = own.metric_name.is_some() || own.name.is_some();
    let counted = own.statistics.is_some() || own.extended_statistics.is_some();
    RawDetails {
        metric_name: own.metric_name.or(common.metric_name.filter(|_| !named)),
        name: own.name.or(common.name.filter(|_| !named)),
        namespace: own.namespace.or(common.namespace),
        dimensions: own.dimensions.or(common.dimensions),
        period: own.period.or(common.period),
        statistics: own.statistics.or(common.statistics.filter(|_| !counted)),
        extended_statistics: own
            .extended_statistics
            .or(common.extended_statistics.filter(|_| !counted)),
        unit: own.unit.or(common.unit),
        metric_aggregation_time_slice: own
            .metric_aggregation_time_slice
            .or(common.metric_aggregation_time_slice),
        expression: own.expression.or(common.expression),
        metrics: own.metrics.or(common.metrics),
    }
}

fn query(raw: &mut RawDetails, path: &Path, findings: &mut Findings) -> Option<Query> {
    let text = |seconds: u32| duration::text(Duration::from_secs(seconds.into()));
    let period = *raw.period.get_or_insert(60);
    if !(matches!(period, 1 | 5 | 10 | 20 | 30) || period.is_multiple_of(60)) {
        let got = text(period);
        let why = format_args!("got {got}, expected 1s, 5s, 10s, 20s, 30s or whole minutes");
        findings.mistake(&path.key("Period"), why);
    }
    let at = path.key("MetricAggregationTimeSlice");
    let slice = *raw.metric_aggregation_time_slice.get_or_insert(300);
    if slice < period {
        let (slice, period) = (text(slice), text(period));
        findings.mistake(&at, format_args!("{slice} is less than the period of {period}"));
    }
    let extended = raw.extended_statistics.take();
    if raw.statistics.is_some() && extended.is_some() {
        findings.mistake(path, "give either Statistics or ExtendedStatistics");
    }
    raw.statistics = raw.statistics.take().or(extended);
    let statistic = statistic(&mut raw.statistics, &path.key("Statistics"), findings)?;
    let source = source(raw, path, findings)?;
    Some(Query { source, statistic, period, slice })
}

fn statistic(
    raw: &mut Option<Vec<String>>,
    path: &Path,
    findings: &mut Findings,
) -> Option<Statistic> {
    let names = raw.get_or_insert_with(|| vec![Statistic::default().to_string()]);
    findings.keep(path, names.first()?.parse())
}

fn source(raw: &mut RawDetails, path: &Path, findings: &mut Findings) -> Option<Source> {
    let Some(expression) = &raw.expression else {
        if raw.metrics.is_some() {
            findings.mistake(path, "field Expression is missing: it says what Metrics are for");
        }
        let names = [&mut raw.metric_name, &mut raw.name];
        return series(names, &raw.namespace, &mut raw.dimensions, &raw.unit, path, findings)
            .map(Source::Series);
    };
    if raw.metric_name.is_some() || raw.name.is_some() {
        findings.mistake(path, "give either MetricName or Expression");
    }
    // What all metrics have in common is meant for those of one series.
    (raw.namespace, raw.dimensions, raw.unit) = (None, None, None);
    let mut parts = BTreeMap::new();
    for (name, part) in raw.metrics.get_or_insert_default() {
        let path = path.key("Metrics").key(name);
        is_identifier(name, &path, findings);
        let names = [&mut part.metric_name, &mut part.name];
        let (dimensions, unit) = (&mut part.dimensions, &part.unit);
        let series = series(names, &part.namespace, dimensions, unit, &path, findings)?;
        let statistic = statistic(&mut part.statistics, &path.key("Statistics"), findings)?;
        parts.insert(name.clone(), (series, statistic));
    }
    Some(Source::Math { expression: expression.clone(), parts })
}

fn series(
    [metric_name, name]: [&mut Option<String>; 2],
    namespace: &Option<String>,
    dimensions: &mut Option<Vec<RawDimension>>,
    unit: &Option<String>,
    path: &Path,
    findings: &mut Findings,
) -> Option<Series> {
    let missing = |field: &dyn fmt::Display, findings: &mut Findings| {
        findings.mistake(path, format_args!("field {field} is missing"));
    };
    if matches!((&metric_name, &name), (Some(one), Some(other)) if one != other) {
        findings.mistake(path, "MetricName and Name differ: keep one of them");
    }
    *metric_name = metric_name.take().or(name.take());
    let name = metric_name.as_ref();
    if name.is_none() {
        missing(&"MetricName", findings);
    }
    if namespace.is_none() {
        missing(&"Namespace", findings);
    }
    let dimensions = dimensions.get_or_insert_default().iter();
    let dimensions = dimensions.map(|raw| (raw.name.clone(), raw.value.clone())).collect();
    let namespace = namespace.clone()?;
    Some(Series { namespace, name: name?.clone(), dimensions, unit: unit.clone() })
}

/// CloudWatch's rule for the names in an expression.
fn is_identifier(name: &str, path: &Path, findings: &mut Findings) {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !starts || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        findings
            .mistake(path, "a name in an expression is a small letter, then letters, digits, _");
    }
}

fn missing(raw: &mut Option<RawMissing>) -> Missing {
    let status = |status: u8| Health::try_from(status).unwrap_or(Health::Moderate);
    let mut hold = match raw {
        Some(RawMissing::Word(RawMissingWord::Ignore)) => return Missing::Ignore,
        Some(RawMissing::Status(number)) => return Missing::Status(status(*number)),
        Some(RawMissing::Hold(hold)) => hold.clone(),
        None | Some(RawMissing::Word(RawMissingWord::Hold)) => RawHold::default(),
    };
    let within = seconds_or(&mut hold.hold, Missing::WITHIN);
    let then = status(*hold.then.get_or_insert(Health::Moderate.status()));
    *raw = Some(RawMissing::Hold(hold));
    Missing::Hold { within, then }
}
