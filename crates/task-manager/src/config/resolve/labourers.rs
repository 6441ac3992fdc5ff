//! `labourers.NAME`, and `max_attempts_NAME` beside it.

use std::{collections::BTreeMap, time::Duration};

use super::{arns, metrics, resources, seconds, seconds_or};
use crate::{
    config::{
        findings::Findings,
        raw::{
            self, RawAdaptive, RawBackoff, RawBreaker, RawGrowth, RawHealthSteps, RawLabourer,
            RawTaskConfig,
        },
    },
    duration,
    ecology::{Adaptive, Breaker, HealthPolicy, Steps},
    ids::{LabourerId, ResourceId},
    labourer::{Labourer, backoff::Backoff},
    mistakes::{Path, did_you_mean},
    resource::Resource,
};

/// The labourers, each on top of the settings of `task_config`. Completed, each has all of its settings
/// itself.
pub(super) fn labourers(
    task: &mut RawTaskConfig,
    resources: &BTreeMap<ResourceId, Resource>,
    section: &Path,
    findings: &mut Findings,
) -> BTreeMap<LabourerId, Labourer> {
    attempts_belong_to_labourers(task, section, findings);
    let path = section.key("labourers");
    let mut raw = task.labourers.take().unwrap_or_default();
    if raw.is_empty() {
        findings.warning(&path, "there are none: no task can be created or started");
    }
    let labourers = raw
        .iter_mut()
        .filter_map(|(name, raw)| {
            let path = path.key(name);
            let id = findings.keep(&path, LabourerId::new(name.as_str()))?;
            let labourer = labourer(id.clone(), raw, task, &path, findings);
            let tasks = labourer.tasks_per_invocation;
            let uses = resources::uses(&mut raw.uses, tasks, resources, &path, findings);
            Some((id, Labourer { uses, ..labourer }))
        })
        .collect();
    task.labourers = Some(raw);
    (task.max_attempts, task.max_simultaneous_invocations) = (None, None);
    task.max_attempts_of.clear();
    task.ecology_config = None;
    labourers
}

fn labourer(
    id: LabourerId,
    raw: &mut RawLabourer,
    task: &RawTaskConfig,
    path: &Path,
    findings: &mut Findings,
) -> Labourer {
    let new = Labourer::new(id);
    arns::check_name(new.id.as_str(), raw.arn.is_some(), path, findings);
    if let Some(arn) = &raw.arn {
        arns::check_function(arn, &path.key("arn"), findings);
    }
    let max = task.max_simultaneous_invocations.unwrap_or(new.max_simultaneous_invocations);
    let max = *raw.max_simultaneous_invocations.get_or_insert(max);
    let max_attempts = max_attempts(&new.id, raw, task, path, findings);
    let longest = raw.max_duration.take();
    if raw.after_expiry.is_none() && longest.is_some() {
        raw.after_expiry =
            Some(RawBackoff { growth: Some(RawGrowth::Linear), ..Default::default() });
    }
    let longest = longest.or(raw.duration).map_or(Labourer::UNKNOWN_DURATION, seconds);
    Labourer {
        function: raw.arn.get_or_insert(new.function).clone(),
        max_simultaneous_invocations: max,
        duration: raw.duration.map(seconds),
        cooldown: seconds_or(&mut raw.cooldown, new.cooldown),
        event_age: raw.event_age.map(seconds),
        max_attempts: *raw.max_attempts.insert(max_attempts),
        after_failure: backoff(
            raw.after_failure.get_or_insert_default(),
            Duration::from_secs(30),
            &path.key("after_failure"),
            findings,
        ),
        after_expiry: raw
            .after_expiry
            .as_mut()
            .map(|raw| backoff(raw, longest, &path.key("after_expiry"), findings)),
        require_claim: *raw.require_claim.get_or_insert(new.require_claim),
        tasks_per_invocation: *raw.tasks_per_invocation.get_or_insert(new.tasks_per_invocation),
        block_duration: seconds_or(&mut raw.block_seconds, new.block_duration),
        event_format: (*raw.event_format.get_or_insert_default()).into(),
        health: HealthPolicy {
            metrics: metrics::metrics(&mut raw.health_metrics, task, path, findings),
            steps: steps(raw.health_steps.get_or_insert_default()),
            breaker: raw.breaker.as_mut().map(|raw| breaker(raw, path, findings)),
            adaptive: raw.adaptive.as_mut().map(|raw| adaptive(raw, max, path, findings)),
        },
        uses: new.uses,
        stopped: None,
        id: new.id,
    }
}

/// sosw's place for the attempts of one labourer is `task_config.max_attempts_NAME`.
fn max_attempts(
    id: &LabourerId,
    raw: &RawLabourer,
    task: &RawTaskConfig,
    path: &Path,
    findings: &mut Findings,
) -> u32 {
    let key = format!("{}{id}", raw::MAX_ATTEMPTS_OF);
    let of_sosw = task.max_attempts_of.get(&key).map(|attempts| attempts.0);
    if let (Some(own), Some(other)) = (raw.max_attempts, of_sosw)
        && own != other
    {
        let text = format_args!("{own} counts, and not the {other} of task_config.{key}");
        findings.warning(&path.key("max_attempts"), text);
    }
    raw.max_attempts.or(of_sosw).or(task.max_attempts).unwrap_or(Labourer::MAX_ATTEMPTS)
}

fn attempts_belong_to_labourers(task: &RawTaskConfig, section: &Path, findings: &mut Findings) {
    let known = || task.labourers.iter().flat_map(BTreeMap::keys).map(String::as_str);
    for key in task.max_attempts_of.keys() {
        let name = key.strip_prefix(raw::MAX_ATTEMPTS_OF).unwrap_or(key);
        if !known().any(|labourer| labourer == name) {
            let meant = did_you_mean(name, known());
            let name = name.escape_debug();
            findings
                .mistake(&section.key(key), format_args!("no labourer is called {name}{meant}"));
        }
    }
}

fn backoff(raw: &mut RawBackoff, base: Duration, path: &Path, findings: &mut Findings) -> Backoff {
    let base = seconds_or(&mut raw.base, base);
    if *raw.growth.get_or_insert(RawGrowth::Exponential) == RawGrowth::Linear {
        if raw.cap.is_some() {
            findings.mistake(&path.key("cap"), "a linear delay has no cap: remove it");
        }
        return Backoff::Linear { base };
    }
    let cap = seconds_or(&mut raw.cap, base.max(Duration::from_secs(3600)));
    if cap < base {
        let (cap, base) = (duration::text(cap), duration::text(base));
        let text = format_args!("{cap} is less than the base of {base}: raise it");
        findings.mistake(&path.key("cap"), text);
    }
    Backoff::Exponential { base, cap }
}

pub(super) fn steps(raw: &mut RawHealthSteps) -> Steps {
    let default = Steps::default();
    Steps {
        rise: *raw.rise.get_or_insert(default.rise),
        fall: *raw.fall.get_or_insert(default.fall),
    }
}

fn breaker(raw: &mut RawBreaker, path: &Path, findings: &mut Findings) -> Breaker {
    let default = Breaker::default();
    let window = *raw.window.get_or_insert(default.window);
    let minimum = *raw.minimum.get_or_insert(default.minimum.min(window));
    if minimum > window {
        let text = format_args!("{minimum} attempts never fit into a window of {window}");
        findings.mistake(&path.key("breaker").key("minimum"), text);
    }
    Breaker { threshold: *raw.threshold.get_or_insert(default.threshold), window, minimum }
}

fn adaptive(raw: &mut RawAdaptive, max: u32, path: &Path, findings: &mut Findings) -> Adaptive {
    let default = Adaptive::default();
    let min = *raw.min.get_or_insert(default.min.min(max));
    if min > max {
        let text = format_args!("{min} is more than max_simultaneous_invocations, which is {max}");
        findings.mistake(&path.key("adaptive").key("min"), text);
    }
    Adaptive {
        min,
        increase: *raw.increase.get_or_insert(default.increase),
        decrease: *raw.decrease.get_or_insert(default.decrease),
        tolerance: *raw.tolerance.get_or_insert(default.tolerance),
    }
}
