//! What a tick reads of a resource.

use std::collections::BTreeMap;

use super::Gauges;
use crate::{
    ecology::Health,
    ids::{LabourerId, ResourceId},
    labourer,
    resource::{
        Uses, Weights,
        ledger::{Ledger, Permits},
        rate::RateState,
    },
    time::Timestamp,
};

/// How a resource stands at a tick, in the words of a labourer: held permits are `running`, those in force
/// `slots`, and labourers that wait for more `queued`.
#[derive(Clone, Debug, PartialEq)]
pub struct OfResource {
    pub id: ResourceId,
    pub gauges: Gauges,
    /// Tokens of its rate that were ever taken.
    pub tokens: u64,
}

/// What live attempts hold of a resource, by weight: those of the ledger's labourers, and of others that the config says
/// use it.
pub fn held<'a>(
    resource: &ResourceId,
    ledger: &Ledger,
    users: impl Iterator<Item = (&'a labourer::State, Option<&'a Uses>)>,
    now: Timestamp,
) -> u32 {
    let weight_of = |weights: &Weights| weights.get(resource).copied().unwrap_or_default();
    let held = users.map(|(row, uses)| {
        let weight = match ledger.holders.get(&row.labourer_id) {
            Some(holder) => weight_of(&holder.weights(now)),
            None => uses.map_or(0, |uses| weight_of(&uses.permits)),
        };
        weight.saturating_mul(row.running())
    });
    held.fold(0, u32::saturating_add)
}

impl OfResource {
    /// How a resource stands, with what was read of it.
    pub fn of(
        id: &ResourceId,
        held: u32,
        ledger: &Ledger,
        rate: Option<&RateState>,
        now: Timestamp,
    ) -> Self {
        let permits = ledger.resources.get(id);
        let waits = |labourer: &&LabourerId| {
            let weights: Option<&BTreeMap<_, _>> =
                ledger.holders.get(*labourer).map(|holder| &holder.weights);
            weights.is_some_and(|weights| weights.contains_key(id))
        };
        let health = permits.and_then(|permits| permits.health.as_ref());
        let gauges = Gauges {
            queued: ledger.waiting.iter().filter(waits).count() as u64,
            running: held,
            slots: permits.map_or(0, |permits| permits.in_force),
            health: health.map_or(Health::High, |memory| memory.health),
            reason: permits.and_then(|permits| reason(permits, now)).unwrap_or_default(),
            ..Gauges::default()
        };
        Self { id: id.clone(), gauges, tokens: rate.map_or(0, |rate| rate.taken) }
    }
}

/// Why there are not as many as the config says.
fn reason(permits: &Permits, now: Timestamp) -> Option<String> {
    if permits.is_paused(now) {
        return Some("paused".to_owned());
    }
    let set = permits.set.as_ref().map(|set| format!("{} were set by {}", set.to, set.by));
    let health = permits.health.as_ref().map(|memory| memory.reason.clone());
    let reasons: Vec<_> = set.into_iter().chain(health).collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}
