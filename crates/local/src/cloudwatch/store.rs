//! The values, by metric and time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::statistic::Sample;
use crate::sync::lock;

/// Values kept of one metric; the oldest go first.
const KEPT: usize = 100_000;

/// What makes a metric: its namespace, its name, and exactly these dimensions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MetricKey {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) dimensions: BTreeMap<String, String>,
}

/// All metrics. Clones are the same metrics.
#[derive(Debug, Clone, Default)]
pub struct Metrics(Arc<Mutex<BTreeMap<MetricKey, Vec<Sample>>>>);

impl Metrics {
    /// Puts one value of a metric at a time in Unix seconds, as `PutMetricData` does.
    pub fn put(
        &self,
        namespace: &str,
        name: &str,
        dimensions: &[(&str, &str)],
        at: f64,
        value: f64,
    ) {
        let dimensions = dimensions
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let key = MetricKey { namespace: namespace.to_owned(), name: name.to_owned(), dimensions };
        self.insert(key, vec![Sample::value(at, value, 1.0)]);
    }

    pub(crate) fn insert(&self, key: MetricKey, samples: Vec<Sample>) {
        let mut metrics = lock(&self.0);
        let kept = metrics.entry(key).or_default();
        for sample in samples {
            let place = kept.partition_point(|earlier| earlier.at <= sample.at);
            kept.insert(place, sample);
        }
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }

    /// The values with from <= time < to, oldest first.
    pub(crate) fn between(&self, key: &MetricKey, from: f64, to: f64) -> Vec<Sample> {
        let metrics = lock(&self.0);
        let samples = metrics.get(key).map(Vec::as_slice).unwrap_or_default();
        samples.iter().filter(|sample| from <= sample.at && sample.at < to).copied().collect()
    }
}
