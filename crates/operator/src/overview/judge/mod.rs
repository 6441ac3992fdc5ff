//! What is wrong: pure functions of what was read.

pub(super) mod job;
pub(super) mod labourer;
mod limits;
mod resource;
mod stack;

use super::{
    About, Incident, Urgency,
    facts::{Facts, LabourerFacts},
};

/// All incidents, the most urgent first; of those, the stack's before those of labourers and jobs.
pub(super) fn judge(facts: &Facts) -> Vec<Incident> {
    let is_silent = facts.silent_since().is_some();
    let mut incidents = stack::incidents(facts);
    incidents.extend(resource::incidents(facts, is_silent));
    for one in facts.labourers.iter().filter(|one| is_shown(one, facts)) {
        incidents.extend(labourer::incidents(one, facts, is_silent));
    }
    incidents.extend(facts.jobs.iter().flat_map(|job| job::incidents(job, facts.now)));
    // Stable: what was found first stays first.
    incidents.sort_by_key(|incident| (incident.urgency, incident.about != About::Stack));
    incidents
}

/// Labourers that left the config are shown as long as anything of theirs is left.
pub(super) fn is_shown(one: &LabourerFacts, facts: &Facts) -> bool {
    let waits = || one.waiting(facts.now, true).is_some_and(|waiting| waiting > 0);
    one.is_known || one.running(facts.now) > 0 || waits()
}

/// The most urgent of these.
pub(super) fn worst<'i>(incidents: impl Iterator<Item = &'i Incident>) -> Option<Urgency> {
    incidents.map(|incident| incident.urgency).min()
}
