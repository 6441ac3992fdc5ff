//! JSON taken apart without reading it.
//!
//! A value that is handed on keeps every digit and every escape that it was written with, and a
//! value that Rust's types cannot hold (an unpaired surrogate, `1e999`) spoils nothing but itself.

use indexmap::IndexMap;
use serde_json::value::RawValue;

/// The fields of a JSON object, in their order, each as it was written. Of a field that stands
/// there twice the last value counts.
pub type Object = IndexMap<String, Box<RawValue>>;

/// The fields of this JSON text, if it is an object.
pub fn object(json: &str) -> Option<Object> {
    serde_json::from_str(json).ok()
}

/// The elements of this JSON text, if it is a list.
pub fn list(json: &str) -> Option<Vec<Box<RawValue>>> {
    serde_json::from_str(json).ok()
}

/// The JSON text of a field, if there is one.
pub fn field<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).map(|json| json.get())
}
