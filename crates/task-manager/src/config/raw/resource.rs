//! `resources.NAME`, and how much of it a labourer uses.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RawHealthMetric, RawHealthSteps, durations};

/// What several labourers use, and share: a database, an API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Resource")]
pub(in crate::config) struct RawResource {
    /// What all live attempts of the labourers that use it may hold together, each as much as `uses` of its
    /// labourer says: connections to a database, for example.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub permits: Option<u32>,
    /// How many tasks may start in a while, of all labourers that use it: calls of an API, for example.
    pub rate: Option<RawRate>,
    /// What its health is read from, by a name of your choice. Its permits are scaled by it.
    pub health_metrics: Option<BTreeMap<String, RawHealthMetric>>,
    /// How fast its health may change.
    pub health_steps: Option<RawHealthSteps>,
}

/// At most so many in any window of time. Each task counts for as many as `uses` of its labourer says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Rate")]
pub(in crate::config) struct RawRate {
    /// Tasks that may start in any window of `per_seconds`.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub limit: u32,
    /// The length of the window; at most 31d.
    #[schemars(range(min = 0.001, max = 2_678_400), transform = durations::seconds)]
    pub per_seconds: f64,
    /// Tasks that may start at once, at most `limit`; the others start evenly. Default 1.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub burst: Option<u32>,
}

/// How much of a resource: of its permits an attempt holds so many, of its rate a task takes so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[schemars(rename = "Weight")]
pub(in crate::config) struct RawWeight(#[schemars(range(min = 1, max = 1_000_000))] pub u32);
