//! What the number of a labourer's slots depends on, by the config.

use super::{adaptive::Adaptive, breaker::Breaker, health::Steps, metric::HealthMetric};

/// What limits the slots of a labourer. By default nothing does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HealthPolicy {
    pub metrics: Vec<HealthMetric>,
    pub steps: Steps,
    /// Leaves it with probes while it fails.
    pub breaker: Option<Breaker>,
    /// Finds its limit from within.
    pub adaptive: Option<Adaptive>,
}

impl HealthPolicy {
    /// Can it limit the slots at all?
    pub fn limits_slots(&self) -> bool {
        !self.metrics.is_empty() || self.depends_on_outcomes()
    }

    /// Does it depend on what became of the labourer's attempts?
    pub fn depends_on_outcomes(&self) -> bool {
        self.breaker.is_some() || self.adaptive.is_some()
    }
}
