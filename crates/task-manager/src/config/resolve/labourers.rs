//! `labourers.NAME`, and `max_attempts_NAME` beside it.

use std::{collections::BTreeMap, time::Duration};

use super::{arns, metrics, seconds};
use crate::{
    config::{findings::Findings, raw},
    ecology::{Adaptive, Breaker, HealthPolicy, Steps},
    ids::LabourerId,
    labourer::{Labourer, backoff::Backoff},
    mistakes::{Path, did_you_mean},
};

/// The labourers, each on top of what `task_config` says for all.
pub(super) fn labourers(
    task: &raw::TaskConfig,
    section: &Path,
    findings: &mut Findings,
) -> BTreeMap<LabourerId, Labourer> {
    let raw = task.labourers.as_ref();
    attempts_belong_to_labourers(task, section, findings);
    let path = section.key("labourers");
    if raw.is_none_or(BTreeMap::is_empty) {
        findings.warning(&path, "there are none: no task can be created or started");
    }
    raw.into_iter()
        .flatten()
        .filter_map(|(name, raw)| {
            let path = path.key(name);
            let id = findings.keep(&path, LabourerId::new(name.as_str()))?;
            let max_attempts = max_attempts(&id, raw, task, &path, findings);
            let labourer = Labourer { max_attempts, ..labourer(id, raw, task, &path, findings) };
            Some((labourer.id.clone(), labourer))
        })
        .collect()
}

fn labourer(
    id: LabourerId,
    raw: &raw::Labourer,
    task: &raw::TaskConfig,
    path: &Path,
    findings: &mut Findings,
) -> Labourer {
    let new = Labourer::new(id);
    if let Some(arn) = &raw.arn {
        arns::check_function(arn, &path.key("arn"), findings);
    }
    let max = raw.max_simultaneous_invocations.or(task.max_simultaneous_invocations);
    let max = max.unwrap_or(new.max_simultaneous_invocations);
    let after_failure = raw.after_failure.as_ref();
    let after_expiry = raw.after_expiry.as_ref();
    let unknown = raw.duration.map_or(Labourer::UNKNOWN_DURATION, seconds);
    Labourer {
        function: raw.arn.clone().unwrap_or(new.function),
        max_simultaneous_invocations: max,
        duration: raw.duration.map(seconds),
        cooldown: raw.cooldown.map_or(new.cooldown, seconds),
        event_age: raw.event_age.map(seconds),
        after_failure: after_failure.map_or(new.after_failure, |raw| {
            backoff(raw, Duration::from_secs(30), &path.key("after_failure"), findings)
        }),
        after_expiry: after_expiry
            .map(|raw| backoff(raw, unknown, &path.key("after_expiry"), findings)),
        require_claim: raw.require_claim.unwrap_or(new.require_claim),
        health: HealthPolicy {
            metrics: metrics::metrics(raw, task, path, findings),
            steps: steps(raw.health_steps.as_ref()),
            breaker: raw.breaker.as_ref().map(|raw| breaker(raw, path, findings)),
            adaptive: raw.adaptive.as_ref().map(|raw| adaptive(raw, max, path, findings)),
        },
        ..new
    }
}

/// sosw's place for the attempts of one labourer is `task_config.max_attempts_NAME`.
fn max_attempts(
    id: &LabourerId,
    raw: &raw::Labourer,
    task: &raw::TaskConfig,
    path: &Path,
    findings: &mut Findings,
) -> u32 {
    let key = format!("{}{id}", raw::MAX_ATTEMPTS_OF);
    let of_sosw = task.max_attempts_of.get(&key).map(|attempts| attempts.0);
    if let (Some(own), Some(other)) = (raw.max_attempts, of_sosw)
        && own != other
    {
        let text = format_args!("{own} here, but {other} in task_config.{key}: keep one of them");
        findings.mistake(&path.key("max_attempts"), text);
    }
    raw.max_attempts.or(of_sosw).or(task.max_attempts).unwrap_or(Labourer::MAX_ATTEMPTS)
}

fn attempts_belong_to_labourers(task: &raw::TaskConfig, section: &Path, findings: &mut Findings) {
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

fn backoff(raw: &raw::Backoff, base: Duration, path: &Path, findings: &mut Findings) -> Backoff {
    let base = raw.base.map_or(base, seconds);
    if raw.growth == Some(raw::Growth::Linear) {
        if raw.cap.is_some() {
            findings.mistake(&path.key("cap"), "a linear delay has no cap: remove it");
        }
        return Backoff::Linear { base };
    }
    let cap = raw.cap.map_or_else(|| base.max(Duration::from_secs(3600)), seconds);
    if cap < base {
        let (cap, base) = (cap.as_secs_f64(), base.as_secs_f64());
        let text = format_args!("{cap} s is less than the base of {base} s: raise it");
        findings.mistake(&path.key("cap"), text);
    }
    Backoff::Exponential { base, cap }
}

fn steps(raw: Option<&raw::HealthSteps>) -> Steps {
    let (rise, fall) = raw.map(|raw| (raw.rise, raw.fall)).unwrap_or_default();
    let default = Steps::default();
    Steps { rise: rise.unwrap_or(default.rise), fall: fall.unwrap_or(default.fall) }
}

fn breaker(raw: &raw::Breaker, path: &Path, findings: &mut Findings) -> Breaker {
    let default = Breaker::default();
    let window = raw.window.unwrap_or(default.window);
    let minimum = raw.minimum.unwrap_or(default.minimum.min(window));
    if minimum > window {
        let text = format_args!("{minimum} attempts never fit into a window of {window}");
        findings.mistake(&path.key("breaker").key("minimum"), text);
    }
    Breaker { threshold: raw.threshold.unwrap_or(default.threshold), window, minimum }
}

fn adaptive(raw: &raw::Adaptive, max: u32, path: &Path, findings: &mut Findings) -> Adaptive {
    let default = Adaptive::default();
    let min = raw.min.unwrap_or(default.min);
    if min > max {
        let text = format_args!("{min} is more than max_simultaneous_invocations, which is {max}");
        findings.mistake(&path.key("adaptive").key("min"), text);
    }
    Adaptive {
        min,
        increase: raw.increase.unwrap_or(default.increase),
        decrease: raw.decrease.unwrap_or(default.decrease),
        tolerance: raw.tolerance.unwrap_or(default.tolerance),
    }
}
