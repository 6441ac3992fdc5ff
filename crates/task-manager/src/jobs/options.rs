//! The fields of a job that are about the job itself rather than for its tasks. No task receives them.
//!
//! | field | value |
//! | --- | --- |
//! | `idempotency_key` | text; the same job sent twice with the same key is one job, however much later: a job that is to come again needs another key each time, like one with its date (in a schedule of EventBridge Scheduler: `<aws.scheduler.scheduled-time>`) |
//! | `run_at` | `"2026-03-17T05:00:00+01:00"`, or Unix seconds: no task starts earlier |
//! | `delay` | `"2h30m"`, or a number of seconds: likewise, from now on |
//! | `on_complete` | `{"job": {…}}` or `{"topic": "arn:aws:sns:…"}`, when the last task is closed: a job is sent only if this one succeeded, a topic is notified in any case |
//! | `max_failed_percent` | how many tasks may fail for the job to have succeeded; default 0 |
//! | `tasks_per_invocation` | a whole number from 1 to 1000, or `"auto"`: how many of its tasks one invocation is given at most; default: what the config says of the labourer |

use std::{collections::BTreeMap, time::Duration};

use crate::json::{Json, Object};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{
    message::{Message, Submission},
    problem::Problem,
    rules::Rules,
    values::whole,
};
use crate::{
    arn::TopicArn,
    duration,
    ids::JobId,
    labourer::TasksPerInvocation,
    mistakes::{Mistakes, Path, slip_of},
    time::Timestamp,
};

/// The options of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// What makes two messages the same job, for ever.
    pub idempotency_key: Option<String>,
    /// When its tasks may start; at once if absent.
    pub start: Option<Timestamp>,
    /// What happens when it is done.
    pub on_complete: Option<OnComplete>,
    /// The share of its tasks, 0 to 100, that may fail for it to have succeeded.
    pub max_failed_percent: f64,
    /// How many of its tasks one invocation is given at most; if absent, the labourer's config says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks_per_invocation: Option<TasksPerInvocation>,
}

/// What happens when a job is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnComplete {
    /// This message is sent to the scheduler, if the job succeeded: no more of its tasks failed
    /// than it tolerates, and it was not cancelled.
    Job(Json),
    /// A message to the SNS topic of this ARN says how it ended, whatever the end.
    Topic(String),
}

pub(super) const FIELDS: [&str; 6] = [
    "idempotency_key",
    "run_at",
    "delay",
    "on_complete",
    "max_failed_percent",
    "tasks_per_invocation",
];
const ON_COMPLETE: &str = "an object with either `job` or `topic`";

/// Where a message sets each option. It may set each one once.
#[derive(Debug, Default)]
pub(super) struct OptionPaths {
    set: BTreeMap<&'static str, Path>,
    /// Keys with attributes that EventBridge Scheduler replaces, also those of following jobs.
    pub placeholders: Vec<Path>,
}

impl Options {
    /// Moves the options out of `fields`. `null` is as good as absent. `given` are those that were
    /// read elsewhere in the same message.
    pub(super) fn read(
        &mut self,
        fields: &mut Object,
        path: &Path,
        given: &mut OptionPaths,
        rules: &Rules,
        now: Timestamp,
        mistakes: &mut Mistakes,
    ) {
        for name in FIELDS {
            let Some(value) = fields.shift_remove(name).filter(|value| !value.is_null()) else {
                continue;
            };
            let at = path.key(name);
            let what = if name == "run_at" { "delay" } else { name };
            if let Some(other) = given.set.insert(what, at.clone()) {
                mistakes.push(&at, Problem::Beside(other.to_string()));
            }
            match name {
                "idempotency_key" => {
                    self.idempotency_key = mistakes.check(&at, key(&value));
                    let key = self.idempotency_key.as_deref().unwrap_or_default();
                    if mistakes.check(&at, has_placeholder(key)) == Some(true) {
                        given.placeholders.push(at);
                    }
                }
                "run_at" | "delay" => {
                    let time = if name == "delay" { later(&value, now) } else { time(&value) };
                    self.start = mistakes.check(&at, time);
                }
                "on_complete" => {
                    self.on_complete = on_complete(&value, &at, given, rules, now, mistakes);
                }
                "tasks_per_invocation" => {
                    self.tasks_per_invocation = mistakes.check(&at, tasks(&value));
                }
                _ => {
                    let percent = mistakes.check(&at, percent(&value));
                    self.max_failed_percent = percent.unwrap_or_default();
                }
            }
        }
    }
}

/// Notes fields of a job that are misspelt options. Names of a word or two are left out: a task may
/// well have a field like them.
pub(super) fn refuse_misspelt(job: &Object, path: &Path, mistakes: &mut Mistakes) {
    const DISTINCT: [&str; 4] =
        ["idempotency_key", "on_complete", "max_failed_percent", "tasks_per_invocation"];
    for name in job.keys() {
        if let Some(meant) = slip_of(name, DISTINCT) {
            mistakes.push(&path.key(name), Problem::Misspelt(meant));
        }
    }
}

fn key(value: &Json) -> Result<String, Problem> {
    let text = value.as_str().filter(|text| !text.is_empty() && text.len() <= 1024);
    text.map(str::to_owned).ok_or_else(|| Problem::expected("text of 1 to 1024 bytes", value))
}

/// What EventBridge Scheduler replaces in the input of its targets, and nobody else does.
const PLACEHOLDERS: [&str; 4] = [
    "<aws.scheduler.schedule-arn>",
    "<aws.scheduler.scheduled-time>",
    "<aws.scheduler.execution-id>",
    "<aws.scheduler.attempt-number>",
];

/// Has the key one of them? One that is misspelt would be left as it is by Scheduler, too: every job
/// with it would be the same one.
fn has_placeholder(key: &str) -> Result<bool, Problem> {
    let mut found = false;
    for (start, _) in key.match_indices("<aws.") {
        let (_, rest) = key.split_at(start);
        let given = rest.split_inclusive('>').next().unwrap_or(rest);
        if PLACEHOLDERS.contains(&given) {
            found = true;
        } else if given.starts_with("<aws.scheduler.") || slip_of(given, PLACEHOLDERS).is_some() {
            return Err(Problem::unknown("attribute", given, PLACEHOLDERS));
        }
    }
    Ok(found)
}

fn percent(value: &Json) -> Result<f64, Problem> {
    let percent = value.as_f64().filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| Problem::expected("a number from 0 to 100", value))
}

fn tasks(value: &Json) -> Result<TasksPerInvocation, Problem> {
    let tasks = match value {
        Json::Number(number) => whole(number).and_then(TasksPerInvocation::fixed),
        Json::String(word) if word == "auto" => Some(TasksPerInvocation::Auto),
        _ => None,
    };
    tasks.ok_or_else(|| Problem::expected(TasksPerInvocation::EXPECTED, value))
}

fn time(value: &Json) -> Result<Timestamp, Problem> {
    let time = match value {
        Json::String(text) => text.parse().ok(),
        number => number.as_f64().and_then(|seconds| {
            let since_epoch = SignedDuration::try_from_secs_f64(seconds).ok()?;
            jiff::Timestamp::from_duration(since_epoch).ok()
        }),
    };
    let expected = "a time, like \"2026-03-17T05:00:00+01:00\" or 1773720000";
    let time: jiff::Timestamp = time.ok_or_else(|| Problem::expected(expected, value))?;
    Ok(Timestamp::from_seconds(time.as_duration().as_secs_f64()))
}

fn later(value: &Json, now: Timestamp) -> Result<Timestamp, Problem> {
    let delay = match value {
        Json::String(text) => duration::parse(text),
        number => number.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
    };
    // A longer one is a time in the wrong unit.
    let delay = delay.filter(|delay| delay.as_secs() < 10 * 366 * 86_400);
    let expected = "a duration like 90s or 1h30m, or a number of seconds, of less than ten years";
    delay.map(|delay| now + delay).ok_or_else(|| Problem::expected(expected, value))
}

fn on_complete(
    value: &Json,
    path: &Path,
    given: &mut OptionPaths,
    rules: &Rules,
    now: Timestamp,
    mistakes: &mut Mistakes,
) -> Option<OnComplete> {
    let fields = value.as_object().filter(|fields| fields.len() == 1);
    let field = fields.and_then(|fields| fields.iter().next());
    match field.map(|(name, value)| (name.as_str(), value)) {
        // A later job is checked like this one, as it will be sent: after the last task it would be
        // too late.
        Some(("job", _)) => {
            let event = Message::following(&JobId::from_random(0), value);
            let next = Submission::read(event.as_object()?, path, rules, now, mistakes)?;
            given.placeholders.extend(next.placeholders);
            Some(OnComplete::Job(value.clone()))
        }
        Some(("topic", topic)) => {
            let arn = topic.as_str().filter(|arn| TopicArn::parse(arn).is_some());
            let expected = "the ARN of an SNS topic";
            let arn = arn.ok_or_else(|| Problem::expected(expected, topic));
            mistakes.check(&path.key("topic"), arn).map(|arn| OnComplete::Topic(arn.to_owned()))
        }
        _ => {
            mistakes.push(path, Problem::expected(ON_COMPLETE, value));
            None
        }
    }
}
