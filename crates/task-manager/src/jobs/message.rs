//! What the scheduler receives: a job to chunk, or the id of one to go on with.
//!
//! Beside `job` stand options, and the fields that EventBridge gives its events, which mean nothing
//! here. Anything else there is a mistake: no task would receive it.
//!
//! The record that Lambda writes of a message that the scheduler failed on, as it lies in the
//! dead-letter queue, is as good as the message: sent again, it is the same delivery, and makes
//! nothing twice.

use std::borrow::Cow;

use crate::json::{Json, Object};
use serde_json::json;

use super::{
    options::{self, OptionPaths, Options},
    plan::{Plan, json_size},
    problem::Problem,
    rules::Rules,
};
use crate::{
    ids::JobId,
    mistakes::{Hint, Mistakes, Path, Remark},
    time::Timestamp,
};

/// A message to the scheduler.
#[derive(Clone, Debug)]
pub enum Message {
    /// `{"job": {…} | "JSON text"}`, or a bare job: it is new, unless its idempotency key is known.
    Submit(Box<Submission>),
    /// `{"job_id": …}`: go on with this job.
    Resume(JobId),
}

/// A job that was found right.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The job without its options: what is kept, and what [`Plan::resume`] takes.
    pub job: Json,
    pub plan: Plan,
    /// The fields about the job itself rather than for its tasks.
    pub options: Options,
    /// What is accepted, but probably not meant.
    pub warnings: Vec<Remark>,
    /// Idempotency keys, also of following jobs, with attributes that EventBridge Scheduler has still
    /// to replace: as it is, the job cannot be submitted.
    pub placeholders: Vec<Path>,
    /// The id of its delivery, if it comes from the record of an earlier one.
    pub delivery: Option<String>,
}

impl Message {
    /// The event that makes a scheduler go on with a job.
    pub fn resuming(id: &JobId) -> Json {
        json!({ JOB_ID: id }).into()
    }

    /// The event that starts the job `next`, a message itself, after the job `id`. Sent twice, it
    /// is one job: by its own key, or else by one that is made of `id`.
    pub fn following(id: &JobId, next: &Json) -> Json {
        let mut event = next.clone();
        let job = event.get(JOB).and_then(|job| json(job, &Path::root()).ok());
        let has_key = job.is_some_and(|job| job.get(KEY).is_some_and(|key| !key.is_null()));
        if let Some(fields) = event.as_object_mut().filter(|_| !has_key) {
            fields.insert(KEY.to_owned(), Json::String(format!("after {id}")));
        }
        event
    }

    /// The message of an event, or everything that is wrong with it.
    pub fn read(event: &Json, rules: &Rules, now: Timestamp) -> Result<Self, Mistakes> {
        Self::read_at(event, &Path::root(), rules, now)
    }

    fn read_at(event: &Json, path: &Path, rules: &Rules, now: Timestamp) -> Result<Self, Mistakes> {
        let (event, mut mistakes) = (json(event, path)?, Mistakes::default());
        let no_job = || Mistakes::one(path, Problem::NoJob);
        let event = event.as_object().ok_or_else(no_job)?;
        if let Some((message, delivery)) = of_record(event) {
            let message = Self::read_at(message, &path.key(RECORDED), rules, now)?;
            return Ok(message.delivered_as(delivery));
        }
        if !event.contains_key(JOB) && !event.contains_key(LAMBDA) {
            let job_id = event.get(JOB_ID).ok_or_else(no_job)?;
            return resume(job_id, path).map(Self::Resume);
        }
        let submission = Submission::read(event, path, rules, now, &mut mistakes);
        mistakes.or(submission.map(Box::new).map(Self::Submit))
    }

    /// Of records of records, the innermost has the id of the first delivery.
    fn delivered_as(mut self, delivery: &str) -> Self {
        if let Self::Submit(submission) = &mut self {
            submission.delivery.get_or_insert_with(|| delivery.to_owned());
        }
        self
    }
}

impl Submission {
    /// Reads `{"job": …}` or a bare job. Options may be inside the job, or beside it.
    pub(super) fn read(
        event: &Object,
        path: &Path,
        rules: &Rules,
        now: Timestamp,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let (mut options, mut given, mut bytes) = (Options::default(), OptionPaths::default(), 0);
        let (job, at) = match event.get(JOB) {
            Some(inner) => {
                let mut beside = event.clone();
                beside.shift_remove(JOB);
                bytes = json_size::of_object(&beside);
                options.read(&mut beside, path, &mut given, rules, now, mistakes);
                refuse_beside(&beside, path, mistakes);
                let at = path.key(JOB);
                (json(inner, &at).map_err(|more| mistakes.extend(more)).ok()?, at)
            }
            None => (Cow::Owned(Json::Object(event.clone())), path.clone()),
        };
        let mut job = job.into_owned();
        if let Some(job) = job.as_object_mut() {
            bytes += json_size::of_object(job);
            if bytes > Rules::MAX_JOB {
                let limit = Rules::MAX_JOB;
                mistakes.push(&at, Problem::JobTooLarge { bytes, limit });
            }
            options.read(job, &at, &mut given, rules, now, mistakes);
            options::refuse_misspelt(job, &at, mistakes);
        }
        let plan = Plan::read(&job, rules, now, &at, mistakes)?;
        let mut warnings = plan.unknown_flags(&job, &at, mistakes);
        let placeholders = given.placeholders;
        warnings.extend(placeholders.iter().map(|at| Remark::new(at, Problem::Unreplaced)));
        Some(Self { job, plan, options, warnings, placeholders, delivery: None })
    }

    /// Refuses a job that was written for EventBridge Scheduler and did not come from it.
    ///
    /// # Errors
    /// Every idempotency key with an attribute that was not replaced.
    pub fn check_placeholders(&self) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        for at in &self.placeholders {
            mistakes.push(at, Problem::Unreplaced);
        }
        mistakes.or(Some(()))
    }
}

const JOB: &str = "job";
const JOB_ID: &str = "job_id";
const KEY: &str = "idempotency_key";
const LAMBDA: &str = "lambda_name";
const RECORDED: &str = "requestPayload";
/// The fields of EventBridge's events.
const ENVELOPE: [&str; 9] =
    ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"];

fn resume(job_id: &Json, path: &Path) -> Result<JobId, Mistakes> {
    let id = job_id.as_str().and_then(|id| JobId::new(id).ok());
    let problem = || Problem::expected("the id of a job", job_id);
    id.ok_or_else(|| Mistakes::one(path.key(JOB_ID), problem()))
}

/// Notes what stands beside `job` and would be lost.
fn refuse_beside(beside: &Object, path: &Path, mistakes: &mut Mistakes) {
    for (name, value) in beside {
        if !value.is_null() && !ENVELOPE.contains(&name.as_str()) {
            mistakes.push(&path.key(name), Problem::NoOption(Hint::among(name, options::FIELDS)));
        }
    }
}

/// The message that Lambda's record of a failed invocation is about, and the invocation's id.
fn of_record(event: &Object) -> Option<(&Json, &str)> {
    let context = event.get("requestContext")?;
    let failed = context.get("condition").and_then(Json::as_str).is_some_and(|c| c != "Success");
    let id = context.get("requestId").and_then(Json::as_str).filter(|_| failed)?;
    Some((event.get(RECORDED)?, id))
}

/// `value`, parsed if it is text.
fn json<'v>(value: &'v Json, path: &Path) -> Result<Cow<'v, Json>, Mistakes> {
    let Some(text) = value.as_str() else { return Ok(Cow::Borrowed(value)) };
    let parsed = serde_json::from_str(text).map(Cow::Owned);
    parsed.map_err(|why| Mistakes::one(path, Problem::NotJson(why.to_string())))
}
