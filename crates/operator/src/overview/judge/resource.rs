//! A resource that somebody waits for, because it is paused or there is less of it than the config says. That several
//! labourers compete for all that there is, is no incident.

use task_manager::{
    ids::{LabourerId, ResourceId},
    labourer::State,
    time::Timestamp,
};

use super::{
    super::{About, Incident, NextStep, Urgency, facts::Facts},
    is_shown,
    labourer::LONG_PAUSE,
};
use crate::{
    resources::{Cause, Wait},
    words,
};

/// A resource, and who waits for it.
struct Case<'f> {
    facts: &'f Facts,
    resource: ResourceId,
    waiters: Vec<(LabourerId, Cause)>,
}

pub(super) fn incidents(facts: &Facts, is_silent: bool) -> Vec<Incident> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for one in facts.labourers.iter().filter(|one| is_shown(one, facts)) {
        for Wait { resource, cause } in facts.waits(one, is_silent) {
            let waiter = (one.labourer.id.clone(), cause);
            match cases.iter_mut().find(|case| case.resource == resource) {
                Some(case) => case.waiters.push(waiter),
                None => cases.push(Case { facts, resource, waiters: vec![waiter] }),
            }
        }
    }
    cases.sort_by(|one, other| one.resource.cmp(&other.resource));
    cases
        .iter()
        .filter_map(|case| paused(case).or_else(|| health(case)).or_else(|| set(case)))
        .collect()
}

impl Case<'_> {
    fn incident(&self, name: &'static str, urgency: Urgency, why: String) -> Incident {
        let labourers: Vec<_> = self.waiters.iter().map(|(id, _)| id.clone()).collect();
        let wait = match labourers.as_slice() {
            [one] => format!("{one} waits for it"),
            several => {
                format!("{} wait for it", words::count(several.len() as u64, "labourer"))
            }
        };
        Incident {
            incident: name,
            urgency,
            about: About::Resource { resource: self.resource.clone(), labourers },
            why: format!("{why}; {wait}"),
            change: String::new(),
            steps: Vec::new(),
            since: None,
        }
    }

    /// Does somebody wait who gets none however long?
    fn starves_somebody(&self) -> bool {
        self.waiters.iter().any(|(_, cause)| matches!(cause, Cause::MorePermits { .. }))
    }

    /// Those who wait for more permits than may be used.
    fn waits_for_permits(&self) -> bool {
        let is_one =
            |cause: &Cause| matches!(cause, Cause::Permits { .. } | Cause::MorePermits { .. });
        self.waiters.iter().any(|(_, cause)| is_one(cause))
    }
}

/// Somebody paused it.
fn paused(case: &Case<'_>) -> Option<Incident> {
    let now = case.facts.now;
    let pause = case.facts.shared.pause(&case.resource, now)?;
    let is_long = pause.until.since(now).as_secs() > LONG_PAUSE;
    let (urgency, change) = match is_long {
        true => (Urgency::Warning, "resume it, unless the pause is still wanted"),
        false => (Urgency::Info, "none: it goes on then; resume it to go on now"),
    };
    let reason = pause.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let why = format!("paused until {}{reason}", end(pause.until));
    Some(Incident {
        change: change.into(),
        steps: vec![NextStep::ResumeResource { resource: case.resource.clone() }],
        ..case.incident("resource_paused", urgency, why)
    })
}

fn end(until: Timestamp) -> String {
    if until < State::until_resumed() { until.utc() } else { "it is resumed".to_owned() }
}

/// Its health allows fewer permits. With half of them or more all go on, only slower.
fn health(case: &Case<'_>) -> Option<Incident> {
    let permits = case.facts.shared.permits(&case.resource)?;
    let memory = permits.health.as_ref().filter(|memory| memory.limit < permits.permits())?;
    if !case.waits_for_permits() {
        return None;
    }
    let (most, in_force) = (permits.permits(), permits.in_force);
    let urgency = match in_force {
        _ if case.starves_somebody() => Urgency::Critical,
        few if few * 2 < most => Urgency::Warning,
        _ => Urgency::Info,
    };
    let reason = memory.reason.split(';').next().unwrap_or_default();
    let permits = words::count(most.into(), "permit");
    Some(Incident {
        change: "relieve it: each tick reads its health, and gives the permits back".into(),
        steps: vec![NextStep::Run { command: "sosw resources".into() }],
        since: Some(memory.since),
        ..case.incident(
            "resource_health",
            urgency,
            format!("its health is {reason}: {in_force} of {permits} may be used"),
        )
    })
}

/// Somebody has set fewer permits than the config has.
fn set(case: &Case<'_>) -> Option<Incident> {
    let permits = case.facts.shared.permits(&case.resource)?;
    let set = permits.set.as_ref().filter(|set| set.to < permits.configured)?;
    if !case.waits_for_permits() {
        return None;
    }
    let (urgency, change) = match case.starves_somebody() {
        true => (Urgency::Critical, "raise it: an attempt of some labourer needs more than that"),
        false => (Urgency::Info, "none: it counts until another config is pushed; or raise it"),
    };
    let reason = set.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let why = format!(
        "{} has set {} of {}{reason}",
        set.by,
        set.to,
        words::count(permits.configured.into(), "permit")
    );
    let resource = words::argument(&case.resource);
    let command = format!("sosw resources set {resource} --permits {}", permits.configured);
    Some(Incident {
        change: change.into(),
        steps: vec![NextStep::Run { command }],
        since: Some(set.at),
        ..case.incident("resource_set", urgency, why)
    })
}
