//! Every resource with its limits, and those who use it.

use std::{collections::BTreeSet, time::Duration};

use futures::{FutureExt, StreamExt, TryStreamExt, future::BoxFuture, stream};
use serde::Serialize;
use task_manager::{
    TaskManager,
    config::Config,
    ids::{LabourerId, ResourceId},
    labourer::{Labourer, State},
    manager::resources::live::LiveError,
    resource::{
        Rate,
        ledger::{Ledger, SetLive},
        rate::RateState,
    },
    storage::{StoreError, labourers::Rows},
    time::Timestamp,
};

use super::{Cause, Shared, Standing, wait::seconds, words};

/// A resource at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResourceSnapshot {
    pub resource: ResourceId,
    /// Or has it left the config, and attempts hold it?
    pub in_config: bool,
    /// `paused until …: reason`, if nothing that uses it starts.
    pub paused: Option<String>,
    pub permits: Option<PermitsSnapshot>,
    pub rate: Option<RateSnapshot>,
    /// Those of the config that use it, and others that still hold some of it, by name.
    pub labourers: Vec<LabourerUse>,
}

/// Its permits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PermitsSnapshot {
    /// By the config.
    pub configured: u32,
    /// What somebody has set, which counts until another config is pushed.
    pub set: Option<SetLive<u32>>,
    /// Those that may be used now; nothing, if no orchestrator has shared them out yet.
    pub in_force: Option<u32>,
    /// What live attempts use of them.
    pub used: u64,
    /// What labourers hold: what they use, and what they may.
    pub held: u64,
    /// Health and its reason, if permits are scaled by it.
    pub health: Option<String>,
    /// Why fewer are in force than are configured.
    #[serde(skip)]
    pub lowered: Option<String>,
}

/// Its rate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RateSnapshot {
    /// By the config.
    #[serde(serialize_with = "rate")]
    pub configured: Rate,
    /// What somebody has set, which counts until another config is pushed.
    #[serde(serialize_with = "set_rate")]
    pub set: Option<SetLive<Rate>>,
    /// The one that counts.
    #[serde(serialize_with = "rate")]
    pub in_force: Rate,
    /// Tokens that may be taken now.
    pub available: u32,
    /// When the next one may be, in seconds; 0 if one may be now.
    #[serde(serialize_with = "seconds")]
    pub next_in: Duration,
    /// Tokens that were ever taken.
    pub taken: u64,
}

/// A labourer that uses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LabourerUse {
    pub labourer_id: LabourerId,
    /// Permits that an attempt holds.
    pub permits: Option<u32>,
    /// Tokens that a task takes.
    pub tokens: Option<u32>,
    /// Attempts that it may have live, by all that it shares.
    pub share: Option<u32>,
    /// Attempts that hold a slot.
    pub running: u32,
    /// Permits that these use.
    pub used: u64,
    /// Permits that it holds.
    pub held: u64,
    /// Wanted it more attempts than its share, when permits were last shared out? Of a rate: has it a task that is due,
    /// a slot for it, and the rate no token?
    pub waits: bool,
}

#[derive(Serialize)]
struct Shown {
    limit: u32,
    per_seconds: f64,
    burst: u32,
}

impl From<Rate> for Shown {
    fn from(Rate { limit, per, burst }: Rate) -> Self {
        Self { limit, per_seconds: per.as_secs_f64(), burst }
    }
}

fn rate<S: serde::Serializer>(rate: &Rate, serializer: S) -> Result<S::Ok, S::Error> {
    Shown::from(*rate).serialize(serializer)
}

fn set_rate<S: serde::Serializer>(
    set: &Option<SetLive<Rate>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let shown = set.clone().map(|SetLive { to, at, by, reason }| {
        let to = Shown::from(to);
        SetLive { to, at, by, reason }
    });
    shown.serialize(serializer)
}

/// The resources of the config, and those that left it and are still held, by name: three reads, one more for the
/// counters of labourers with many slots, and one for each labourer whose rate has no token at the moment.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn list(manager: &TaskManager) -> Result<Vec<ResourceSnapshot>, StoreError> {
    Ok(Facts::read(manager, |_| true).await?.all())
}

/// One of them.
///
/// # Errors
/// When there is none of that name, or DynamoDB does not answer.
pub async fn show(
    manager: &TaskManager,
    resource: &ResourceId,
) -> Result<ResourceSnapshot, LiveError> {
    let facts = Facts::read(manager, |id| id == resource).await?;
    match facts.known().contains(resource) {
        true => Ok(facts.snapshot(resource)),
        false => Err(unknown(manager, resource)),
    }
}

fn unknown(manager: &TaskManager, resource: &ResourceId) -> LiveError {
    let no_permits = LiveError::NoPermits { resource: resource.clone() };
    manager.resources().known(resource).err().unwrap_or(no_permits)
}

/// Who of these has a task that is due: this one, or nobody.
async fn is_due(
    manager: &TaskManager,
    labourer: &LabourerId,
) -> Result<Option<LabourerId>, StoreError> {
    let heads = manager.queue().heads(labourer, 1).await?;
    Ok((!heads.is_empty()).then(|| labourer.clone()))
}

/// What was read.
pub(super) struct Facts<'a> {
    pub config: &'a Config,
    pub shared: Shared,
    pub rows: Rows,
    /// Who has a task that is due, of those whose rate has no token for one.
    pub due: BTreeSet<LabourerId>,
    pub now: Timestamp,
}

/// Queues that are read concurrently.
const AT_ONCE: usize = 16;

impl<'a> Facts<'a> {
    /// Who waits for a rate is read of the resources that are asked for.
    pub(super) async fn read(
        manager: &'a TaskManager,
        is_asked_for: impl Fn(&ResourceId) -> bool,
    ) -> Result<Self, StoreError> {
        let (shared, config) = (Shared::read_all(manager, &is_asked_for).await?, manager.config());
        let users = config.labourers.values().filter(|labourer| !labourer.uses.is_empty());
        let ids: BTreeSet<_> = users.map(|labourer| &labourer.id).chain(shared.holders()).collect();
        let rows = match ids.is_empty() {
            true => Rows::new(),
            false => manager.store().labourers().rows(ids).await?,
        };
        let shared = shared.with_rows(rows.values());
        let facts = Self { config, shared, rows, due: BTreeSet::new(), now: manager.now() };
        let is_dry = |labourer: &&Labourer| facts.dry(labourer).iter().any(&is_asked_for);
        let dry = config.labourers.values().filter(is_dry);
        // Collected, or the compiler does not see that it may move between threads.
        let heads: Vec<BoxFuture<'_, _>> =
            dry.map(|one| is_due(manager, &one.id).boxed()).collect();
        let due: Vec<_> = stream::iter(heads).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(Self { due: due.into_iter().flatten().collect(), ..facts })
    }

    /// The rates that have no token for a task of this labourer, if it has a slot for one.
    fn dry(&self, labourer: &Labourer) -> Vec<ResourceId> {
        let may_start = |row: &&State| !row.is_paused(self.now) && labourer.stopped.is_none();
        let row = self.rows.get(&labourer.id).filter(may_start);
        let standing = row.map(|row| Standing::of(row, 1));
        let waits = standing.map(|standing| self.shared.waits(labourer, standing, self.now));
        let waits = waits.into_iter().flatten();
        let dry = waits.filter(|wait| matches!(wait.cause, Cause::Tokens { .. }));
        dry.map(|wait| wait.resource).collect()
    }

    /// Every resource that is there, or is held.
    fn known(&self) -> BTreeSet<&ResourceId> {
        let Ledger { resources, holders, .. } = &self.shared.ledger;
        let held = holders.values().flat_map(|holder| holder.weights.keys());
        self.config.resources.keys().chain(resources.keys()).chain(held).collect()
    }

    pub(super) fn all(&self) -> Vec<ResourceSnapshot> {
        self.known().into_iter().map(|id| self.snapshot(id)).collect()
    }

    pub(super) fn snapshot(&self, id: &ResourceId) -> ResourceSnapshot {
        let state = self.shared.rates.get(id);
        ResourceSnapshot {
            resource: id.clone(),
            in_config: self.config.resources.contains_key(id),
            paused: self.shared.pause(id, self.now).map(words::paused),
            permits: self.permits(id),
            rate: state.map(|state| RateSnapshot::of(state, self.now)),
            labourers: self.uses(id),
        }
    }

    fn permits(&self, id: &ResourceId) -> Option<PermitsSnapshot> {
        let (shared, now) = (&self.shared, self.now);
        let permits = shared.permits(id);
        let of_config = self.config.resources.get(id).and_then(|resource| resource.permits);
        let health = permits.and_then(|permits| permits.health.as_ref());
        Some(PermitsSnapshot {
            configured: of_config.or(permits.map(|permits| permits.configured))?,
            set: permits.and_then(|permits| permits.set.clone()),
            // A pause that has ended is forgotten by the next tick.
            in_force: permits.map(|permits| permits.clone().decided(now).in_force),
            used: shared.used(id, now),
            held: shared.ledger.held(id, now),
            health: health.map(|memory| memory.reason.clone()),
            lowered: permits.and_then(words::lowered),
        })
    }

    fn uses(&self, id: &ResourceId) -> Vec<LabourerUse> {
        let everybody = self.config.labourers.keys().chain(self.shared.holders());
        let everybody: BTreeSet<_> = everybody.collect();
        everybody.into_iter().filter_map(|labourer| self.use_of(id, labourer)).collect()
    }

    /// Nothing, if it neither uses nor holds any.
    fn use_of(&self, id: &ResourceId, labourer_id: &LabourerId) -> Option<LabourerUse> {
        let (shared, now) = (&self.shared, self.now);
        let labourer = self.config.labourers.get(labourer_id);
        let uses = labourer.map(|labourer| &labourer.uses);
        let holder = shared.ledger.holders.get(labourer_id);
        let weight = holder.and_then(|holder| holder.weights.get(id)).map(|weight| weight.at(now));
        let permits = uses.and_then(|uses| uses.permits.get(id).copied()).or(weight);
        let tokens = uses.and_then(|uses| uses.rates.get(id).copied());
        permits.or(tokens)?;
        let is_dry = self.due.contains(labourer_id)
            && labourer.is_some_and(|labourer| self.dry(labourer).contains(id));
        let (row, held) = (self.rows.get(labourer_id), holder.map_or(0, |holder| holder.held));
        Some(LabourerUse {
            labourer_id: labourer_id.clone(),
            permits,
            tokens,
            share: row.and_then(|row| row.share),
            running: row.map_or(0, |row| row.running()),
            used: shared.used_by(labourer_id, id, now),
            held: u64::from(weight.unwrap_or(0)) * u64::from(held),
            waits: is_dry || (permits.is_some() && shared.is_waiting(labourer_id)),
        })
    }
}

impl RateSnapshot {
    fn of(state: &RateState, now: Timestamp) -> Self {
        let in_force = state.rate();
        Self {
            configured: state.configured,
            set: state.set.clone(),
            in_force,
            available: in_force.available(state.tat, now),
            next_in: in_force.wait(state.tat, now, 1),
            taken: state.taken,
        }
    }

    /// `90 in 10s`.
    pub fn in_words(&self) -> String {
        words::rate(self.in_force)
    }
}

impl ResourceSnapshot {
    /// For people: that it is paused, else what lowers or raises its limits, and who has set them. Empty if it is as
    /// it is configured.
    pub fn remark(&self) -> String {
        let paused = self.paused.clone();
        let set = self.permits.as_ref().and_then(|permits| permits.set.as_ref());
        let lowered = self.permits.as_ref().and_then(|permits| permits.lowered.clone());
        let permits = lowered.or(set.map(words::set));
        let rate = self.rate.as_ref().and_then(|rate| rate.set.as_ref()).map(words::set_rate);
        let unshared = self.permits.as_ref().is_some_and(|permits| permits.in_force.is_none());
        let unshared = unshared.then(|| "no orchestrator has shared it yet".to_owned());
        let left = (!self.in_config).then(|| "it left the config".to_owned());
        let parts = [left, paused, permits, rate, unshared];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}
