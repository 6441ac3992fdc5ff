//! `isolate_ATTR(s)` and `max_ATTR(s)_per_batch`: how a job has an attribute chunked.

use crate::json::{Json, Object};

use super::{
    date_level::{ISOLATE_DAYS, ISOLATE_HOURS},
    values,
};
use crate::{
    jobs::{
        problem::Problem,
        schema::{Attribute, Schema},
        values::{flag, whole},
    },
    mistakes::{Hint, Mistakes, Path},
};

/// What is in force for one attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Setting {
    /// Is it chunked, even if no deeper level needs that?
    pub isolated: bool,
    /// The most values of a task, if it is not one.
    pub batch: Option<usize>,
}

/// What is in force for each attribute of a schema. An isolation holds for everything below, the
/// size of a batch until a level below has another.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings(Vec<Setting>);

impl Settings {
    pub fn none(schema: &Schema) -> Self {
        Self(vec![Setting::default(); schema.attributes().len()])
    }

    pub fn at(&self, level: usize) -> Setting {
        self.0.get(level).copied().unwrap_or_default()
    }

    /// Notes what is wrong with the settings of `object` and of all sub-jobs in it, chunked or not:
    /// those of the levels from `level` on, for the ones above do not matter there any more.
    pub fn check(
        object: &Object,
        schema: &Schema,
        level: usize,
        path: &Path,
        mistakes: &mut Mistakes,
    ) {
        Self::none(schema).read(object, schema, level, |field, problem| {
            mistakes.push(&path.key(field), problem);
        });
        for (level, attribute) in schema.attributes().iter().enumerate().skip(level) {
            for (name, value) in values::fields(object, attribute) {
                for (path, sub) in values::placed_sub_jobs(value, &path.key(name)) {
                    Self::check(sub, schema, level + 1, &path, mistakes);
                }
            }
        }
    }

    /// These settings with the ones of `object`, which lies below, for the levels from `level` on.
    pub fn below(&self, object: &Object, schema: &Schema, level: usize) -> Self {
        self.read(object, schema, level, |_, _| {})
    }

    fn read(
        &self,
        object: &Object,
        schema: &Schema,
        level: usize,
        mut note: impl FnMut(&str, Problem),
    ) -> Self {
        let mut settings = self.0.clone();
        let levels = settings.iter_mut().zip(schema.attributes()).skip(level);
        for (setting, attribute) in levels {
            for name in attribute.names() {
                for (field, read) in [
                    (format!("isolate_{name}"), Setting::isolate as Read),
                    (format!("max_{name}_per_batch"), Setting::limit as Read),
                ] {
                    let Some(value) = object.get(&field) else { continue };
                    if let Err(problem) = read(setting, value) {
                        note(&field, problem);
                    }
                }
            }
        }
        Self(settings)
    }
}

/// What a field may mean that has the form of a flag of chunking, but is none that this schema knows.
pub(super) fn unknown_flag(field: &str, schema: &Schema) -> Option<Hint> {
    let isolates = field.strip_prefix("isolate_");
    let batches = field.strip_prefix("max_").and_then(|rest| rest.strip_suffix("_per_batch"));
    let names = schema.attributes().iter().flat_map(Attribute::names);
    let (given, flag, known): (_, fn(&str) -> String, Vec<_>) = match (isolates, batches) {
        (Some(given), _) => {
            let dates =
                [ISOLATE_DAYS, ISOLATE_HOURS].map(|flag| flag.trim_start_matches("isolate_"));
            (given, |name| format!("isolate_{name}"), names.chain(dates).collect())
        }
        (_, Some(given)) => (given, |name| format!("max_{name}_per_batch"), names.collect()),
        (None, None) => return None,
    };
    // The names alone are compared: what is around them would make all of them alike.
    let is_known = known.contains(&given);
    (!is_known).then(|| match Hint::among(given, known) {
        Hint::Near(name) => Hint::Near(flag(&name)),
        Hint::Known(names) => Hint::Known(names.iter().map(|name| flag(name)).collect()),
    })
}

type Read = fn(&mut Setting, &Json) -> Result<(), Problem>;

impl Setting {
    /// A value that means nothing isolates as well: what else is wrong at its level is then reported.
    fn isolate(&mut self, value: &Json) -> Result<(), Problem> {
        let isolated = flag(value);
        self.isolated |= *isolated.as_ref().unwrap_or(&true);
        isolated.map(|_| ())
    }

    fn limit(&mut self, value: &Json) -> Result<(), Problem> {
        if value.is_null() {
            return Ok(());
        }
        self.isolated = true;
        self.batch = Some(batch(value)?);
        Ok(())
    }
}

fn batch(value: &Json) -> Result<usize, Problem> {
    let whole = match value {
        Json::Number(number) => whole(number),
        Json::String(digits) => digits.trim().parse().ok(),
        _ => None,
    };
    let size = whole.filter(|size| *size > 0).and_then(|size| usize::try_from(size).ok());
    size.ok_or_else(|| Problem::expected("a whole number from 1 on", value))
}
