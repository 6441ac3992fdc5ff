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

use serde_json::{Map, Value};

use crate::{
    jobs::{problem::Problem, schema::Attribute},
    mistakes::{Mistakes, Path},
};

/// Values that are chunked together, and where they are.
pub(super) enum Group<'j> {
    /// Plain values: they go in batches.
    Flat(Arc<[Value]>, Path),
    /// Values with sub-jobs: each goes alone.
    SubJobs(&'j Map<String, Value>, Path),
}

/// The fields of `object` that hold values of `attribute`, the plural first.
pub(super) fn fields<'j>(
    object: &'j Map<String, Value>,
    attribute: &Attribute,
) -> impl Iterator<Item = (&'j str, &'j Value)> {
    attribute.names().into_iter().filter_map(|name| {
        let (name, value) = object.get_key_value(name)?;
        (!is_none(value)).then_some((name.as_str(), value))
    })
}

/// The objects below `value` that are sub-jobs.
pub(super) fn sub_jobs(value: &Value) -> impl Iterator<Item = &Map<String, Value>> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        single => std::slice::from_ref(single),
    };
    list.iter().filter_map(Value::as_object).flat_map(Map::values).filter_map(Value::as_object)
}

/// The same with their places.
pub(super) fn placed_sub_jobs<'j>(
    value: &'j Value,
    path: &Path,
) -> Vec<(Path, &'j Map<String, Value>)> {
    let within = |(path, value): (Path, &'j Value)| {
        let subs = value.as_object().into_iter().flatten();
        subs.filter_map(move |(name, sub)| Some((path.key(name), sub.as_object()?)))
    };
    match value {
        Value::Array(list) => {
            let elements = list.iter().enumerate().map(|(n, value)| (path.item(n), value));
            elements.flat_map(within).collect()
        }
        single => within((path.clone(), single)).collect(),
    }
}

/// `value` as groups; what cannot be chunked is noted.
pub(super) fn groups<'j>(value: &'j Value, path: &Path, mistakes: &mut Mistakes) -> Vec<Group<'j>> {
    match value {
        Value::Object(object) => group(object, path).into_iter().collect(),
        Value::Array(list) if list.iter().all(is_scalar) => {
            vec![Group::Flat(list.as_slice().into(), path.clone())]
        }
        Value::Array(list) if list.iter().any(is_scalar) => {
            let odd = list.iter().enumerate().filter(|(_, element)| !is_scalar(element));
            for (n, element) in odd {
                let expected = "text or a number, like the others of the list";
                mistakes.push(&path.item(n), Problem::expected(expected, element));
            }
            Vec::new()
        }
        Value::Array(list) => {
            let group_of = |(n, element): (usize, &'j Value)| match element {
                Value::Object(object) => group(object, &path.item(n)),
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
pub(super) fn together(value: &Value) -> Option<Value> {
    match value {
        Value::Array(list) if list.iter().all(is_scalar) => Some(value.clone()),
        Value::Object(object) if object.values().all(Value::is_null) => {
            Some(keys(object).collect())
        }
        Value::Object(object) if object.len() == 1 => Some(Value::Array(vec![value.clone()])),
        _ => None,
    }
}

fn group<'j>(object: &'j Map<String, Value>, path: &Path) -> Option<Group<'j>> {
    if object.is_empty() {
        None
    } else if object.values().all(Value::is_null) {
        Some(Group::Flat(keys(object).collect(), path.clone()))
    } else {
        Some(Group::SubJobs(object, path.clone()))
    }
}

fn keys(object: &Map<String, Value>) -> impl Iterator<Item = Value> {
    object.keys().map(|key| Value::from(key.as_str()))
}

fn is_none(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
}
