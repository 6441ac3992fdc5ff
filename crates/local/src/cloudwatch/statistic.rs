//! From values to one number.

/// A value and how often it occurred; or a whole set of values of which only sum and extremes are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
    /// Unix seconds.
    pub(crate) at: f64,
    pub(crate) count: f64,
    pub(crate) sum: f64,
    pub(crate) minimum: f64,
    pub(crate) maximum: f64,
}

impl Sample {
    pub(crate) fn value(at: f64, value: f64, count: f64) -> Self {
        Self { at, count, sum: value * count, minimum: value, maximum: value }
    }
}

/// A statistic that `GetMetricData` can be asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Statistic {
    Average,
    Minimum,
    Maximum,
    Sum,
    SampleCount,
    /// 0 to 100.
    Percentile(f64),
}

impl Statistic {
    /// `None` when there is no such statistic here.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "Average" => Some(Self::Average),
            "Minimum" => Some(Self::Minimum),
            "Maximum" => Some(Self::Maximum),
            "Sum" => Some(Self::Sum),
            "SampleCount" => Some(Self::SampleCount),
            _ => {
                let rank: f64 = text.strip_prefix('p')?.parse().ok()?;
                (0.0..=100.0).contains(&rank).then_some(Self::Percentile(rank))
            }
        }
    }

    /// `None` of no values.
    pub(crate) fn of(self, samples: &[Sample]) -> Option<f64> {
        if samples.is_empty() {
            return None;
        }
        let count: f64 = samples.iter().map(|sample| sample.count).sum();
        let sum: f64 = samples.iter().map(|sample| sample.sum).sum();
        Some(match self {
            Self::SampleCount => count,
            Self::Sum => sum,
            Self::Average => sum / count,
            Self::Minimum => {
                samples.iter().map(|sample| sample.minimum).fold(f64::INFINITY, f64::min)
            }
            Self::Maximum => {
                samples.iter().map(|sample| sample.maximum).fold(f64::NEG_INFINITY, f64::max)
            }
            Self::Percentile(rank) => percentile(samples, rank, count),
        })
    }
}

/// The smallest value that at least `rank` per cent of the values do not exceed. A set of values counts
/// with its mean, for its values are not known.
fn percentile(samples: &[Sample], rank: f64, count: f64) -> f64 {
    let mut values: Vec<(f64, f64)> =
        samples.iter().map(|sample| (sample.sum / sample.count, sample.count)).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted = count * rank / 100.0;
    let mut counted = 0.0;
    for (value, weight) in &values {
        counted += weight;
        if counted >= wanted {
            return *value;
        }
    }
    values.last().map_or(0.0, |(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, values: &[f64]) -> Option<f64> {
        let samples: Vec<_> = values.iter().map(|value| Sample::value(0.0, *value, 1.0)).collect();
        Statistic::parse(text).and_then(|statistic| statistic.of(&samples))
    }

    #[test]
    fn every_statistic_is_what_its_name_says() {
        let values = [4.0, 1.0, 2.0, 3.0];
        assert_eq!(of("Average", &values), Some(2.5));
        assert_eq!(of("Minimum", &values), Some(1.0));
        assert_eq!(of("Maximum", &values), Some(4.0));
        assert_eq!(of("Sum", &values), Some(10.0));
        assert_eq!(of("SampleCount", &values), Some(4.0));
        assert_eq!(of("p50", &values), Some(2.0));
        assert_eq!(of("p99.9", &values), Some(4.0));
        assert_eq!(of("p0", &values), Some(1.0));
    }

    #[test]
    fn unknown_statistics_and_no_values_have_no_number() {
        assert_eq!(Statistic::parse("p101"), None);
        assert_eq!(Statistic::parse("TM(10%:90%)"), None);
        assert_eq!(of("Average", &[]), None);
    }
}
