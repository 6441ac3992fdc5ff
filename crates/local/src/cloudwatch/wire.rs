//! What goes over the wire, in the shape it has in JSON; CBOR is turned into that and back.

use ciborium::value::Value as Cbor;
use serde::Deserialize;
use serde_json::{Map, Number, Value};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutMetricData {
    pub(crate) namespace: String,
    #[serde(default)]
    pub(crate) metric_data: Vec<Datum>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Datum {
    pub(crate) metric_name: String,
    #[serde(default)]
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) timestamp: Option<f64>,
    pub(crate) value: Option<f64>,
    #[serde(default)]
    pub(crate) values: Vec<f64>,
    #[serde(default)]
    pub(crate) counts: Vec<f64>,
    pub(crate) statistic_values: Option<StatisticSet>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Dimension {
    pub(crate) name: String,
    pub(crate) value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StatisticSet {
    pub(crate) sample_count: f64,
    pub(crate) sum: f64,
    pub(crate) minimum: f64,
    pub(crate) maximum: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetMetricData {
    pub(crate) start_time: f64,
    pub(crate) end_time: f64,
    pub(crate) metric_data_queries: Vec<MetricDataQuery>,
    pub(crate) scan_by: Option<String>,
    pub(crate) max_datapoints: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MetricDataQuery {
    pub(crate) id: String,
    pub(crate) metric_stat: Option<MetricStat>,
    pub(crate) expression: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) return_data: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MetricStat {
    pub(crate) metric: Metric,
    pub(crate) period: f64,
    pub(crate) stat: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Metric {
    pub(crate) namespace: Option<String>,
    pub(crate) metric_name: Option<String>,
    #[serde(default)]
    pub(crate) dimensions: Vec<Dimension>,
}

/// One series of an answer; times in Unix seconds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MetricDataResult {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// CBOR as JSON. Timestamps (tag 1) become numbers; bytes have no place in these requests.
pub(crate) fn from_cbor(value: Cbor) -> Result<Value, String> {
    Ok(match value {
        Cbor::Null => Value::Null,
        Cbor::Bool(truth) => Value::Bool(truth),
        Cbor::Text(text) => Value::String(text),
        Cbor::Integer(number) => i64::try_from(number).map_err(|error| error.to_string())?.into(),
        Cbor::Float(number) => Value::Number(
            Number::from_f64(number).ok_or_else(|| format!("{number} is not a number to keep"))?,
        ),
        Cbor::Tag(_, inner) => from_cbor(*inner)?,
        Cbor::Array(items) => {
            items.into_iter().map(from_cbor).collect::<Result<Vec<_>, _>>()?.into()
        }
        Cbor::Map(entries) => {
            let entry = |(key, value): (Cbor, Cbor)| {
                let key = key.into_text().map_err(|_| "a key is no text".to_owned())?;
                Ok::<_, String>((key, from_cbor(value)?))
            };
            entries.into_iter().map(entry).collect::<Result<Map<_, _>, _>>()?.into()
        }
        _ => return Err("bytes are not expected here".into()),
    })
}

/// An answer of `GetMetricData` in CBOR, where a time has a tag and a value is a float.
pub(crate) fn results_to_cbor(results: &[MetricDataResult]) -> Cbor {
    let result = |result: &MetricDataResult| {
        let times =
            result.points.iter().map(|(at, _)| Cbor::Tag(1, Box::new(Cbor::Float(*at)))).collect();
        let values = result.points.iter().map(|(_, value)| Cbor::Float(*value)).collect();
        map([
            ("Id", Cbor::Text(result.id.clone())),
            ("Label", Cbor::Text(result.label.clone())),
            ("StatusCode", Cbor::Text("Complete".into())),
            ("Timestamps", Cbor::Array(times)),
            ("Values", Cbor::Array(values)),
        ])
    };
    map([
        ("MetricDataResults", Cbor::Array(results.iter().map(result).collect())),
        ("Messages", Cbor::Array(Vec::new())),
    ])
}

/// The same in JSON.
pub(crate) fn results_to_json(results: &[MetricDataResult]) -> Value {
    let result = |result: &MetricDataResult| {
        let (times, values): (Vec<f64>, Vec<f64>) = result.points.iter().copied().unzip();
        serde_json::json!({
            "Id": result.id, "Label": result.label, "StatusCode": "Complete", "Timestamps": times, "Values": values,
        })
    };
    serde_json::json!({ "MetricDataResults": results.iter().map(result).collect::<Vec<_>>(), "Messages": [] })
}

pub(crate) fn map<const N: usize>(entries: [(&str, Cbor); N]) -> Cbor {
    Cbor::Map(entries.into_iter().map(|(key, value)| (Cbor::Text(key.to_owned()), value)).collect())
}
