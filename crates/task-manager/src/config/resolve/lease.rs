//! A lease must outlast its attempt: waiting within Lambda, running, and a margin. An attempt must
//! outlast its block.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    config::{Local, findings::Findings},
    duration::text,
    greenfield::Scale,
    ids::LabourerId,
    labourer::{Labourer, TasksPerInvocation},
    limits::MAX_FUNCTION_TIMEOUT,
    mistakes::Path,
};

/// What a claimed task is moved into the future by must exceed every lease by that much: clocks and
/// places of the queue must never meet it.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A tenth of a lease is the time to invoke the attempt after its claim: one call of Lambda.
const LEAST_LEASE: Duration = Duration::from_secs(1);
/// The shortest maximum event age that Lambda accepts.
const LEAST_EVENT_AGE: Duration = Duration::from_secs(60);

/// Reports labourers whose attempts could outlive their lease, as far as the config shows it.
pub(super) fn check(
    labourers: &BTreeMap<LabourerId, Labourer>,
    local: Option<&Local>,
    path: &Path,
    findings: &mut Findings,
) {
    for (id, labourer) in labourers {
        let path = path.key(id.as_str());
        if labourer.lease(None) < LEAST_LEASE {
            let (lease, least) = (text(labourer.lease(None)), text(LEAST_LEASE));
            let why = format_args!(
                "its lease (duration + cooldown) of {lease} is over before an attempt can be \
                 invoked: raise it to {least} or more"
            );
            findings.mistake(&path, why);
        }
        block_ends_in_time(labourer, &path, findings);
        match local.and_then(|local| local.labourers.get(id)) {
            Some(process) => on_this_machine(labourer, process.timeout, findings),
            None => on_lambda(labourer, &path, findings),
        }
    }
}

/// Invocations of blocks that are to work for longer than an attempt takes at most would all time out.
fn block_ends_in_time(labourer: &Labourer, path: &Path, findings: &mut Findings) {
    let block = labourer.block_duration;
    if labourer.tasks_per_invocation == TasksPerInvocation::Auto
        && let Some(duration) = labourer.duration.filter(|duration| *duration < block)
    {
        let (block, duration) = (text(block), text(duration));
        let why = format_args!(
            "{block} is more than the duration of {duration}: invocations would time out, lower it"
        );
        findings.warning(&path.key("block_seconds"), why);
    }
}

/// An attempt stands in the future until its lease ends. How long its function may run is not in the
/// config if `duration` is not: then Lambda's longest time-out counts, whatever the function has today.
pub(super) fn check_delta(
    labourers: &BTreeMap<LabourerId, Labourer>,
    scale: Scale,
    section: &Path,
    findings: &mut Findings,
) {
    let leases = labourers.values().map(|labourer| labourer.lease(Some(MAX_FUNCTION_TIMEOUT)));
    let needed = leases.max().unwrap_or_default() + DAY;
    if scale.delta < needed.as_secs_f64() {
        let (delta, needed) = (text(super::seconds(scale.delta)), text(needed));
        let why = format_args!(
            "{delta} is less than the longest lease and a day: raise it to {needed} or more"
        );
        findings.mistake(&section.key("greenfield_invocation_delta"), why);
    }
}

/// There is one clock, and events wait no longer than the lease allows: the time-out alone must fit.
fn on_this_machine(labourer: &Labourer, timeout: Duration, findings: &mut Findings) {
    if let Some(duration) = labourer.duration.filter(|duration| *duration < timeout) {
        let local = Path::root().key("local").key("labourers").key(labourer.id.as_str());
        let (duration, timeout) = (text(duration), text(timeout));
        let why = format_args!(
            "{timeout} is more than the duration of the labourer, {duration}: what runs longer than that \
             would be started a second time. Lower it, or raise the duration"
        );
        findings.mistake(&local.key("timeout"), why);
    }
}

/// `duration` stands for the time-out, which only Lambda knows: what is left for waiting is the
/// cooldown.
fn on_lambda(labourer: &Labourer, path: &Path, findings: &mut Findings) {
    let needed = labourer.event_age.unwrap_or(LEAST_EVENT_AGE) + Labourer::LATEST_START;
    if labourer.cooldown >= needed {
        return;
    }
    let (cooldown, needed) = (text(labourer.cooldown), text(needed));
    let path = path.key("cooldown");
    match labourer.event_age {
        Some(age) => findings.mistake(
            &path,
            format_args!(
                "{cooldown} is less than the event age of {} and 30s: raise it to {needed}",
                text(age)
            ),
        ),
        None => findings.warning(
            &path,
            format_args!(
                "{cooldown} is too short on Lambda, where events may wait 1m or more: \
                 {needed} is safe"
            ),
        ),
    }
}
