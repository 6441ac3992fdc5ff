//! What is wrong with the stack as a whole: its ticks do not come, or its config is wrong.

use task_manager::time::Timestamp;

use super::super::{
    About, Incident, NextStep, Urgency,
    facts::{Facts, LabourerFacts},
};
use crate::{
    doctor::{Fault, queues::PATIENCE},
    duration,
};

pub(super) fn incidents(facts: &Facts) -> Vec<Incident> {
    let mistakes = facts.mistakes.iter().map(|mistake| Incident {
        change: Fault::ConfigMistake(mistake.clone()).remedy().into(),
        steps: vec![run("sosw config check FILE")],
        ..incident(
            "config_mistake",
            Urgency::Warning,
            format!("the config has a mistake: {mistake}"),
        )
    });
    [orchestrator(facts), scavenger(facts)].into_iter().flatten().chain(mistakes).collect()
}

fn incident(name: &'static str, urgency: Urgency, why: String) -> Incident {
    Incident {
        incident: name,
        urgency,
        about: About::Stack,
        why,
        change: String::new(),
        steps: Vec::new(),
        since: None,
    }
}

fn run(command: &str) -> NextStep {
    NextStep::Run { command: command.into() }
}

/// Work waits for a tick that should have come.
fn orchestrator(facts: &Facts) -> Option<Incident> {
    let since = facts.silent_since()?;
    let one = facts.labourers.first()?;
    let silent = facts.now.since(since);
    let why = match facts.last_tick() {
        Some(last) => {
            format!("the orchestrator has not ticked since {}, and work waits", last.utc())
        }
        None => "the orchestrator has never ticked, and work waits".to_owned(),
    };
    let labourer = one.labourer.id.clone();
    let fault = Fault::NobodyStarts { labourer, silent: Some(silent) };
    Some(Incident {
        change: fault.remedy().into(),
        steps: vec![run("sosw doctor")],
        since: Some(since),
        ..incident("no_ticks", Urgency::Critical, why)
    })
}

/// Work waits for a tick of the scavenger: the oldest of it that anybody has seen.
fn scavenger(facts: &Facts) -> Option<Incident> {
    let is_overdue = |at: &Timestamp| facts.now.since(*at) > PATIENCE;
    let oldest = |of: fn(&LabourerFacts) -> Option<Timestamp>| {
        let all = facts.labourers.iter().filter_map(|one| Some((of(one)?, one)));
        all.filter(|(at, _)| is_overdue(at)).min_by_key(|(at, _)| *at)
    };
    let due = oldest(|one| one.looks.due.as_ref()?.what);
    let expired = oldest(|one| one.looks.slots.as_ref()?.what.expired_at);
    let (at, one, what) = match (due, expired) {
        (Some((at, one)), _) => (at, one, "tasks that are due again are not queued"),
        (None, Some((at, one))) => (at, one, "attempts that fell silent are not ended"),
        (None, None) => return None,
    };
    let (overdue, labourer) = (facts.now.since(at), one.labourer.id.clone());
    let why = format!(
        "the scavenger does not tick: {what}, the first of {labourer} for {}",
        duration::brief(overdue)
    );
    let fault = Fault::NobodyRequeues { labourer, overdue };
    Some(Incident {
        change: fault.remedy().into(),
        steps: vec![run("sosw doctor")],
        since: Some(at),
        ..incident("no_scavenger", Urgency::Critical, why)
    })
}
