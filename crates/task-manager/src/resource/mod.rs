//! What several labourers use: a database that takes so many connections, an API that takes so many calls in
//! a while.
//!
//! - [`rate`]: how many tasks may start in a while
//! - [`tokens`]: how many of the first tasks of a queue that are
//! - [`shares`]: who may have how many attempts, of what there is
//! - [`ledger`]: who may have them now, and by which limits

pub mod ledger;
pub mod rate;
pub mod tokens;
pub mod shares;

use std::collections::BTreeMap;

use crate::{
    ecology::{HealthMetric, HealthPolicy, Steps},
    ids::ResourceId,
};

pub use rate::Rate;

/// A resource as the config describes it. It has permits, a rate, or both.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    pub id: ResourceId,
    /// The weights of live attempts sum up to at most so many.
    pub permits: Option<u32>,
    /// So many tasks, by their weights, may start in a while.
    pub rate: Option<Rate>,
    /// What its health is read from, by which its permits are scaled.
    pub metrics: Vec<HealthMetric>,
    /// How fast its health may change.
    pub steps: Steps,
}

impl Resource {
    /// By what its permits are scaled.
    pub fn health_policy(&self) -> HealthPolicy {
        let (metrics, steps) = (self.metrics.clone(), self.steps);
        HealthPolicy { metrics, steps, ..HealthPolicy::default() }
    }
}

/// How much of each resource: of permits an attempt, of a rate a task.
pub type Weights = BTreeMap<ResourceId, u32>;

/// What a labourer uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// What an attempt holds while it is live.
    pub permits: Weights,
    /// What a task takes when it starts.
    pub rates: Weights,
}

impl Uses {
    /// Does it use anything at all?
    pub fn is_empty(&self) -> bool {
        self.permits.is_empty() && self.rates.is_empty()
    }
    /// How many tasks may start together by the rates: the most that one burst is enough for, and the rate that says
    /// so. All members of a block start together.
    pub fn most_together<'a>(
        &self,
        resources: &'a BTreeMap<ResourceId, Resource>,
    ) -> Option<(u32, &'a ResourceId)> {
        let most = self.rates.iter().filter_map(|(id, weight)| {
            let Resource { id, rate, .. } = resources.get(id)?;
            Some(((rate.as_ref()?.burst / (*weight).max(1)).max(1), id))
        });
        most.min()
    }
}
