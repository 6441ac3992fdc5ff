//! Waits and limits for people.

use std::fmt;

use task_manager::{
    duration,
    labourer::State,
    resource::{
        Rate,
        ledger::{Pause, Permits, SetLive},
    },
    time::Timestamp,
};

use super::{
    Cause, Holding, LabourerUse, PREFIX, PermitsSnapshot, RateSnapshot, ResourceSnapshot, Standing,
    Wait,
};
use crate::words::{argument, count};

/// `paused until …: why`, as a labourer's.
pub(super) fn paused(pause: &Pause) -> String {
    let until = Some(pause.until).filter(|until| *until < State::until_resumed());
    paused_until(until, pause.reason.as_deref())
}

fn paused_until(until: Option<Timestamp>, reason: Option<&str>) -> String {
    let until = until.map_or("it is resumed".to_owned(), Timestamp::utc);
    let why = reason.map(|why| format!(": {why}")).unwrap_or_default();
    format!("paused until {until}{why}")
}

/// Why fewer permits may be used than are configured, unless they are paused: `of 50: 2 Moderate: DbCpu 61.3 > 50`.
pub(super) fn lowered(permits: &Permits) -> Option<String> {
    let of = permits.configured;
    let set = permits.set.as_ref().filter(|set| set.to < of).map(set);
    let health = permits.health.as_ref().filter(|memory| memory.limit < permits.permits());
    let reasons: Vec<_> =
        set.into_iter().chain(health.map(|memory| memory.reason.clone())).collect();
    (!reasons.is_empty()).then(|| format!("of {of}: {}", reasons.join("; ")))
}

/// `operator has set 20: the database swaps`.
pub(super) fn set(set: &SetLive<u32>) -> String {
    with_reason(format!("{} has set {}", set.by, set.to), set.reason.as_deref())
}

/// `operator has set 45 in 10s: …`.
pub(super) fn set_rate(set: &SetLive<Rate>) -> String {
    with_reason(format!("{} has set {}", set.by, rate(set.to)), set.reason.as_deref())
}

fn with_reason(text: String, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("{text}: {reason}"),
        None => text,
    }
}

/// `90 in 10s`.
pub(super) fn rate(rate: Rate) -> String {
    format!("{} in {}", rate.limit, duration::text(rate.per))
}

const UNTIL: &str = "until another config is pushed";

impl ResourceSnapshot {
    /// What was set of its permits: `orders-db has 20 permits from now on, until another config is pushed (the config
    /// has 50); 38 are in use: live attempts may end`.
    pub fn permits_set(&self) -> Option<String> {
        let PermitsSnapshot { configured, used, set, .. } = self.permits.as_ref()?;
        let number = set.as_ref().map_or(*configured, |set| set.to);
        let mut text = format!(
            "{} has {} from now on, {UNTIL} (the config has {configured})",
            self.resource,
            count(number.into(), "permit")
        );
        if *used > u64::from(number) {
            text += &format!("; {used} are in use: live attempts may end");
        }
        let starved = |one: &&LabourerUse| one.permits.is_some_and(|weight| weight > number);
        for LabourerUse { labourer_id, permits, .. } in self.labourers.iter().filter(starved) {
            let weight = permits.unwrap_or_default();
            text += &format!("\n{labourer_id} starts nothing: an attempt of it holds {weight}");
        }
        Some(text)
    }

    /// What was set of its rate: `stripe lets 45 tasks start in 10s from now on, at most 4 at once, until another config
    /// is pushed (the config has 90 in 10s)`.
    pub fn rate_set(&self) -> Option<String> {
        let RateSnapshot { in_force, configured, .. } = self.rate.as_ref()?;
        Some(format!(
            "{} lets {} start in {} from now on, at most {} at once, {UNTIL} (the config has {})",
            self.resource,
            count(in_force.limit.into(), "task"),
            duration::text(in_force.per),
            in_force.burst,
            rate(*configured)
        ))
    }
}

/// `waits for orders-db: 50 of 50 permits are in use, resize holds 30`.
impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resource, cause } = self;
        match cause {
            Cause::Resume { until, reason } => {
                write!(f, "{resource} is {}", paused_until(*until, reason.as_deref()))
            }
            Cause::FirstTick => write!(f, "no orchestrator has shared {resource} yet"),
            Cause::NextTick => write!(f, "waits for {resource}: it has room, and a tick shares it"),
            Cause::MorePermits { weight, in_force, lowered, .. } => {
                let permits = if *weight == 1 { "permit" } else { "permits" };
                write!(
                    f,
                    "waits for {resource}: it needs {weight} {permits}, and {in_force} may be used"
                )?;
                in_brackets(f, lowered.as_deref())
            }
            Cause::Permits { used, in_force, most, lowered } => {
                write!(f, "waits for {resource}: {used} of {in_force} permits are in use")?;
                in_brackets(f, lowered.as_deref())?;
                match most {
                    Some(Holding { labourer_id, permits }) => {
                        write!(f, ", {labourer_id} holds {permits}")
                    }
                    None => Ok(()),
                }
            }
            Cause::Tokens { limit, per, weight, next_in, .. } => {
                let per = duration::text(*per);
                match weight {
                    1 => write!(f, "waits for {resource}: {limit} tasks start in {per} at most")?,
                    more => write!(
                        f,
                        "waits for {resource}: a task takes {more} of {limit} tokens in {per}"
                    )?,
                }
                match next_in.is_zero() {
                    true => write!(f, "; the next can start now"),
                    false => write!(f, "; the next can start in {}", duration::brief(*next_in)),
                }
            }
        }
    }
}

fn in_brackets(f: &mut fmt::Formatter<'_>, text: Option<&str>) -> fmt::Result {
    text.map_or(Ok(()), |text| write!(f, " ({text})"))
}

impl Wait {
    /// What has to happen, by whom.
    pub fn change(&self) -> String {
        let resource = argument(&self.resource);
        match &self.cause {
            Cause::Resume { .. } => format!("run `sosw resume {PREFIX}{resource}`"),
            Cause::FirstTick => "run the orchestrator with this config".to_owned(),
            Cause::NextTick => "none: the next tick of the orchestrator shares it out".to_owned(),
            Cause::MorePermits { to: Some(to), .. } => {
                format!("raise its permits: `sosw resources set {resource} --permits {to}`")
            }
            Cause::MorePermits { to: None, .. } => {
                "none: its health must rise, by which its permits are scaled".to_owned()
            }
            Cause::Permits { .. } => {
                "an attempt that uses it must end, or raise its permits".to_owned()
            }
            Cause::Tokens { .. } => {
                "none: the orchestrator starts them in turn, as the rate allows; a higher rate would start them sooner"
                    .to_owned()
            }
        }
    }

    /// In a few words, of the resource by name.
    fn brief(&self) -> String {
        let resource = &self.resource;
        match &self.cause {
            Cause::Tokens { limit, per, .. } => {
                format!("waits for {resource}: {limit} in {}", duration::text(*per))
            }
            Cause::Permits { .. } | Cause::MorePermits { .. } => format!("waits for {resource}"),
            Cause::Resume { .. } | Cause::FirstTick | Cause::NextTick => self.to_string(),
        }
    }
}

/// `share 3 of 10 slots: waits for orders-db`; nothing, if nothing is waited for.
pub(crate) fn brief(waits: &[Wait], standing: Standing) -> Option<String> {
    if waits.is_empty() {
        return None;
    }
    let share = standing.share.filter(|_| standing.is_limited_by_share());
    let share = share.map(|share| format!("share {share} of {} slots: ", standing.slots));
    let waits: Vec<_> = waits.iter().map(Wait::brief).collect();
    Some(share.unwrap_or_default() + &waits.join("; "))
}
