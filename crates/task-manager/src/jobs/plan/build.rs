//! Builds the tree of a job's tasks, level by level, and notes every mistake on the way.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::json::{Json, Object};
use protocol::event::OWN_FIELDS;

use super::{
    batches::Batches,
    node::{Node, Part},
    payload,
    scope::JobScope,
    settings::Settings,
    values::Group,
};
use crate::{
    jobs::{problem::Problem, schema::Schema},
    mistakes::{Mistakes, Path},
};

/// Builds the tree of one job.
pub(super) struct Builder<'b> {
    schema: &'b Schema,
    mistakes: &'b mut Mistakes,
    /// Values whose mistakes were noted, and of these those that cannot be shared: sub-jobs that
    /// share them do not note them again.
    noted: BTreeSet<(Path, bool)>,
    /// Batches that several sub-jobs share.
    batches: BTreeMap<(Path, usize), Arc<Batches>>,
}

impl<'b> Builder<'b> {
    pub fn new(schema: &'b Schema, mistakes: &'b mut Mistakes) -> Self {
        Self { schema, mistakes, noted: BTreeSet::new(), batches: BTreeMap::new() }
    }

    /// The tasks of `job`, which is at `path`.
    pub fn job(&mut self, job: &Object, path: Path) -> Arc<Node> {
        Settings::check(job, self.schema, 0, &path, self.mistakes);
        self.object(job, None, (path, 0))
    }

    /// The tasks of an object: all of them receive its fields.
    fn object(
        &mut self,
        own: &Object,
        above: Option<&JobScope>,
        (path, level): (Path, usize),
    ) -> Arc<Node> {
        self.refuse_reserved(own, &path);
        if let Some(payload) = own.get(payload::PAYLOAD).and_then(payload::object_of) {
            self.refuse_reserved(&payload, &path.key(payload::PAYLOAD));
        }
        let scope = JobScope::new(self.schema, own, above, (path, level));
        let below = self.levels(&scope, level);
        let fields = scope.fields();
        let hidden = above.map_or(0, |above| fields.keys().map(|name| above.shown(name)).sum());
        Node::layer(fields, hidden, below)
    }

    fn refuse_reserved(&mut self, fields: &Object, path: &Path) {
        for name in OWN_FIELDS.into_iter().filter(|name| *name != payload::LABOURER) {
            if fields.get(name).is_some_and(|value| !value.is_null()) {
                self.mistakes.push(&path.key(name), Problem::Reserved);
            }
        }
    }

    /// The tasks of an object, chunked by the attributes from `level` on.
    fn levels(&mut self, scope: &JobScope, level: usize) -> Arc<Node> {
        let Some(attribute) = scope.attribute(level) else { return Node::task() };
        let groups = self.groups(scope, level);
        if groups.is_empty() {
            return self.levels(scope, level + 1);
        }
        let rest = self.levels(scope, level + 1);
        let size = scope.settings.at(level).batch.unwrap_or(1);
        let mut parts = Vec::new();
        for group in groups {
            match group {
                Group::Flat(values, path) => {
                    let batches = self.batches(values, path, size);
                    parts.push(Part::Batches { batches, below: Arc::clone(&rest) });
                }
                Group::SubJobs(values, path) => {
                    for (value, sub) in *values {
                        let place = (path.key(value), level + 1);
                        let below = self.sub_job(sub, scope, place, &rest);
                        parts.push(Part::SubJob { value: value.clone(), below });
                    }
                }
            }
        }
        let hidden = attribute.names().map(|name| scope.shown(name)).iter().sum();
        Node::split(attribute, parts, hidden)
    }

    /// The tasks of one value: of its sub-job, or, if it has none, of what stands beside it.
    fn sub_job(
        &mut self,
        sub: &Json,
        scope: &JobScope,
        (path, level): (Path, usize),
        rest: &Arc<Node>,
    ) -> Arc<Node> {
        match sub {
            Json::Object(own) => return self.object(own, Some(scope), (path, level)),
            Json::Null => {}
            other => {
                let expected = "an object, or null if the value has no sub-job";
                self.mistakes.push(&path, Problem::expected(expected, other));
            }
        }
        Arc::clone(rest)
    }

    /// What the attribute of `level` is chunked by: values of the object itself, or those that
    /// one above has for all its sub-jobs. They are shared, not copied, so that the tree stays as
    /// small as the job; sub-jobs cannot be.
    fn groups<'s>(&mut self, scope: &'s JobScope<'s>, level: usize) -> &'s [Group<'s>] {
        let Some(source) = scope.source(level) else { return &[] };
        let Some(values) = source.values(level) else { return &[] };
        if self.noted.insert((values.path.clone(), false)) {
            self.mistakes.extend(values.mistakes.iter().cloned());
        }
        let plain = values.groups.iter().all(|group| matches!(group, Group::Flat(..)));
        if plain || std::ptr::eq(source, scope) {
            return &values.groups;
        }
        if self.noted.insert((values.path.clone(), true)) {
            let above = level.checked_sub(1).and_then(|level| scope.attribute(level));
            let name = above.map_or("", |attribute| attribute.plural()).to_owned();
            self.mistakes.push(&values.path, Problem::SharedSubJobs(name));
        }
        &[]
    }

    fn batches(&mut self, values: &Arc<[Json]>, path: &Path, size: usize) -> Arc<Batches> {
        let batches = || Arc::new(Batches::of(Arc::clone(values), size));
        Arc::clone(self.batches.entry((path.clone(), size)).or_insert_with(batches))
    }
}
