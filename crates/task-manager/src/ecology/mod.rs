//! The health of a labourer's surroundings.

use serde_json::Value;

/// A labourer's health metric.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthMetric {
    /// Its name in the config.
    pub name: String,
    /// Its definition.
    pub raw: Value,
}
