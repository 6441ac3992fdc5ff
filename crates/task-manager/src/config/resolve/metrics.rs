//! `labourers.NAME.health_metrics.NAME`.

use std::{collections::BTreeMap, fmt};

use super::seconds;
use crate::{
    config::{findings::Findings, raw},
    ecology::{
        Comparison, Feelings, Health, HealthMetric, Missing, Query, Series, Source, Statistic,
    },
    mistakes::Path,
};

/// The health metrics of a labourer.
pub(super) fn metrics(
    labourer: &raw::Labourer,
    task: &raw::TaskConfig,
    path: &Path,
    findings: &mut Findings,
) -> Vec<HealthMetric> {
    let common = task.ecology_config.as_ref().and_then(|raw| raw.default_metric_values.as_ref());
    let common = common.cloned().unwrap_or_default();
    let path = path.key("health_metrics");
    let raw = labourer.health_metrics.iter().flatten();
    raw.filter_map(|(name, raw)| metric(name, raw, &common, &path.key(name), findings)).collect()
}

fn metric(
    name: &str,
    raw: &raw::HealthMetric,
    common: &raw::Details,
    path: &Path,
    findings: &mut Findings,
) -> Option<HealthMetric> {
    let feelings = feelings(raw, path, findings);
    let Some(details) = &raw.details else {
        findings.mistake(path, "field details is missing: it names the metric");
        return None;
    };
    let query = query(&over(details, common), &path.key("details"), findings)?;
    let missing = missing(raw.missing.as_ref());
    Some(HealthMetric { name: name.into(), query, feelings: feelings?, missing })
}

fn feelings(raw: &raw::HealthMetric, path: &Path, findings: &mut Findings) -> Option<Feelings> {
    let comparison = match &raw.feeling_comparison_operator {
        Some(raw::Comparison(sign)) => {
            findings.keep(&path.key("feeling_comparison_operator"), sign.parse())?
        }
        None => Comparison::default(),
    };
    let targets = raw.feelings.unwrap_or_default();
    let feelings = Feelings { comparison, targets };
    let path = path.key("feelings");
    if targets.iter().all(|(_, target)| target.is_none()) {
        findings.mistake(&path, "no status has a target: the health would always be 0 Bad");
    }
    if let Some((health, higher)) = feelings.unreachable() {
        let text = format_args!(
            "{health} is never felt: with {} its target must be easier than that of {higher}",
            comparison.sign()
        );
        findings.mistake(&path, text);
    }
    Some(feelings)
}

/// The details of a metric, over those that all metrics have in common.
fn over(own: &raw::Details, common: &raw::Details) -> raw::Details {
    let (own, common) = (own.clone(), common.clone());
    let named = own.metric_name.is_some() || own.name.is_some();
    let counted = own.statistics.is_some() || own.extended_statistics.is_some();
    raw::Details {
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

fn query(raw: &raw::Details, path: &Path, findings: &mut Findings) -> Option<Query> {
    let period = raw.period.unwrap_or(60);
    if !(matches!(period, 1 | 5 | 10 | 20 | 30) || period.is_multiple_of(60)) {
        let text = format_args!("got {period}, expected 1, 5, 10, 20, 30 or a multiple of 60");
        findings.mistake(&path.key("Period"), text);
    }
    let slice = raw.metric_aggregation_time_slice.unwrap_or(300);
    if slice < period {
        let text = format_args!("{slice} s is less than the period of {period} s");
        findings.mistake(&path.key("MetricAggregationTimeSlice"), text);
    }
    let given = [&raw.statistics, &raw.extended_statistics];
    if given.iter().all(|given| given.is_some()) {
        findings.mistake(path, "give either Statistics or ExtendedStatistics");
    }
    let given = given.into_iter().flatten().next();
    let statistic = statistic(given, &path.key("Statistics"), findings)?;
    let source = source(raw, path, findings)?;
    Some(Query { source, statistic, period, slice })
}

fn statistic(raw: Option<&Vec<String>>, path: &Path, findings: &mut Findings) -> Option<Statistic> {
    match raw.and_then(|names| names.first()) {
        Some(name) => findings.keep(path, name.parse()),
        None => Some(Statistic::default()),
    }
}

fn source(raw: &raw::Details, path: &Path, findings: &mut Findings) -> Option<Source> {
    let Some(expression) = &raw.expression else {
        if raw.metrics.is_some() {
            findings.mistake(path, "field Expression is missing: it says what Metrics are for");
        }
        let names = [&raw.metric_name, &raw.name];
        return series(names, &raw.namespace, &raw.dimensions, &raw.unit, path, findings)
            .map(Source::Series);
    };
    if raw.metric_name.is_some() || raw.name.is_some() {
        findings.mistake(path, "give either MetricName or Expression");
    }
    let mut parts = BTreeMap::new();
    for (name, part) in raw.metrics.iter().flatten() {
        let path = path.key("Metrics").key(name);
        is_identifier(name, &path, findings);
        let names = [&part.metric_name, &part.name];
        let series = series(names, &part.namespace, &part.dimensions, &part.unit, &path, findings)?;
        let statistic = statistic(part.statistics.as_ref(), &path.key("Statistics"), findings)?;
        parts.insert(name.clone(), (series, statistic));
    }
    Some(Source::Math { expression: expression.clone(), parts })
}

fn series(
    names: [&Option<String>; 2],
    namespace: &Option<String>,
    dimensions: &Option<Vec<raw::Dimension>>,
    unit: &Option<String>,
    path: &Path,
    findings: &mut Findings,
) -> Option<Series> {
    let missing = |field: &dyn fmt::Display, findings: &mut Findings| {
        findings.mistake(path, format_args!("field {field} is missing"));
    };
    let [metric_name, name] = names;
    if matches!((metric_name, name), (Some(one), Some(other)) if one != other) {
        findings.mistake(path, "MetricName and Name differ: keep one of them");
    }
    let name = metric_name.as_ref().or(name.as_ref());
    if name.is_none() {
        missing(&"MetricName", findings);
    }
    if namespace.is_none() {
        missing(&"Namespace", findings);
    }
    let dimensions = dimensions.iter().flatten();
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

fn missing(raw: Option<&raw::Missing>) -> Missing {
    let status = |status: u8| Health::try_from(status).unwrap_or(Health::Moderate);
    match raw {
        None | Some(raw::Missing::Word(raw::MissingWord::Hold)) => Missing::default(),
        Some(raw::Missing::Word(raw::MissingWord::Ignore)) => Missing::Ignore,
        Some(raw::Missing::Status(number)) => Missing::Status(status(*number)),
        Some(raw::Missing::Hold(raw::Hold { hold, then })) => Missing::Hold {
            within: hold.map_or(Missing::WITHIN, seconds),
            then: then.map_or(Health::Moderate, status),
        },
    }
}
