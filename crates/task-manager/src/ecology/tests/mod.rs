#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use super::*;
use crate::time::Timestamp;

mod adaptive;
mod assess;
mod breaker;
mod cloudwatch;
mod feelings;
mod missing;

const MINUTE: Duration = Duration::from_secs(60);

fn start() -> Timestamp {
    Timestamp::from_seconds(1_700_000_000.0)
}

/// Targets for 4 High, 3 Good and 2 Moderate.
fn feelings(comparison: Comparison, high: f64, good: f64, moderate: f64) -> Feelings {
    let targets = ByHealth {
        bad: None,
        poor: None,
        moderate: Some(moderate),
        good: Some(good),
        high: Some(high),
    };
    Feelings { comparison, targets }
}

/// A metric that is better the lower it is: 25, 50 and 75.
fn metric(name: &str) -> HealthMetric {
    HealthMetric {
        name: name.into(),
        query: query(name),
        feelings: feelings(Comparison::AtMost, 25.0, 50.0, 75.0),
        missing: Missing::default(),
    }
}

fn series(name: &str) -> Series {
    Series { namespace: "Test".into(), name: name.into(), dimensions: Vec::new(), unit: None }
}

fn query(name: &str) -> Query {
    Query {
        source: Source::Series(series(name)),
        statistic: Statistic::Average,
        period: 60,
        slice: 300,
    }
}

fn policy(metrics: impl IntoIterator<Item = HealthMetric>) -> HealthPolicy {
    HealthPolicy { metrics: metrics.into_iter().collect(), ..HealthPolicy::default() }
}

fn value(name: &str, value: f64) -> (String, Reading) {
    (name.into(), Reading::Value(value))
}

fn none(name: &str) -> (String, Reading) {
    (name.into(), Reading::Missing("no data points in 5m".into()))
}

/// The ticks of a labourer with ten slots, one a minute.
struct Ticks {
    policy: HealthPolicy,
    max: u32,
    now: Timestamp,
    memory: Option<Memory>,
}

impl Ticks {
    fn of(policy: HealthPolicy) -> Self {
        Self { policy, max: 10, now: start(), memory: None }
    }

    fn read(&mut self, readings: impl IntoIterator<Item = (String, Reading)>) -> Memory {
        self.next(readings, Outcomes::default())
    }

    fn end(&mut self, outcomes: Outcomes) -> Memory {
        self.next([], outcomes)
    }

    fn next(
        &mut self,
        readings: impl IntoIterator<Item = (String, Reading)>,
        outcomes: Outcomes,
    ) -> Memory {
        let tick = Tick {
            policy: &self.policy,
            max: self.max,
            coefficients: &Coefficients::SOSW,
            before: self.memory.as_ref(),
            readings: &readings.into_iter().collect(),
            outcomes,
            counted: None,
            now: self.now,
        };
        let memory = tick.assess();
        self.now = self.now + MINUTE;
        self.memory = Some(memory.clone());
        memory
    }
}
