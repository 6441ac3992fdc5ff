//! Fewer slots than the config has: because of the health of what a labourer depends on, or of its own failures.

use super::{
    super::{Incident, NextStep, Urgency},
    labourer::{Case, ends},
};
use crate::words;

/// Too many of its attempts failed: it is left with probes.
pub(super) fn breaker(case: &Case<'_>) -> Option<Incident> {
    let memory = case.row()?.ecology.as_ref()?;
    let slots = memory.breaker.limit()?;
    let most = case.one.labourer.max_simultaneous_invocations;
    let failed = match ends(case.one, case.facts.now) {
        (0, _) => "its attempts failed".to_owned(),
        (bad, all) => format!(
            "{bad} of the last {} failed",
            words::count(u64::try_from(all).unwrap_or_default(), "attempt")
        ),
    };
    let wait = case.wait_in_words().map(|wait| format!("; {wait}")).unwrap_or_default();
    let why = format!("{failed}: its breaker is open, {slots} of {most} slots may be used{wait}");
    let urgency = if slots == 1 { Urgency::Critical } else { Urgency::Warning };
    Some(Incident {
        change: "find out why its tasks fail, and fix that: when its attempts succeed, it gets its slots back by \
                 itself"
            .into(),
        steps: vec![case.list_failed()],
        since: Some(memory.since),
        ..case.incident("breaker", urgency, why)
    })
}

/// The health of what it depends on allows fewer slots. With half of them or more it goes on, only slower.
pub(super) fn health(case: &Case<'_>) -> Option<Incident> {
    let memory = case.row()?.ecology.as_ref()?;
    let most = case.one.labourer.max_simultaneous_invocations;
    let slots = case.facts.coefficients.slot_limit(most, memory.health);
    if slots >= most || case.one.labourer.health.metrics.is_empty() {
        return None;
    }
    let urgency = match (slots, case.waiting) {
        (0, 0) => Urgency::Warning,
        (0, _) => Urgency::Critical,
        (_, 0) => return None,
        (few, _) if few * 2 < most => Urgency::Warning,
        _ => Urgency::Info,
    };
    let allowed = match slots {
        0 => format!("none of its {most} slots may be used"),
        _ => format!("{slots} of {most} slots may be used"),
    };
    let wait = case.wait_in_words().map(|wait| format!("; {wait}")).unwrap_or_default();
    let reason = memory.reason.split(';').next().unwrap_or_default();
    let mut missing = memory.missing.iter().map(|(metric, why)| format!("{metric}: {why}"));
    let change = match missing.next() {
        Some(first) => format!(
            "see that its metrics have values ({first}); each tick asks for them, and gives it back its slots"
        ),
        None => {
            "relieve what it depends on: each tick reads its health, and gives it back its slots"
                .to_owned()
        }
    };
    Some(Incident {
        change,
        steps: vec![NextStep::Run { command: "sosw labourers".into() }],
        since: Some(memory.since),
        ..case.incident("health", urgency, format!("its health is {reason}: {allowed}{wait}"))
    })
}
