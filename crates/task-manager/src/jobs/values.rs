//! Values as Python programs write them into jobs.

use crate::json::Json;
use serde_json::Number;

use super::problem::Problem;

/// Does Python take it for false? sosw takes such a setting for absent.
pub(super) fn is_falsy(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Bool(flag) => !flag,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(list) => list.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        Json::Raw(_) => false,
    }
}

/// A flag, as Python programs write them into JSON.
pub(super) fn flag(value: &Json) -> Result<bool, Problem> {
    let meant = match value {
        absent if is_falsy(absent) => Some(false),
        Json::Bool(_) | Json::Number(_) => Some(true),
        Json::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    };
    meant.ok_or_else(|| Problem::expected("true or false", value))
}

/// `10`, and `10.0` too.
pub(super) fn whole(number: &Number) -> Option<u64> {
    let exact = |n: &f64| n.fract() == 0.0 && (0.0..9e15).contains(n);
    number.as_u64().or_else(|| number.as_f64().filter(exact).map(|n| n as u64))
}
