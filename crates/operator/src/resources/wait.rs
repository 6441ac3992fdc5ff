//! What keeps a labourer from starting more, of what it shares: a pure function of what was read.

use std::time::Duration;

use serde::{Serialize, Serializer};
use task_manager::{
    ids::{LabourerId, ResourceId},
    labourer::{self, Labourer},
    time::Timestamp,
};

use super::Shared;

/// A resource that a labourer waits for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Wait {
    pub resource: ResourceId,
    #[serde(flatten)]
    pub cause: Cause,
}

/// Why it does. In JSON an object with `waits_for`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "waits_for", rename_all = "snake_case")]
pub enum Cause {
    /// An operator lets nothing start that uses it.
    Resume { until: Option<Timestamp>, reason: Option<String> },
    /// No orchestrator has shared it out yet.
    FirstTick,
    /// An attempt holds more permits than may be used at all.
    MorePermits {
        weight: u32,
        in_force: u32,
        /// What its permits may be set to, if they are set too low; else its health is.
        to: Option<u32>,
        /// Why fewer may be used than are configured.
        lowered: Option<String>,
    },
    /// All permits are in use.
    Permits {
        used: u64,
        in_force: u32,
        /// Who uses most of them.
        most: Option<Holding>,
        lowered: Option<String>,
    },
    /// There are permits for it, which the next tick shares out.
    NextTick,
    /// The tokens of its rate are used up.
    Tokens {
        limit: u32,
        #[serde(rename = "per_seconds", serialize_with = "seconds")]
        per: Duration,
        /// Tokens of a task.
        weight: u32,
        /// Tokens that may be taken now.
        available: u32,
        /// When there are enough for a task, in seconds.
        #[serde(serialize_with = "seconds")]
        next_in: Duration,
    },
}

/// What a labourer uses of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holding {
    pub labourer_id: LabourerId,
    pub permits: u64,
}

/// To the millisecond, and nothing only if there is nothing to wait for.
pub(super) fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    ((time.as_secs_f64() * 1000.0).ceil() / 1000.0).serialize(serializer)
}

/// How a labourer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The attempts that it may have live by what it shares, if that was ever decided.
    pub share: Option<u32>,
    /// Slots there are, as last decided.
    pub slots: u32,
    /// Attempts that hold a slot.
    pub running: u32,
    /// Tasks that wait for one.
    pub tasks: u64,
}

impl Standing {
    /// By its row.
    pub fn of(row: &labourer::State, tasks: u64) -> Self {
        Self { share: row.share, slots: row.slot_limit, running: row.running(), tasks }
    }

    /// Has it as many attempts as its share allows, and slots for more?
    pub fn is_limited_by_share(&self) -> bool {
        self.share.is_some_and(|share| share < self.slots && self.running >= share)
    }

    /// Would a slot be free?
    fn has_slot(&self) -> bool {
        self.running < self.share.map_or(self.slots, |share| share.min(self.slots))
    }
}

impl Wait {
    fn new(resource: &ResourceId, cause: Cause) -> Self {
        Self { resource: resource.clone(), cause }
    }
}

impl Shared {
    /// What keeps a labourer from starting more, of several what must be resolved first; nothing, if no task waits, or
    /// if its own slots are what there is too little of.
    pub fn waits(&self, labourer: &Labourer, standing: Standing, now: Timestamp) -> Vec<Wait> {
        if standing.tasks == 0 || labourer.uses.is_empty() {
            return Vec::new();
        }
        let mut waits = self.pauses(labourer, now);
        let unshared = self.unshared(labourer, standing);
        match unshared.is_empty() {
            true if standing.is_limited_by_share() => {
                waits.extend(self.shortages(labourer, waits.is_empty(), now));
            }
            _ => waits.extend(unshared),
        }
        if standing.has_slot() {
            waits.extend(self.slow(labourer, standing.tasks, now));
        }
        waits
    }

    /// Tasks a second that the rates allow which a labourer uses.
    pub(crate) fn tasks_a_second(&self, labourer: &Labourer) -> Option<f64> {
        let rates = labourer.uses.rates.iter().filter_map(|(resource, weight)| {
            let rate = self.rates.get(resource)?.rate();
            let tokens = f64::from(rate.limit) / rate.per.as_secs_f64();
            Some(tokens / f64::from((*weight).max(1)))
        });
        rates.min_by(f64::total_cmp)
    }

    fn pauses(&self, labourer: &Labourer, now: Timestamp) -> Vec<Wait> {
        let (permits, rates) = (&labourer.uses.permits, &labourer.uses.rates);
        let only_rates = rates.keys().filter(|resource| !permits.contains_key(*resource));
        let paused = permits.keys().chain(only_rates).filter_map(|resource| {
            let pause = self.pause(resource, now)?;
            let until = Some(pause.until).filter(|until| *until < labourer::State::until_resumed());
            Some(Wait::new(resource, Cause::Resume { until, reason: pause.reason.clone() }))
        });
        paused.collect()
    }

    /// Those that have never been shared out, or not with this labourer.
    fn unshared(&self, labourer: &Labourer, standing: Standing) -> Vec<Wait> {
        let is_new =
            |resource: &&ResourceId| standing.share.is_none() || self.permits(resource).is_none();
        let resources = labourer.uses.permits.keys().filter(is_new);
        resources.map(|resource| Wait::new(resource, Cause::FirstTick)).collect()
    }

    /// Those whose permits are in use; if there are none, and nothing else is known, the one that has least left.
    fn shortages(&self, labourer: &Labourer, is_unexplained: bool, now: Timestamp) -> Vec<Wait> {
        let (mut short, mut roomy) = (Vec::new(), Vec::new());
        for (resource, weight) in &labourer.uses.permits {
            let permits = self.permits(resource).filter(|permits| !permits.is_paused(now));
            let Some(permits) = permits else { continue };
            let (in_force, used) = (permits.in_force, self.used(resource, now));
            let lowered = super::words::lowered(permits);
            let cause = if in_force < *weight {
                let weight = *weight;
                let to =
                    Some(permits.configured.max(weight)).filter(|_| permits.permits() < weight);
                Cause::MorePermits { weight, in_force, to, lowered }
            } else if used + u64::from(*weight) > u64::from(in_force) {
                let most = self
                    .heaviest(resource, now)
                    .map(|(id, permits)| Holding { labourer_id: id.clone(), permits });
                Cause::Permits { used, in_force, most, lowered }
            } else {
                roomy.push((u64::from(in_force) - used, resource));
                continue;
            };
            short.push(Wait::new(resource, cause));
        }
        if short.is_empty() && is_unexplained {
            let least = roomy.into_iter().min();
            short.extend(least.map(|(_, resource)| Wait::new(resource, Cause::NextTick)));
        }
        short
    }

    /// Rates that have no tokens for all that waits.
    fn slow(&self, labourer: &Labourer, tasks: u64, now: Timestamp) -> Vec<Wait> {
        let rates = labourer.uses.rates.iter().filter_map(|(resource, weight)| {
            let state = self.rates.get(resource)?;
            let rate = state.rate();
            let available = rate.available(state.tat, now);
            let is_enough = tasks.saturating_mul((*weight).into()) <= available.into();
            if is_enough || state.paused_until(now).is_some() {
                return None;
            }
            let next_in = rate.wait(state.tat, now, (*weight).min(rate.burst));
            let (limit, per, weight) = (rate.limit, rate.per, *weight);
            Some(Wait::new(resource, Cause::Tokens { limit, per, weight, available, next_in }))
        });
        rates.collect()
    }
}
