//! What is explored: how much of what.

use std::{collections::BTreeMap, time::Duration};

use task_manager::{
    ids::{LabourerId, ResourceId},
    resource::{Resource, Weights},
};

use super::{
    super::scope::{Tick, time},
    bugs::Bug,
};

/// There are two labourers.
pub const LABOURERS: usize = 2;
/// Room for that many resources.
pub const MOST_RESOURCES: usize = 2;
/// For so many ticks an attempt may be live. One that has not ended by then holds a slot, and no permits.
pub const DURATION: Tick = 1;
/// For so many ticks a decision may be carried out after it was read for: then its process has timed out.
pub const LATE: Tick = 1;
/// The ticks of a lease. It is longer than what is live, for what begins between a decision and its writing.
const LEASE: Tick = DURATION + LATE + 1;

/// What the config says.
#[derive(Clone, Debug)]
pub struct Config {
    /// Of each resource.
    pub permits: Vec<u32>,
    /// What an attempt of each labourer takes of each resource.
    pub uses: [Vec<u32>; LABOURERS],
}

/// A world with two labourers.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The configs, one pushed after the other.
    pub configs: Vec<Config>,
    /// Tasks that wait.
    pub queued: [u8; LABOURERS],
    /// Tasks that come later, those of a labourer all at once.
    pub coming: [u8; LABOURERS],
    /// Counters of freed slots beside each row.
    pub counters: u32,
    /// Passes that are under way at once.
    pub sharers: usize,
    /// Claims that are under way at once.
    pub claimers: usize,
    /// How many may be first among equals.
    pub turns: u64,
    /// Time ends here.
    pub horizon: Tick,
    /// What is broken on purpose.
    pub bug: Option<Bug>,
}

impl Shared {
    /// A world of these configs with three tasks of the first labourer. One of the second comes later.
    pub fn of(configs: Vec<Config>) -> Self {
        Self {
            configs,
            queued: [3, 0],
            coming: [0, 1],
            counters: 0,
            sharers: 2,
            claimers: 1,
            turns: 1,
            horizon: 0,
            bug: None,
        }
    }

    /// Everything a labourer could want to do at once.
    pub const SLOTS: u32 = 9;

    pub fn resources(&self, config: usize) -> Vec<Resource> {
        let permits = self.configs[config].permits.iter().enumerate();
        let resource = |(number, permits): (usize, &u32)| Resource {
            id: resource(number),
            permits: Some(*permits),
            rate: None,
            metrics: Vec::new(),
            steps: Default::default(),
        };
        permits.map(resource).collect()
    }

    /// What an attempt of this labourer takes, by this config.
    pub fn uses(&self, config: usize, labourer: usize) -> Weights {
        let weights = self.configs[config].uses[labourer].iter().enumerate();
        let used = weights.filter(|(_, weight)| **weight > 0);
        used.map(|(number, weight)| (resource(number), *weight)).collect()
    }

    /// Is this labourer without limits by a config that somebody may have when this one is the newest?
    pub fn may_be_unlimited(&self, newest: usize, labourer: usize) -> bool {
        self.known(newest).any(|config| self.uses(config, labourer).is_empty())
    }

    /// The configs that somebody may have: the newest, and the one before it.
    pub fn known(&self, newest: usize) -> impl Iterator<Item = usize> + use<> {
        newest.saturating_sub(1)..=newest
    }
}

/// When a config was pushed.
pub fn pushed_at(config: usize) -> u64 {
    config as u64 + 1
}

pub fn lease() -> Duration {
    time(LEASE).since(time(0))
}

pub fn resource(number: usize) -> ResourceId {
    ResourceId::new(format!("r{number}")).unwrap()
}

pub fn labourer(number: usize) -> LabourerId {
    LabourerId::new(format!("l{number}")).unwrap()
}

pub fn number(labourer: &LabourerId) -> usize {
    labourer.as_str().trim_start_matches('l').parse().unwrap()
}

/// Numbers by resource, in their order.
pub fn each<T: Copy + Into<u64>>(of: &BTreeMap<ResourceId, T>) -> [u64; MOST_RESOURCES] {
    std::array::from_fn(|number| of.get(&resource(number)).map_or(0, |count| (*count).into()))
}
