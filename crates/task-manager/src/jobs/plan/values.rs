//! What a job gives as the values of an attribute.
//!
//! | given | means |
//! | --- | --- |
//! | `["a", "b"]`, `"a"` | values |
//! | `{"a": null, "b": null}` | values: its keys |
//! | `{"a": {…}, "b": null}` | values with sub-jobs: each is chunked on its own |
//! | a list of such objects | one after the other |
//! | absent, `null`, `[]`, `{}` | no values: nothing to chunk |

use std::sync::Arc;

use crate::json::{Json, Object};

use crate::{
    jobs::{problem::Problem, schema::Attribute},
    mistakes::{Mistakes, Path},
};

/// Values that are chunked together, and where they are.
pub(super) enum Group<'j> {
    /// Plain values: they go in batches.
    Flat(Arc<[Json]>, Path),
    /// Values with sub-jobs: each goes alone.
    SubJobs(&'j Object, Path),
}

/// The fields of `object` that hold values of `attribute`, the plural first.
pub(super) fn fields<'j>(
    object: &'j Object,
    attribute: &Attribute,
) -> impl Iterator<Item = (&'j str, &'j Json)> {
    attribute.names().into_iter().filter_map(|name| {
        let (name, value) = object.get_key_value(name)?;
        (!is_none(value)).then_some((name.as_str(), value))
    })
}

/// The objects below `value` that are sub-jobs.
pub(super) fn sub_jobs(value: &Json) -> impl Iterator<Item = &Object> {
    let list = match value {
        Json::Array(list) => list.as_slice(),
        single => std::slice::from_ref(single),
    };
    list.iter().filter_map(Json::as_object).flat_map(Object::values).filter_map(Json::as_object)
}

/// The same with their places.
pub(super) fn placed_sub_jobs<'j>(value: &'j Json, path: &Path) -> Vec<(Path, &'j Object)> {
    let within = |(path, value): (Path, &'j Json)| {
        let subs = value.as_object().into_iter().flatten();
        subs.filter_map(move |(name, sub)| Some((path.key(name), sub.as_object()?)))
    };
    match value {
        Json::Array(list) => {
            let elements = list.iter().enumerate().map(|(n, value)| (path.item(n), value));
            elements.flat_map(within).collect()
        }
        single => within((path.clone(), single)).collect(),
    }
}

/// `value` as groups; what cannot be chunked is noted.
pub(super) fn groups<'j>(value: &'j Json, path: &Path, mistakes: &mut Mistakes) -> Vec<Group<'j>> {
    match value {
        Json::Object(object) => group(object, path).into_iter().collect(),
        Json::Array(list) if list.iter().all(Json::is_scalar) => {
            vec![Group::Flat(list.as_slice().into(), path.clone())]
        }
        Json::Array(list) if list.iter().any(Json::is_scalar) => {
            let odd = list.iter().enumerate().filter(|(_, element)| !element.is_scalar());
            for (n, element) in odd {
                let expected = "text or a number, like the others of the list";
                mistakes.push(&path.item(n), Problem::expected(expected, element));
            }
            Vec::new()
        }
        Json::Array(list) => {
            let group_of = |(n, element): (usize, &'j Json)| match element {
                Json::Object(object) => group(object, &path.item(n)),
                other => {
                    let expected = "text, a number, or an object of sub-jobs";
                    mistakes.push(&path.item(n), Problem::expected(expected, other));
                    None
                }
            };
            list.iter().enumerate().filter_map(group_of).collect()
        }
        scalar => vec![Group::Flat([scalar.clone()].into(), path.clone())],
    }
}

/// Values that stay together, in the shape that a task receives them. Labourers rely on sosw's: a
/// list for a list of plain values or an object of nulls, and an object with a single sub-job in
/// a list. Anything else is left as it is.
pub(super) fn together(value: &Json) -> Option<Json> {
    match value {
        Json::Array(list) if list.iter().all(Json::is_scalar) => Some(value.clone()),
        Json::Object(object) if object.values().all(Json::is_null) => Some(keys(object).collect()),
        Json::Object(object) if object.len() == 1 => Some(Json::Array(vec![value.clone()])),
        _ => None,
    }
}

fn group<'j>(object: &'j Object, path: &Path) -> Option<Group<'j>> {
    if object.is_empty() {
        None
    } else if object.values().all(Json::is_null) {
        Some(Group::Flat(keys(object).collect(), path.clone()))
    } else {
        Some(Group::SubJobs(object, path.clone()))
    }
}

fn keys(object: &Object) -> impl Iterator<Item = Json> {
    object.keys().map(|key| Json::from(key.as_str()))
}

fn is_none(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(list) => list.is_empty(),
        Json::Object(object) => object.is_empty(),
        _ => false,
    }
}
