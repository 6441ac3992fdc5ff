//! `resources.NAME`, and `uses` of the labourers.

use std::collections::BTreeMap;

use super::{labourers::steps, metrics, seconds};
use crate::{
    config::{
        findings::Findings,
        raw::{RawLabourer, RawRate, RawResource, RawTaskConfig, RawWeight},
    },
    ecology::{HealthMetric, Steps},
    ids::ResourceId,
    labourer::TasksPerInvocation,
    mistakes::{Path, did_you_mean},
    resource::{Rate, Resource, Uses},
};

/// The resources that can be read. Completed, each has all of its settings itself.
pub(super) fn resources(
    raw: &mut BTreeMap<String, RawResource>,
    task: &RawTaskConfig,
    findings: &mut Findings,
) -> BTreeMap<ResourceId, Resource> {
    let section = Path::root().key("resources");
    let mut resources = BTreeMap::new();
    for (name, raw) in raw {
        let path = section.key(name);
        let Some(id) = findings.keep(&path, ResourceId::new(name.as_str())) else { continue };
        if let Some(resource) = resource(&id, raw, task, &path, findings) {
            resources.insert(id, resource);
        }
        let labourers = || task.labourers.iter().flatten();
        if labourers().any(|(labourer, _)| labourer == name) {
            let text = "a labourer has the same name: give one of them another";
            findings.mistake(&path, text);
        }
        if !labourers().any(|(_, labourer)| is_user(labourer, name)) {
            findings.warning(&path, "no labourer uses it: name it in labourers.NAME.uses");
        }
    }
    resources
}

/// Does the labourer use a resource of this name, whether or not there is one?
pub(in crate::config) fn is_user(labourer: &RawLabourer, resource: &str) -> bool {
    labourer.uses.as_ref().is_some_and(|uses| uses.contains_key(resource))
}

fn resource(
    id: &ResourceId,
    raw: &mut RawResource,
    task: &RawTaskConfig,
    path: &Path,
    findings: &mut Findings,
) -> Option<Resource> {
    // What is refused is left out: that it seems to be missing is no mistake of its own.
    let is_incomplete = findings.is_wrong_resource(id.as_str());
    let (metrics, steps) = health(raw, task, path, is_incomplete, findings);
    let rate = raw.rate.as_mut().map(|raw| rate(raw, &path.key("rate"), findings));
    if raw.permits.is_none() && rate.is_none() {
        if !is_incomplete {
            findings.mistake(path, "limits nothing: give it permits, a rate, or both");
        }
        return None;
    }
    Some(Resource { id: id.clone(), permits: raw.permits, rate, metrics, steps })
}

/// Nobody asks for the health of a resource without permits: it is they that are scaled by it.
fn health(
    raw: &mut RawResource,
    task: &RawTaskConfig,
    path: &Path,
    is_incomplete: bool,
    findings: &mut Findings,
) -> (Vec<HealthMetric>, Steps) {
    if raw.permits.is_none() {
        raw.health_metrics = raw.health_metrics.take().filter(|metrics| !metrics.is_empty());
        let given = [
            ("health_metrics", raw.health_metrics.is_some()),
            ("health_steps", raw.health_steps.is_some()),
        ];
        for (key, _) in given.into_iter().filter(|(_, is_given)| *is_given && !is_incomplete) {
            let text = "health scales permits, and it has none: add permits, or remove this";
            findings.mistake(&path.key(key), text);
        }
        if raw.health_metrics.is_none() {
            return Default::default();
        }
    }
    let metrics = metrics::metrics(&mut raw.health_metrics, task, path, findings);
    (metrics, steps(raw.health_steps.get_or_insert_default()))
}

fn rate(raw: &mut RawRate, path: &Path, findings: &mut Findings) -> Rate {
    let (limit, burst) = (raw.limit, *raw.burst.get_or_insert(1));
    if burst > limit {
        let text = format_args!("{burst} is more than limit, which is {limit}: lower it");
        findings.mistake(&path.key("burst"), text);
    }
    Rate { limit, per: seconds(raw.per_seconds), burst: burst.min(limit) }
}

/// What a labourer uses, as far as that can be: a weight with which nothing could start is left out, so that
/// the ledger goes on counting what was started before by the weight that it had then.
pub(super) fn uses(
    raw: &mut Option<BTreeMap<String, RawWeight>>,
    tasks: TasksPerInvocation,
    resources: &BTreeMap<ResourceId, Resource>,
    path: &Path,
    findings: &mut Findings,
) -> Uses {
    let mut uses = Uses::default();
    for (name, RawWeight(weight)) in raw.get_or_insert_default() {
        let (at, weight) = (path.key("uses").key(name), *weight);
        let Some(resource) = ResourceId::new(name.as_str()).ok().and_then(|id| resources.get(&id))
        else {
            if !findings.is_wrong_resource(name) {
                let hint = did_you_mean(name, resources.keys().map(ResourceId::as_str));
                findings.mistake(&at, format_args!("no such resource in resources{hint}"));
            }
            continue;
        };
        match resource.permits {
            Some(permits) if weight > permits => findings.mistake(
                &at,
                format_args!(
                    "{weight} is more than its {permits} permits: no attempt could start, lower it"
                ),
            ),
            Some(_) => drop(uses.permits.insert(resource.id.clone(), weight)),
            None => {}
        }
        match resource.rate {
            Some(Rate { burst, .. }) if weight > burst => findings.mistake(
                &at,
                format_args!(
                    "{weight} is more than the burst of its rate, which is {burst}: no task could start, \
                     lower it, or raise the burst"
                ),
            ),
            Some(rate) => {
                fits_into_a_burst(tasks, weight, (name, rate), path, findings);
                uses.rates.insert(resource.id.clone(), weight);
            }
            None => {}
        }
    }
    uses
}

/// The tasks of an invocation start at once. How many `auto` makes of them heeds the rate anyway.
fn fits_into_a_burst(
    tasks: TasksPerInvocation,
    weight: u32,
    (name, Rate { burst, .. }): (&str, Rate),
    path: &Path,
    findings: &mut Findings,
) {
    let most = burst.checked_div(weight).unwrap_or(burst);
    if let TasksPerInvocation::Fixed(tasks) = tasks
        && tasks > most
    {
        let name = name.escape_debug();
        let text = format_args!(
            "{tasks} tasks that take {weight} of {name} each do not fit into its burst of {burst}: at most \
             {most} do"
        );
        findings.mistake(&path.key("tasks_per_invocation"), text);
    }
}
