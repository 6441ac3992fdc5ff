//! What keeps a labourer from working as it should.

use task_manager::{labourer::State, task::TaskError, time::Timestamp};

use super::{
    super::{
        About, Incident, NextStep, Urgency,
        facts::{Facts, LATELY, LabourerFacts},
    },
    limits,
};
use crate::{
    doctor::Fault,
    duration,
    resources::{Cause, Wait},
    words,
};

/// A pause with an end that is further away is more likely to be forgotten than meant.
pub(super) const LONG_PAUSE: u64 = 86_400;
/// A task is late when it waits for longer than this, and for more than so many times as long as usual.
const LATE: u64 = 600;
const LATE_TIMES: u64 = 3;
/// Lambda's error when there is no such function.
const NO_FUNCTION: &str = "ResourceNotFoundException";
/// The kind of error of an attempt that Lambda accepted and had no room for.
const NEVER_RAN: &str = "never_ran";

/// A labourer, and what more than one of its incidents depends on.
pub(super) struct Case<'f> {
    pub one: &'f LabourerFacts,
    pub facts: &'f Facts,
    /// Tasks in its queue, as far as it is known.
    pub waiting: u64,
}

/// The incidents of a labourer, in the order in which they are to be resolved.
pub(in super::super) fn incidents(
    one: &LabourerFacts,
    facts: &Facts,
    is_silent: bool,
) -> Vec<Incident> {
    let waiting = one.waiting(facts.now, is_silent).unwrap_or_default();
    let case = Case { one, facts, waiting };
    if let Some(stopped) = stopped(&case) {
        return vec![stopped];
    }
    let causes = [
        refused(&case),
        throttled(&case),
        leaked(&case),
        limits::breaker(&case),
        limits::health(&case),
        paused(&case),
    ];
    let mut found: Vec<_> = causes.into_iter().flatten().collect();
    let is_explained = is_silent || found.iter().any(|cause| cause.urgency < Urgency::Info);
    found.extend(late(&case, is_silent).filter(|_| !is_explained));
    found
}

impl Case<'_> {
    pub fn incident(&self, incident: &'static str, urgency: Urgency, why: String) -> Incident {
        let labourer_id = self.one.labourer.id.clone();
        Incident {
            incident,
            urgency,
            about: About::Labourer { labourer_id },
            why,
            change: String::new(),
            steps: Vec::new(),
            since: None,
        }
    }

    pub fn row(&self) -> Option<&State> {
        self.one.row.as_ref()
    }

    /// `12 tasks wait, the first for 3h5m`; nothing if none does.
    pub fn wait_in_words(&self) -> Option<String> {
        let wait = match self.waiting {
            0 => return None,
            1 => "1 task waits".to_owned(),
            more => format!("{} wait", words::count(more, "task")),
        };
        let oldest = self.one.latest().map(|(_, brief)| brief.oldest).filter(|age| *age >= 60);
        Some(match oldest {
            Some(age) => format!("{wait}, the first for {}", brief(age)),
            None => wait,
        })
    }

    /// What shows why its attempts fail.
    pub fn list_failed(&self) -> NextStep {
        let id = words::argument(&self.one.labourer.id);
        NextStep::Run { command: format!("sosw tasks list {id} --state failed") }
    }
}

pub(super) fn brief(seconds: u64) -> String {
    duration::brief(std::time::Duration::from_secs(seconds))
}

fn stopped(case: &Case<'_>) -> Option<Incident> {
    let why = case.one.labourer.stopped.clone()?;
    let has_work = case.waiting > 0 || case.one.running(case.facts.now) > 0;
    let urgency = if has_work { Urgency::Critical } else { Urgency::Warning };
    let why = match case.wait_in_words() {
        Some(wait) => format!("nothing is started for it: {why}; {wait}"),
        None => format!("nothing is started for it: {why}"),
    };
    let (change, command) = match case.one.is_known {
        true => ("correct its section of the config", "sosw config check FILE"),
        false => ("put it back into the config, or cancel its jobs", "sosw config show"),
    };
    Some(Incident {
        change: change.into(),
        steps: vec![NextStep::Run { command: command.into() }],
        ..case.incident("stopped", urgency, why)
    })
}

/// Lambda refuses its attempts: what it said, or, if nobody looked yet, that it did.
fn refused(case: &Case<'_>) -> Option<Incident> {
    let labourer = &case.one.labourer;
    let doctor = NextStep::Run { command: "sosw doctor".into() };
    let TaskError { kind, message, at, .. } = match &case.one.looks.refusal {
        Some(seen) => seen.what.as_ref().filter(|error| error.kind != NEVER_RAN)?,
        None if case.one.refused() > 0 => {
            let why = format!(
                "{} could not be started in the last two hours",
                words::count(case.one.refused(), "attempt")
            );
            return Some(Incident {
                change: "find out why Lambda refuses them: the errors of its tasks say so".into(),
                steps: vec![doctor],
                ..case.incident("refused", Urgency::Warning, why)
            });
        }
        None => return None,
    };
    let function = labourer.function.clone();
    let id = labourer.id.clone();
    let (incident, why, change) = match kind.as_str() {
        NO_FUNCTION => {
            let why = format!("Lambda has no function {function}");
            let remedy = Fault::NoFunction { labourer: id, function }.remedy();
            ("no_function", why, format!("{remedy}; its tasks are then tried again by themselves"))
        }
        _ => {
            let said = format!("{kind}: {message}");
            let why = format!("Lambda refuses to invoke {function}: {said}");
            let fault = Fault::Refused { labourer: id, function, why: said };
            ("refused", why, fault.remedy().to_owned())
        }
    };
    Some(Incident {
        change,
        steps: vec![doctor],
        since: Some(*at),
        ..case.incident(incident, Urgency::Critical, why)
    })
}

/// Lambda has no room: claims were taken back, or accepted events never started.
fn throttled(case: &Case<'_>) -> Option<Incident> {
    let now = case.facts.now;
    let looks = &case.one.looks;
    let returned = looks.returned.as_ref().filter(|_| case.one.waits_beside_free_slots(now));
    let returned = returned.map_or(0, |seen| seen.what);
    let never_ran = looks.refusal.as_ref().and_then(|seen| seen.what.as_ref());
    let never_ran = never_ran.filter(|error| error.kind == NEVER_RAN);
    let why = match (returned, never_ran) {
        (0, None) => return None,
        (0, Some(error)) => error.message.clone(),
        (more, _) => format!(
            "Lambda had no room for {} in the last ten minutes",
            words::count(more, "invocation")
        ),
    };
    let started = case.one.since(now - LATELY).started;
    let (urgency, why) = match started {
        ..=0 => (Urgency::Critical, format!("{why}, and none began")),
        more => (Urgency::Warning, format!("{why}; {more} began")),
    };
    let name = case.one.labourer.function_name();
    let command = format!("aws lambda get-function-concurrency --function-name {name}");
    Some(Incident {
        change: "raise the concurrency that Lambda allows its function (reserved, or of the account), or lower \
                 max_simultaneous_invocations to it; its tasks keep their places until then"
            .into(),
        steps: vec![NextStep::Run { command }],
        ..case.incident("throttled", urgency, why)
    })
}

/// Its row counts attempts that are not there.
fn leaked(case: &Case<'_>) -> Option<Incident> {
    let seen = case.one.leak(case.facts.now)?;
    let (running, counted) = (u64::from(seen.running), seen.counted);
    let labourer = case.one.labourer.id.clone();
    let slots = case.one.row.as_ref().map_or(0, |row| row.most(row.slot_limit));
    let is_full = running >= u64::from(slots) && counted == 0;
    let urgency = if is_full { Urgency::Critical } else { Urgency::Warning };
    let attempts = match counted {
        0 => "no attempt is at work".to_owned(),
        1 => "only 1 attempt is at work".to_owned(),
        more => format!("only {more} attempts are at work"),
    };
    let why = format!("its row has {} in use, but {attempts}", words::count(running, "slot"));
    let counted = u32::try_from(counted).unwrap_or(u32::MAX);
    let fault = Fault::Slots { labourer, running: seen.running, counted, fixed: false };
    Some(Incident {
        change: fault.remedy().into(),
        steps: vec![NextStep::Run { command: "sosw doctor --fix".into() }],
        ..case.incident("slots", urgency, why)
    })
}

/// Somebody paused it, and tasks wait.
fn paused(case: &Case<'_>) -> Option<Incident> {
    let (row, now) = (case.row()?, case.facts.now);
    let (why, wait) = (row.pause_in_words(now)?, case.wait_in_words()?);
    let left = row.paused_until.map_or(0, |until| until.since(now).as_secs());
    let urgency = if left > LONG_PAUSE { Urgency::Warning } else { Urgency::Info };
    let change = match urgency {
        Urgency::Info => "none: it goes on then; resume it to go on now",
        _ => "resume it, unless the pause is still wanted",
    };
    Some(Incident {
        change: change.into(),
        steps: vec![NextStep::Resume { labourer_id: row.labourer_id.clone() }],
        ..case.incident("paused", urgency, format!("{why}; {wait}"))
    })
}

/// Nothing else is wrong, and yet its first task waits for longer than it ever does.
fn late(case: &Case<'_>, is_silent: bool) -> Option<Incident> {
    let (_, minute) = case.one.present(case.facts.now).filter(|_| case.waiting > 0)?;
    let usual = usual_oldest(case.one)?;
    if minute.oldest <= LATE || minute.oldest <= usual.max(60) * LATE_TIMES {
        return None;
    }
    let waits = case.facts.waits(case.one, is_silent);
    let limit = match waits.first() {
        // That it is paused is said by itself.
        Some(Wait { cause: Cause::Resume { .. }, .. }) => return None,
        Some(wait) => wait.to_string(),
        None => {
            let slots = words::count(minute.slots.into(), "slot");
            format!("{} of {slots} are in use", minute.running)
        }
    };
    let (oldest, usual) = (brief(minute.oldest), brief(usual));
    let why = format!("its first task waits for {oldest}, {usual} is usual; {limit}");
    let change = match (waits.first(), minute.running < minute.slots) {
        (Some(wait), _) => wait.change(),
        (None, true) => {
            "find out what keeps it from starting: `sosw explain TASK` of the first one".to_owned()
        }
        (None, false) => {
            "raise max_simultaneous_invocations, if what it depends on can bear it".to_owned()
        }
    };
    let command = format!("sosw tasks list {}", words::argument(&case.one.labourer.id));
    Some(Incident {
        change,
        steps: vec![NextStep::Run { command }],
        ..case.incident("late", Urgency::Warning, why)
    })
}

/// The median age of the first task that waits, in seconds, of the minutes in which one did.
pub(in super::super) fn usual_oldest(one: &LabourerFacts) -> Option<u64> {
    let waited = one.minutes.iter().filter(|(_, brief)| brief.queued > 0);
    let mut ages: Vec<_> = waited.map(|(_, brief)| brief.oldest).collect();
    ages.sort_unstable();
    ages.get(ages.len() / 2).copied()
}

/// What became of its attempts lately: failed or silent ones, and all that ended.
pub(super) fn ends(one: &LabourerFacts, now: Timestamp) -> (i64, i64) {
    let sum = one.since(now - LATELY);
    let bad = sum.failed + sum.expired;
    (bad, bad + sum.succeeded)
}
