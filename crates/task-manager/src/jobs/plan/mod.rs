//! A job as its tasks, none of which is made before it is asked for.
//!
//! The job is turned into a tree of about its own size ([`build`]), over the objects of the job
//! ([`scope`]), what they say about chunking ([`settings`]) and the values they give ([`values`]).
//! Each node knows how many tasks are below it ([`node`]), so that task `n` is found like the
//! digits of a number: dates first, then attribute by attribute. What lies on the way to it is its
//! payload ([`payload`]).

mod build;
mod date_level;
mod node;
mod payload;
mod scope;
pub(crate) mod settings;
mod values;
pub(crate) mod weight;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    calendar::Calendar,
    function::labourer_of,
    mistake::{JobPath, Mistakes},
    problem::Problem,
    rules::Rules,
    schema::Schema,
};
use crate::{ids::LabourerId, time::Timestamp};
use build::Builder;
use date_level::DateLevel;
use node::{Node, Step};
use settings::Settings;

/// A job as its tasks, in their order. The `n`-th is always the same for the same job and
/// [`Basis`].
#[derive(Clone, Debug)]
pub struct Plan {
    labourer: LabourerId,
    basis: Basis,
    dates: Option<DateLevel>,
    tasks: Arc<Node>,
}

/// What a plan depends on besides the job. Kept with the job, it makes a scheduler that goes on
/// with it make the same tasks, whatever the config and the date have become.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Basis {
    /// The attributes that are chunked.
    pub schema: Schema,
    /// How days are counted.
    pub calendar: Calendar,
    /// The time that periods are relative to.
    pub now: Timestamp,
}

/// The task of a plan that has the largest payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Largest {
    /// Its number.
    pub n: u64,
    /// Bytes of its payload as JSON text.
    pub bytes: usize,
    /// The sub-job it comes from.
    pub path: JobPath,
}

impl Plan {
    /// The plan of a job that was just sent. Everything that is wrong with it is told at once.
    pub fn resolve(job: &Value, rules: &Rules, now: Timestamp) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let plan = Self::read(job, rules, now, &JobPath::root(), &mut mistakes);
        mistakes.or(plan)
    }

    /// The plan of a job that was accepted earlier.
    pub fn resume(job: &Value, basis: Basis) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let path = JobPath::root();
        let plan = object(job, &path, &mut mistakes).and_then(|job| {
            let labourer = mistakes.check(path.field(LAMBDA), labourer_of(job.get(LAMBDA)))?;
            Some(Self::build(job, labourer, basis, &path, &mut mistakes))
        });
        mistakes.or(plan)
    }

    pub(super) fn read(
        job: &Value,
        rules: &Rules,
        now: Timestamp,
        path: &JobPath,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let job = object(job, path, mistakes)?;
        let labourer = labourer_of(job.get(LAMBDA)).and_then(|labourer| rules.known(labourer));
        let labourer = mistakes.check(path.field(LAMBDA), labourer);
        let schema = rules.schemas.of(job.get(SCHEMA_NAME));
        let schema = mistakes.check(path.field(SCHEMA_NAME), schema).unwrap_or_default();
        let basis = Basis { schema, calendar: rules.calendar.clone(), now };
        // Chunked even for an unknown labourer, for the mistakes that this brings to light.
        let stand_in = labourer.clone().or_else(|| LabourerId::new("unknown").ok())?;
        let plan = Self::build(job, stand_in, basis, path, mistakes);
        plan.check_size(rules.max_payload, path, mistakes);
        labourer.map(|_| plan)
    }

    fn build(
        job: &Map<String, Value>,
        labourer: LabourerId,
        basis: Basis,
        path: &JobPath,
        mistakes: &mut Mistakes,
    ) -> Self {
        let mut own = job.clone();
        own.shift_remove(LAMBDA);
        let dates = DateLevel::read(job, &basis, path, mistakes);
        let none = Settings::none(&basis.schema);
        // A job of which nothing is chunked is passed on as it is.
        if dates.is_some() || scope::needs_chunking(&own, &basis.schema, &none, 0) {
            DateLevel::remove_from(&mut own, dates.as_ref());
        }
        let tasks = Builder::new(&basis.schema, mistakes).job(&own, path.clone());
        let plan = Self { labourer, basis, dates, tasks };
        if plan.len() == u64::MAX {
            mistakes.push(path.clone(), Problem::TooManyTasks);
        }
        plan
    }

    /// The labourer of every task.
    pub fn labourer(&self) -> &LabourerId {
        &self.labourer
    }

    /// What the plan depends on besides the job.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// How many tasks.
    // Every job has at least one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> u64 {
        self.dates.as_ref().map_or(1, DateLevel::len).saturating_mul(self.tasks.len())
    }

    /// The payload of task `n`, the first being 0.
    pub fn task(&self, n: u64) -> Option<Map<String, Value>> {
        let per_date = self.tasks.len();
        let dates = self.dates.as_ref().map(|dates| dates.of_task(n / per_date));
        (n < self.len()).then(|| payload::assemble(dates, &self.tasks.way(n % per_date)))
    }

    /// The payloads from task `n` to the last.
    pub fn iter_from(&self, n: u64) -> impl Iterator<Item = Map<String, Value>> + '_ {
        (n..self.len()).map_while(|n| self.task(n))
    }

    /// The task with the largest payload, found without making the others.
    pub fn largest(&self) -> Largest {
        let n = self.tasks.heaviest();
        let bytes = self.task(n).map_or(0, |task| weight::of_object(&task));
        Largest { n, bytes, path: self.sub_job_of(n, &JobPath::root()) }
    }

    /// Where the sub-job of task `n` is, in the job at `path`.
    fn sub_job_of(&self, n: u64, path: &JobPath) -> JobPath {
        let way = self.tasks.way(n % self.tasks.len());
        way.iter().fold(path.clone(), |path, step| match step {
            Step::Value(attribute, value) => path.field(attribute.plural()).field(value),
            Step::Fields(_) | Step::Batch(..) => path,
        })
    }

    fn check_size(&self, limit: usize, path: &JobPath, mistakes: &mut Mistakes) {
        let dates = self.dates.as_ref().map_or(0, DateLevel::bytes);
        let tasks = usize::try_from(self.tasks.weight().saturating_add(1)).unwrap_or(0);
        let most = dates.saturating_add(tasks);
        // An upper bound, which suffices for almost every job; dates alone may be too many to list.
        let bytes = if most <= limit || dates > limit { most } else { self.largest().bytes };
        if bytes > limit {
            let n = self.tasks.heaviest();
            mistakes.push(self.sub_job_of(n, path), Problem::PayloadTooLarge { n, bytes, limit });
        }
    }
}

const LAMBDA: &str = "lambda_name";
const SCHEMA_NAME: &str = "job_schema_name";

fn object<'j>(
    job: &'j Value,
    path: &JobPath,
    mistakes: &mut Mistakes,
) -> Option<&'j Map<String, Value>> {
    let object = job.as_object().ok_or_else(|| Problem::expected("a job: an object", job));
    mistakes.check(path.clone(), object)
}
