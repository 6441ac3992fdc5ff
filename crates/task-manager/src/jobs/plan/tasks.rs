//! The tasks of a job: its dates, and for each of them the tree of its attributes.

use std::sync::Arc;

use crate::json::Object;

use super::{
    Basis, Largest,
    build::Builder,
    date_level::DateLevel,
    json_size,
    node::{Node, Step},
    payload, scope,
    settings::Settings,
};
use crate::{
    jobs::problem::Problem,
    mistakes::{Mistakes, Path},
};

#[derive(Clone)]
pub(super) struct Tasks {
    dates: Option<DateLevel>,
    tree: Arc<Node>,
}

impl Tasks {
    /// The tasks of the fields of a job, which is at `path`.
    pub fn of(mut job: Object, basis: &Basis, path: &Path, mistakes: &mut Mistakes) -> Self {
        let dates = DateLevel::read(&job, basis, path, mistakes);
        let none = Settings::none(&basis.schema);
        // A job of which nothing is chunked is passed on as it is.
        if dates.is_some() || scope::needs_chunking(&job, &basis.schema, &none, 0) {
            DateLevel::remove_from(&mut job, dates.as_ref());
        }
        let tree = Builder::new(&basis.schema, mistakes).job(&job, path.clone());
        let tasks = Self { dates, tree };
        if tasks.len() == u64::MAX {
            mistakes.push(path, Problem::TooManyTasks);
        }
        tasks
    }

    pub fn len(&self) -> u64 {
        let dates = self.dates.as_ref().map_or(1, DateLevel::len);
        dates.saturating_mul(self.tree.len())
    }

    pub fn get(&self, n: u64) -> Option<Object> {
        if n >= self.len() {
            return None;
        }
        let per_date = self.tree.len();
        let dates = self.dates.as_ref().map(|dates| dates.of_task(n / per_date));
        Some(payload::assemble(dates, &self.tree.way(n % per_date)))
    }

    /// The task with the largest payload, in the job at `path`.
    pub fn largest(&self, path: &Path) -> Largest {
        let n = self.tree.largest();
        let bytes = self.get(n).map_or(0, |task| json_size::of_object(&task));
        Largest { n, bytes, path: self.sub_job_of(n, path) }
    }

    /// Notes that the largest payload exceeds `limit`, if it does.
    pub fn check_size(&self, limit: usize, path: &Path, mistakes: &mut Mistakes) {
        let dates = self.dates.as_ref().map_or(0, DateLevel::bytes);
        let tree = usize::try_from(self.tree.json_size().saturating_add(1)).unwrap_or(0);
        let most = dates.saturating_add(tree);
        // An upper bound suffices for almost every job; dates alone may be too many to list.
        let bytes = if most <= limit || dates > limit { most } else { self.largest(path).bytes };
        if bytes > limit {
            let n = self.tree.largest();
            mistakes.push(&self.sub_job_of(n, path), Problem::PayloadTooLarge { n, bytes, limit });
        }
    }

    /// Where the sub-job of task `n` is.
    fn sub_job_of(&self, n: u64, path: &Path) -> Path {
        self.tree.way(n).iter().fold(path.clone(), |path, step| match step {
            Step::Value(attribute, value) => path.key(attribute.plural()).key(value),
            Step::Fields(_) | Step::Batch(..) => path,
        })
    }
}
