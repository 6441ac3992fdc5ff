//! What the scheduler receives: a job to chunk, or the id of one to go on with.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    mistake::{JobPath, Mistakes},
    options::Options,
    plan::{Plan, weight},
    problem::Problem,
    rules::Rules,
};
use crate::{ids::JobId, time::Timestamp};

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
    pub job: Value,
    /// Its tasks.
    pub plan: Plan,
    /// What it says about itself rather than about its tasks.
    pub options: Options,
}

impl Message {
    /// The message of an event, or everything that is wrong with it.
    pub fn read(event: &Value, rules: &Rules, now: Timestamp) -> Result<Self, Mistakes> {
        let (root, mut mistakes) = (JobPath::root(), Mistakes::default());
        let event = json(event, &root)?;
        let Some(event) = event.as_object() else {
            return Err(Mistakes::one(root, Problem::NoJob));
        };
        if !event.contains_key(JOB) && !event.contains_key("lambda_name") {
            let job_id = event.get(JOB_ID).ok_or_else(|| Mistakes::one(root, Problem::NoJob))?;
            return resume(job_id).map(Self::Resume);
        }
        let submission = Submission::read(event, &root, rules, now, &mut mistakes);
        mistakes.or(submission.map(Box::new).map(Self::Submit))
    }
}

impl Submission {
    /// Reads `{"job": …}` or a bare job. Options may be inside the job, or beside it.
    pub(super) fn read(
        event: &Map<String, Value>,
        path: &JobPath,
        rules: &Rules,
        now: Timestamp,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let (mut options, mut bytes) = (Options::default(), 0);
        let (job, at) = match event.get(JOB) {
            Some(inner) => {
                let mut beside = event.clone();
                beside.shift_remove(JOB);
                bytes = weight::of_object(&beside);
                options.read(&mut beside, path, rules, now, mistakes);
                let at = path.field(JOB);
                (json(inner, &at).map_err(|more| mistakes.extend(more)).ok()?, at)
            }
            None => (Cow::Owned(Value::Object(event.clone())), path.clone()),
        };
        let mut job = job.into_owned();
        if let Some(job) = job.as_object_mut() {
            bytes += weight::of_object(job);
            if bytes > Rules::MAX_JOB {
                let limit = Rules::MAX_JOB;
                mistakes.push(at.clone(), Problem::JobTooLarge { bytes, limit });
            }
            options.read(job, &at, rules, now, mistakes);
        }
        let plan = Plan::read(&job, rules, now, &at, mistakes)?;
        Some(Self { job, plan, options })
    }
}

const JOB: &str = "job";
const JOB_ID: &str = "job_id";

fn resume(job_id: &Value) -> Result<JobId, Mistakes> {
    let id = job_id.as_str().and_then(|id| JobId::new(id).ok());
    let path = JobPath::root().field(JOB_ID);
    id.ok_or_else(|| Mistakes::one(path, Problem::expected("the id of a job", job_id)))
}

/// `value`, parsed if it is text.
fn json<'v>(value: &'v Value, path: &JobPath) -> Result<Cow<'v, Value>, Mistakes> {
    let Some(text) = value.as_str() else { return Ok(Cow::Borrowed(value)) };
    let parsed = serde_json::from_str(text).map(Cow::Owned);
    parsed.map_err(|why| Mistakes::one(path.clone(), Problem::NotJson(why.to_string())))
}
