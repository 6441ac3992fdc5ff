//! A job as its tasks, none of which is made before it is asked for.
//!
//! The job is turned into a tree of about its own size (`build`), over the objects of the job
//! (`scope`), their settings of chunking (`settings`) and the values they give (`values`).
//! Each node counts the tasks below it (`node`), so that task `n` is found like the
//! digits of a number: dates first, then attribute by attribute (`tasks`). What lies on the way
//! to it is its payload (`payload`).

mod batches;
mod build;
mod date_level;
mod node;
mod payload;
mod scope;
mod settings;
mod tasks;
mod values;
pub(super) mod json_size;

use std::fmt;

use crate::json::{Json, Object};
use serde::{Deserialize, Serialize};

use super::{calendar::Calendar, problem::Problem, rules::Rules, schema::Schema};
use crate::{
    arn::FunctionName,
    ids::LabourerId,
    mistakes::{Hint, Mistakes, Path, Remark},
    time::Timestamp,
};
use tasks::Tasks;

/// A job as its tasks, in their order. The `n`-th is always the same for the same job and
/// [`Basis`].
#[derive(Clone)]
pub struct Plan {
    labourer: LabourerId,
    basis: Basis,
    tasks: Tasks,
}

/// What a plan depends on besides the job. Kept with the job, it makes a scheduler that goes on
/// with it make the same tasks, whatever the config and the date have become.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Basis {
    pub schema: Schema,
    pub calendar: Calendar,
    /// The time that periods are relative to.
    pub now: Timestamp,
}

/// The task of a plan that has the largest payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Largest {
    pub n: u64,
    /// Bytes of its payload as JSON text.
    pub bytes: usize,
    /// The sub-job it comes from.
    pub path: Path,
}

impl Plan {
    /// The plan of a job that was just sent. Everything that is wrong with it is reported at once.
    pub fn resolve(job: &Json, rules: &Rules, now: Timestamp) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let plan = Self::read(job, rules, now, &Path::root(), &mut mistakes);
        mistakes.or(plan)
    }

    /// The plan of a job that was accepted earlier.
    pub fn resume(job: &Json, basis: Basis) -> Result<Self, Mistakes> {
        let (path, mut mistakes) = (Path::root(), Mistakes::default());
        let plan = fields(job, &path, &mut mistakes).and_then(|(lambda_name, fields)| {
            let labourer = labourer_of(lambda_name.as_ref());
            let labourer = mistakes.check(&path.key(LAMBDA), labourer)?;
            let tasks = Tasks::of(fields, &basis, &path, &mut mistakes);
            Some(Self { labourer, basis, tasks })
        });
        mistakes.or(plan)
    }

    pub(super) fn read(
        job: &Json,
        rules: &Rules,
        now: Timestamp,
        path: &Path,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let (lambda_name, fields) = fields(job, path, mistakes)?;
        let labourer = labourer_of(lambda_name.as_ref()).and_then(|named| rules.known(named));
        let labourer = mistakes.check(&path.key(LAMBDA), labourer);
        let schema = rules.schemas.of(fields.get(SCHEMA_NAME));
        let schema = mistakes.check(&path.key(SCHEMA_NAME), schema).unwrap_or_default();
        let basis = Basis { schema, calendar: rules.calendar.clone(), now };
        // Even for an unknown labourer, for the mistakes that this brings to light.
        let tasks = Tasks::of(fields, &basis, path, mistakes);
        tasks.check_size(rules.max_payload, path, mistakes);
        Some(Self { labourer: labourer?, basis, tasks })
    }

    /// Looks at the flags of chunking for attributes that the schema does not have: one that is close
    /// to a known flag is a mistake, any other is returned as a warning. Tasks receive it as it is.
    pub(super) fn unknown_flags(
        &self,
        job: &Json,
        path: &Path,
        mistakes: &mut Mistakes,
    ) -> Vec<Remark> {
        let fields = job.as_object().into_iter().flat_map(Object::keys);
        let mut warnings = Vec::new();
        for (name, hint) in fields
            .filter_map(|name| Some((name, settings::unknown_flag(name, &self.basis.schema)?)))
        {
            let path = path.key(name);
            match hint {
                near @ Hint::Near(_) => mistakes.push(&path, Problem::NoAttribute(near)),
                known => warnings.push(Remark::new(path, Problem::NoAttribute(known))),
            }
        }
        warnings
    }

    /// The labourer of every task.
    pub fn labourer(&self) -> &LabourerId {
        &self.labourer
    }

    /// What the plan depends on besides the job.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    // Every job has at least one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> u64 {
        self.tasks.len()
    }

    /// The payload of task `n`, the first being 0.
    pub fn task(&self, n: u64) -> Option<Object> {
        self.tasks.get(n)
    }

    /// The payloads from task `n` to the last.
    pub fn iter_from(&self, n: u64) -> impl Iterator<Item = Object> + '_ {
        (n..self.len()).map_while(|n| self.task(n))
    }

    /// The task with the largest payload, found without making the others.
    pub fn largest(&self) -> Largest {
        self.tasks.largest(&Path::root())
    }
}

// The tree would be of no use in a log.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut plan = f.debug_struct("Plan");
        plan.field("labourer", &self.labourer).field("basis", &self.basis);
        plan.field("len", &self.len()).finish_non_exhaustive()
    }
}

const LAMBDA: &str = "lambda_name";
const SCHEMA_NAME: &str = "job_schema_name";

/// The `lambda_name` of a job, and its other fields.
fn fields(job: &Json, path: &Path, mistakes: &mut Mistakes) -> Option<(Option<Json>, Object)> {
    let fields = job.as_object().ok_or_else(|| Problem::expected("a job: an object", job));
    let mut fields = mistakes.check(path, fields)?.clone();
    Some((fields.shift_remove(LAMBDA), fields))
}

/// The labourer that `lambda_name` names, by the name or ARN of a function.
fn labourer_of(lambda_name: Option<&Json>) -> Result<LabourerId, Problem> {
    let expected = "the name or ARN of a labourer's function";
    let value = lambda_name.ok_or(Problem::Missing(expected))?;
    let function = value.as_str().and_then(FunctionName::parse);
    function
        .and_then(|function| LabourerId::new(function.name).ok())
        .ok_or_else(|| Problem::expected(expected, value))
}
