//! One tick: from metrics and outcomes to health, limit and the reason in words.

use std::{cmp::Ordering, collections::BTreeMap};

use super::{
    breaker::BreakerState,
    health::{Coefficients, Health},
    memory::Memory,
    outcomes::{Counted, Outcomes},
    policy::HealthPolicy,
    reading::{Felt, Reading, Readings, Seen},
};
use crate::time::Timestamp;

/// Everything that a tick has about one labourer.
#[derive(Clone, Copy, Debug)]
pub struct Tick<'a> {
    pub policy: &'a HealthPolicy,
    /// The slots that it has at best.
    pub max: u32,
    pub coefficients: &'a Coefficients,
    /// What the tick before has left.
    pub before: Option<&'a Memory>,
    pub readings: &'a Readings,
    /// What became of its attempts since the tick before.
    pub outcomes: Outcomes,
    /// How far these outcomes reach.
    pub counted: Option<Counted>,
    pub now: Timestamp,
}

impl Tick<'_> {
    /// The memory after this tick.
    ///
    /// Three limits hold at once: the part of the slots that the health allows, the probes of the
    /// breaker, the limit that the labourer has found by itself. The least counts.
    pub fn assess(&self) -> Memory {
        let max = self.max;
        let worst = self.worst();
        let wanted = worst.as_ref().map_or(Health::High, |felt| felt.health);
        let steps = self.policy.steps;
        // What no metric has made bad (any more) has no steps to take.
        let before = self.before.filter(|_| !self.policy.metrics.is_empty());
        let health = before.map_or(wanted, |before| before.health.towards(wanted, steps));
        let breaker = self.breaker(max);
        let adaptive = self.adaptive(max);
        let of_health = self.coefficients.slot_limit(max, health);
        let limits = [breaker.limit(), adaptive];
        let memory = Memory {
            health,
            limit: limits.into_iter().flatten().fold(of_health, u32::min),
            reason: self.reason(health, wanted, worst) + &limited(breaker, adaptive, max),
            since: self.now,
            seen: self.seen(),
            missing: self.missing(),
            breaker,
            adaptive,
            counted: self.counted,
            changes: Vec::new(),
        };
        memory.following(self.before)
    }

    fn worst(&self) -> Option<Felt> {
        let metrics = self.policy.metrics.iter();
        let votes = metrics.filter_map(|metric| {
            metric.feel(&self.reading(&metric.name), self.last(&metric.name), self.now)
        });
        votes.min_by_key(|felt| felt.health)
    }

    fn reading(&self, metric: &str) -> Reading {
        match self.readings.get(metric) {
            Some(Reading::Value(value)) if !value.is_finite() => {
                Reading::Missing("its value is no number".into())
            }
            Some(reading) => reading.clone(),
            None => Reading::Missing("it was not read".into()),
        }
    }

    fn last(&self, metric: &str) -> Option<Seen> {
        self.before.and_then(|before| before.seen.get(metric).copied())
    }

    fn breaker(&self, max: u32) -> BreakerState {
        let Some(breaker) = self.policy.breaker else { return BreakerState::default() };
        let state = self.before.map(|before| before.breaker).unwrap_or_default();
        breaker.after(state, self.outcomes, max)
    }

    fn adaptive(&self, max: u32) -> Option<u32> {
        let limit = self.before.and_then(|before| before.adaptive);
        self.policy.adaptive.map(|adaptive| adaptive.after(limit, self.outcomes, max))
    }

    /// The last values, of the metrics that the labourer still has.
    fn seen(&self) -> BTreeMap<String, Seen> {
        let metrics = self.policy.metrics.iter().map(|metric| &metric.name);
        let seen = metrics.map(|name| match self.reading(name) {
            Reading::Value(value) => Some((name.clone(), Seen { value, at: self.now })),
            Reading::Missing(_) => self.last(name).map(|seen| (name.clone(), seen)),
        });
        seen.flatten().collect()
    }

    fn missing(&self) -> BTreeMap<String, String> {
        let metrics = self.policy.metrics.iter().map(|metric| &metric.name);
        let missing = metrics.filter_map(|name| match self.reading(name) {
            Reading::Missing(why) => Some((name.clone(), why)),
            Reading::Value(_) => None,
        });
        missing.collect()
    }

    fn reason(&self, health: Health, wanted: Health, worst: Option<Felt>) -> String {
        let why = match worst {
            Some(felt) => felt.why,
            None if self.policy.metrics.is_empty() => "no health metrics".into(),
            None => "no metric has a value".into(),
        };
        match health.cmp(&wanted) {
            Ordering::Equal => format!("{health}: {why}"),
            Ordering::Less => format!("{health}, rising to {wanted}: {why}"),
            Ordering::Greater => format!("{health}, falling to {wanted}: {why}"),
        }
    }
}

fn limited(breaker: BreakerState, adaptive: Option<u32>, max: u32) -> String {
    let probes =
        breaker.limit().map(|slots| format!("; its attempts fail, {slots} of {max} slots"));
    let found = adaptive.filter(|limit| *limit < max);
    let found = found.map(|limit| format!("; adapted to {limit} of {max} slots"));
    probes.unwrap_or_default() + &found.unwrap_or_default()
}
