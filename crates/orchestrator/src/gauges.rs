//! Gauges for the stack's alarms and dashboard, recorded at the end of a tick, of labourers that have
//! something to do, and of resources that they use.

use task_manager::{TaskManager, history::OfResource, metrics};

use crate::standing::Standings;

/// Records the gauges of a tick, if metrics are collected.
pub fn record(manager: &TaskManager, standings: &Standings) {
    if !metrics::are_kept() {
        return;
    }
    for (id, standing) in &standings.standings {
        let is_known = manager.config().labourers.contains_key(id);
        // A metric is paid for by the hour in which it has a value.
        if is_known && !standing.is_idle() {
            metrics::stands(id, *standing);
        }
    }
    let has_permits = |resource: &&OfResource| {
        let config = manager.config().resources.get(&resource.id);
        config.is_some_and(|config| config.permits.is_some()) && !resource.gauges.is_idle()
    };
    for OfResource { id, gauges, .. } in standings.resources.iter().filter(has_permits) {
        metrics::resource_stands(id, [gauges.running, gauges.slots], gauges.queued);
    }
}
