//! Who may have how many attempts of what takes permits: one item for all resources.
//!
//! A labourer's row has its *share*: the attempts that it may have live, whatever else limits it; and a claim
//! requires the share that it assumed. The ledger says what each labourer *holds*: at least its share, and at least
//! the attempts it has live. What all hold of a resource, by their weights, is at most its permits; where a limit was
//! lowered below that, nobody's share is raised until it is. So permits are never counted where attempts begin or end,
//! and who crashes leaks none.
//!
//! Every change of the ledger requires the revision that was read.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Resource, Weights,
    shares::{self, Room},
};
use crate::{
    ecology::{Coefficients, Memory},
    ids::{LabourerId, ResourceId},
    time::Timestamp,
};

/// What is written of all permits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// How often it was changed.
    #[serde(skip)]
    pub revision: u64,
    /// When the newest config that it follows was pushed, in milliseconds; 0 if nobody knows.
    #[serde(default)]
    pub pushed: u64,
    /// The resources that have permits.
    pub resources: BTreeMap<ResourceId, Permits>,
    /// Who holds any, or may.
    pub holders: BTreeMap<LabourerId, Holder>,
    /// Those who wanted more than their share when it was last written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<LabourerId>,
}

/// The permits of a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Permits {
    /// By the config.
    pub configured: u32,
    /// Which config that was.
    pub config: ConfigAge,
    /// What somebody has set since, until another config is pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<SetLive<u32>>,
    /// Those that may be used: less where the health is bad, none while it is paused.
    pub in_force: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// Its health, if it has metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Memory>,
}

/// Which config a number comes from. An older one does not change it any more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigAge {
    /// When its row was pushed, in milliseconds; 0 if nobody knows, as of a config in the environment.
    pub pushed: u64,
    /// When it was first seen to differ from the one before.
    pub seen: Timestamp,
}

impl ConfigAge {
    /// The longest that a function may go on with a config which somebody has replaced.
    const STALE: Duration = Duration::from_secs(300);

    /// Was the one pushed before the other, for certain?
    pub fn is_older(pushed: u64, other: u64) -> bool {
        pushed > 0 && pushed < other
    }

    /// Does a config that was pushed then replace what this one said? If it does not say when, or is as old, the one
    /// that is seen later, once nobody can still have the other; but at once where it lowers a limit.
    pub fn gives_way_to(self, pushed: u64, lowers: bool, now: Timestamp) -> bool {
        let may = lowers || now.since(self.seen) > Self::STALE;
        pushed > self.pushed || may && !Self::is_older(pushed, self.pushed)
    }
}

/// A limit that somebody has set while everything runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetLive<T> {
    pub to: T,
    pub at: Timestamp,
    pub by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Nothing that uses it starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pause {
    pub until: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A labourer that holds permits, or may.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    /// Attempts that it may have or has: its share, or more while it has more.
    pub held: u32,
    /// What each of them holds.
    pub weights: BTreeMap<ResourceId, Weight>,
    /// How long they last at most.
    #[serde(default)]
    pub lease: Lease,
}

/// How long attempts of a holder may be live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// Those that begin now.
    pub now: Duration,
    /// Others, that began while it was longer, end until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Timestamp>,
}

impl Lease {
    /// The same with another lease from now on.
    fn changed(self, to: Duration, now: Timestamp) -> Self {
        let before = if to < self.now { Some(self.ends(now)) } else { self.before };
        Self { now: to, before: before.filter(|end| now < *end) }
    }

    /// When all attempts that have begun until now have ended.
    fn ends(self, now: Timestamp) -> Timestamp {
        self.before.unwrap_or(now).max(now + self.now)
    }
}

/// What an attempt holds of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weight {
    /// One that begins now.
    pub now: u32,
    /// Another, that counts until then if it is more: attempts that began with it may be live so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<(u32, Timestamp)>,
}

impl Weight {
    /// What is counted.
    pub fn at(self, now: Timestamp) -> u32 {
        let before = self.before.filter(|(_, until)| now < *until).map_or(0, |(weight, _)| weight);
        self.now.max(before)
    }

    /// The same with another weight from now on; attempts that began with the old ones end until then.
    fn changed(self, to: u32, now: Timestamp, until: Timestamp) -> Self {
        match to == self.now {
            true => Self { before: self.before.filter(|(_, until)| now < *until), ..self },
            false => Self { now: to, before: Some((self.at(now), until)) },
        }
    }
}

impl Permits {
    /// As they are configured, or as somebody has set them since.
    pub fn permits(&self) -> u32 {
        self.set.as_ref().map_or(self.configured, |set| set.to)
    }

    /// Is it paused?
    pub fn is_paused(&self, now: Timestamp) -> bool {
        self.pause.as_ref().is_some_and(|pause| now < pause.until)
    }

    /// As decided, with what the health allows of the permits that there are now: they may have changed since it was
    /// assessed.
    pub fn scaled(mut self, coefficients: &Coefficients, now: Timestamp) -> Self {
        let permits = self.permits();
        if let Some(memory) = &mut self.health {
            memory.limit = coefficients.slot_limit(permits, memory.health);
        }
        self.decided(now)
    }

    /// With what may be used of them, by its health and the pause.
    pub fn decided(self, now: Timestamp) -> Self {
        let healthy = self.health.as_ref().map_or(u32::MAX, |memory| memory.limit);
        let in_force = if self.is_paused(now) { 0 } else { self.permits().min(healthy) };
        let pause = self.pause.filter(|pause| now < pause.until);
        Self { in_force, pause, ..self }
    }
}

impl Holder {
    /// What each of its attempts counts for.
    pub fn weights(&self, now: Timestamp) -> Weights {
        let weights = self.weights.iter().map(|(id, weight)| (id.clone(), weight.at(now)));
        weights.filter(|(_, weight)| *weight > 0).collect()
    }
}

/// What the config says of a labourer that uses permits, and how long its attempts may live.
#[derive(Clone, Copy, Debug)]
pub struct User<'a> {
    pub id: &'a LabourerId,
    pub weights: &'a Weights,
    pub lease: Duration,
}

impl Ledger {
    /// What is held of a resource, by weight.
    pub fn held(&self, resource: &ResourceId, now: Timestamp) -> u64 {
        let of = |holder: &Holder| {
            let weight = holder.weights.get(resource).map_or(0, |weight| weight.at(now));
            u64::from(weight) * u64::from(holder.held)
        };
        self.holders.values().map(of).sum()
    }

    /// The permits in force.
    pub fn in_force(&self) -> Room {
        let permits = self.resources.iter();
        permits.map(|(id, permits)| (id.clone(), permits.in_force.into())).collect()
    }

    /// Attempts that all permits in force together are enough for.
    pub fn most_attempts(&self, uses: &Weights) -> u32 {
        let enough = |(id, weight): (&ResourceId, &u32)| {
            Some(self.resources.get(id)?.in_force / (*weight).max(1))
        };
        uses.iter().filter_map(enough).min().unwrap_or(u32::MAX)
    }

    /// What is left of them.
    pub fn room(&self, now: Timestamp) -> Room {
        let mut room = self.in_force();
        for holder in self.holders.values() {
            shares::take(&mut room, &holder.weights(now), holder.held);
        }
        room
    }

    /// The same by a config that was pushed then, with what somebody must know of it. An older one changes nothing.
    ///
    /// A labourer that is new here holds what it has live, which `running` says; one that left holds what it had until
    /// that has ended.
    pub fn under<'a>(
        mut self,
        resources: impl IntoIterator<Item = &'a Resource>,
        users: &[User<'_>],
        pushed: u64,
        now: Timestamp,
    ) -> (Self, Vec<String>) {
        let mut remarks = Vec::new();
        if ConfigAge::is_older(pushed, self.pushed) {
            return (self, remarks);
        }
        self.pushed = self.pushed.max(pushed);
        let configured = resources.into_iter().filter_map(|r| Some((&r.id, r.permits?)));
        let configured: BTreeMap<_, _> = configured.collect();
        for (id, permits) in &configured {
            let old = self.resources.remove(*id);
            let new = adopted(id, old, *permits, pushed, now, &mut remarks);
            self.resources.insert((*id).clone(), new.decided(now));
        }
        self.resources.retain(|id, old| {
            configured.contains_key(id) || !old.config.gives_way_to(pushed, false, now)
        });
        for user in users {
            let holder = self.holders.entry(user.id.clone()).or_default();
            holder.lease = holder.lease.changed(user.lease, now);
            let until = holder.lease.ends(now);
            for (resource, weight) in user.weights {
                let none = Weight { now: *weight, before: None };
                let held = holder.weights.entry(resource.clone()).or_insert(none);
                *held = held.changed(*weight, now, until);
            }
            for (resource, weight) in &mut holder.weights {
                if !user.weights.contains_key(resource) {
                    *weight = weight.changed(0, now, until);
                }
            }
        }
        for holder in self.holders.values_mut() {
            holder.weights.retain(|_, weight| weight.at(now) > 0);
        }
        (self, remarks)
    }
}

/// The permits of a resource by a config.
fn adopted(
    id: &ResourceId,
    old: Option<Permits>,
    configured: u32,
    pushed: u64,
    now: Timestamp,
    remarks: &mut Vec<String>,
) -> Permits {
    let age = ConfigAge { pushed, seen: now };
    let Some(old) = old else {
        let in_force = configured;
        return Permits { configured, config: age, set: None, in_force, pause: None, health: None };
    };
    let is_newer = pushed > old.config.pushed;
    if configured == old.configured {
        // The same number, pushed anew, ends what somebody has set.
        let set = old.set.filter(|set| {
            if is_newer {
                remarks.push(format!(
                    "{id}: the config that was pushed replaces the {} permits that {} has set",
                    set.to, set.by
                ));
            }
            !is_newer
        });
        let pushed = pushed.max(old.config.pushed);
        return Permits { set, config: ConfigAge { pushed, ..old.config }, ..old };
    }
    let lowers = configured < old.permits();
    if !old.config.gives_way_to(pushed, lowers, now) {
        return old;
    }
    if let Some(set) = &old.set {
        remarks.push(format!(
            "{id}: the {configured} permits of the config replace the {} that {} has set",
            set.to, set.by
        ));
    }
    let config = ConfigAge { pushed: pushed.max(old.config.pushed), seen: now };
    Permits { configured, config, set: None, ..old }
}

#[cfg(test)]
mod tests;
