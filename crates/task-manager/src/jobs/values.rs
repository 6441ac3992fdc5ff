//! Values as Python programs write them into jobs.

use serde_json::Value;

use super::problem::Problem;

/// Does Python take it for false? sosw takes such a setting for absent.
pub(super) fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

/// A flag, as Python programs write them into JSON.
pub(super) fn flag(value: &Value) -> Result<bool, Problem> {
    let meant = match value {
        absent if is_falsy(absent) => Some(false),
        Value::Bool(_) | Value::Number(_) => Some(true),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    };
    meant.ok_or_else(|| Problem::expected("true or false", value))
}
