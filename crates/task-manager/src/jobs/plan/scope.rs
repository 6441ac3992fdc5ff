//! One object of a job while it is chunked: the job itself, or a sub-job under some value.

use std::collections::HashMap;

use crate::json::{Json, Object};

use super::{
    json_size,
    settings::Settings,
    values::{self, Group},
};
use crate::{
    jobs::{
        problem::Problem,
        schema::{Attribute, Schema},
    },
    mistakes::{Mistakes, Path},
};

/// An object of a job, the objects above it, and what is in force in it.
pub(super) struct JobScope<'s> {
    pub schema: &'s Schema,
    pub own: &'s Object,
    pub settings: Settings,
    /// The first attribute that may be chunked here.
    pub level: usize,
    pub above: Option<&'s JobScope<'s>>,
    values: Vec<Option<AttributeValues<'s>>>,
    replaced: Vec<&'s str>,
    /// Bytes of the fields that are not replaced.
    sizes: HashMap<&'s str, i64>,
}

/// The values of an object for one attribute.
pub(super) struct AttributeValues<'s> {
    pub path: Path,
    pub groups: Vec<Group<'s>>,
    /// What cannot be chunked. It matters only if the attribute is.
    pub mistakes: Mistakes,
}

impl<'s> JobScope<'s> {
    pub fn new(
        schema: &'s Schema,
        own: &'s Object,
        above: Option<&'s JobScope<'s>>,
        (path, level): (Path, usize),
    ) -> Self {
        let none = Settings::none(schema);
        let inherited = above.map_or(&none, |above| &above.settings);
        let settings = inherited.below(own, schema, level);
        let values =
            schema.attributes().iter().map(|a| AttributeValues::of(own, a, &path)).collect();
        let replaced = replaced(own, schema, &settings, level);
        let kept = own.iter().filter(|(name, _)| !replaced.contains(&name.as_str()));
        let sizes =
            kept.map(|(name, value)| (name.as_str(), json_size::of_field(name, value))).collect();
        Self { schema, own, settings, level, above, values, replaced, sizes }
    }

    pub fn attribute(&self, level: usize) -> Option<&'s Attribute> {
        self.schema.attributes().get(level)
    }

    /// Is the attribute of `level` chunked by values that this very object has?
    pub fn chunks(&self, level: usize) -> bool {
        chunks(self.own, self.schema, &self.settings, level)
    }

    /// The values of this object for the attribute of `level`.
    pub fn values(&self, level: usize) -> Option<&AttributeValues<'s>> {
        self.values.get(level)?.as_ref()
    }

    /// The object whose values the attribute of `level` is chunked by here, if it is: this one,
    /// or, if the attribute is isolated and this one does not mention it, the next above.
    pub fn source(&self, level: usize) -> Option<&Self> {
        if self.chunks(level) {
            return Some(self);
        }
        let attribute = self.attribute(level).filter(|_| self.settings.at(level).isolated)?;
        let mentions = |scope: &&Self| attribute.names().iter().any(|n| scope.own.contains_key(*n));
        let nearest = std::iter::successors(Some(self), |scope| scope.above).find(mentions)?;
        values::fields(nearest.own, attribute).next().map(|_| nearest)
    }

    /// The fields that tasks of this object receive. Values that are chunked here are left out,
    /// and those of the first attribute brought into their shape when they stay together.
    pub fn fields(&self) -> Object {
        let kept = self.own.iter().filter(|(name, _)| !self.replaced.contains(&name.as_str()));
        let together = self.together();
        kept.map(|(name, value)| match &together {
            Some((given, plural, shaped)) if given == name => {
                ((*plural).to_owned(), shaped.clone())
            }
            _ => (name.clone(), value.clone()),
        })
        .collect()
    }

    /// Bytes that tasks have from here and above for the field `name`.
    pub fn shown(&self, name: &str) -> i64 {
        let mut scopes = std::iter::successors(Some(self), |scope| scope.above);
        scopes.find_map(|scope| scope.sizes.get(name)).copied().unwrap_or(0)
    }

    /// The field of the first attribute, its new name and value, if a sub-job's values stay
    /// together in it.
    fn together(&self) -> Option<(&'s str, &'s str, Json)> {
        let attribute = self.attribute(self.level).filter(|_| self.above.is_some())?;
        let mut fields = values::fields(self.own, attribute);
        let (name, value) = fields.next().filter(|_| !self.chunks(self.level))?;
        // Not if that would replace another field.
        let alone = fields.next().is_none()
            && (name == attribute.plural() || !self.own.contains_key(attribute.plural()));
        Some((name, attribute.plural(), values::together(value).filter(|_| alone)?))
    }
}

impl<'s> AttributeValues<'s> {
    fn of(own: &'s Object, attribute: &Attribute, path: &Path) -> Option<Self> {
        let mut mistakes = Mistakes::default();
        let mut fields = values::fields(own, attribute);
        let (name, value) = fields.next()?;
        if let Some((other, _)) = fields.next() {
            mistakes.push(&path.key(other), Problem::Beside(name.to_owned()));
        }
        let path = path.key(name);
        let groups = values::groups(value, &path, &mut mistakes);
        Some(Self { path, groups, mistakes })
    }
}

/// The fields of an object that no task shows, since their values are chunked. Beyond the first
/// attribute with sub-jobs that differs from sub-job to sub-job.
fn replaced<'j>(
    own: &'j Object,
    schema: &Schema,
    settings: &Settings,
    level: usize,
) -> Vec<&'j str> {
    let mut replaced = Vec::new();
    for (level, attribute) in schema.attributes().iter().enumerate().skip(level) {
        if !chunks(own, schema, settings, level) {
            continue;
        }
        replaced.extend(values::fields(own, attribute).map(|(name, _)| name));
        let mut values = values::fields(own, attribute).map(|(_, value)| value);
        if values.any(|value| values::sub_jobs(value).next().is_some()) {
            break;
        }
    }
    replaced
}

/// Does a job or sub-job have to be chunked from `level` on? So it has if the attribute there is
/// isolated, a deeper one is isolated and has values, or a sub-job has to be chunked.
pub(super) fn needs_chunking(
    object: &Object,
    schema: &Schema,
    above: &Settings,
    level: usize,
) -> bool {
    let settings = above.below(object, schema, level);
    let levels = schema.attributes().len();
    settings.at(level).isolated
        || (level..levels).any(|level| chunks(object, schema, &settings, level))
}

/// Is the attribute of `level` chunked in `object`, where `settings` are in force? So it is if it
/// is isolated, or if the sub-job of a value has to be chunked.
fn chunks(object: &Object, schema: &Schema, settings: &Settings, level: usize) -> bool {
    let Some(attribute) = schema.attributes().get(level) else { return false };
    values::fields(object, attribute).any(|(_, value)| {
        settings.at(level).isolated
            || values::sub_jobs(value).any(|sub| needs_chunking(sub, schema, settings, level + 1))
    })
}
