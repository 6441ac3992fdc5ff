//! Values as DynamoDB keeps them, and JSON as such values.
//!
//! The domain knows them because a task keeps attributes that mean nothing to it: users' tables may
//! have more of them than sosw's, and what a labourer reports is kept in attributes of its own names.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Number, Value};

/// The attributes of an item.
pub type Item = HashMap<String, AttributeValue>;

pub fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub fn list<T: AsRef<str>>(texts: &[T]) -> AttributeValue {
    AttributeValue::L(texts.iter().map(|text| s(text.as_ref())).collect())
}

/// The number of an attribute, if it is one.
pub fn number(value: &AttributeValue) -> Option<f64> {
    value.as_n().ok()?.parse().ok()
}

/// The text of an attribute, if it is one.
pub fn text(value: &AttributeValue) -> Option<&str> {
    value.as_s().ok().map(String::as_str)
}

/// How many bytes a value counts for, by DynamoDB's rules.
pub fn bytes(value: &AttributeValue) -> usize {
    const CONTAINER: usize = 3;
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len() / 2 + 2,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|digits| digits.len() / 2 + 2).sum(),
        AttributeValue::Bs(all) => all.iter().map(|bytes| bytes.as_ref().len()).sum(),
        AttributeValue::L(values) => {
            CONTAINER + values.iter().map(|value| 1 + bytes(value)).sum::<usize>()
        }
        AttributeValue::M(fields) => {
            let fields = fields.iter().map(|(name, value)| 1 + name.len() + bytes(value));
            CONTAINER + fields.sum::<usize>()
        }
        _ => 1,
    }
}

/// How deep a value may be nested: DynamoDB takes 32 levels, and the item is one of them.
const DEEPEST: usize = 30;

/// JSON as an attribute; types are kept. What is nested too deep is kept as JSON text.
pub fn from_json(value: &Value) -> AttributeValue {
    from_json_at(value, 0)
}

fn from_json_at(value: &Value, depth: usize) -> AttributeValue {
    let inner = |value| from_json_at(value, depth + 1);
    match value {
        Value::Array(_) | Value::Object(_) if depth >= DEEPEST => s(value.to_string()),
        Value::Null => AttributeValue::Null(true),
        Value::Bool(flag) => AttributeValue::Bool(*flag),
        Value::Number(number) => from_number(number),
        Value::String(text) => s(text),
        Value::Array(values) => AttributeValue::L(values.iter().map(inner).collect()),
        Value::Object(fields) => {
            AttributeValue::M(fields.iter().map(|(k, v)| (k.clone(), inner(v))).collect())
        }
    }
}

/// DynamoDB refuses numbers beyond 38 digits or 10^125; those are kept as text.
fn from_number(number: &Number) -> AttributeValue {
    let fits = number.as_f64().is_some_and(|f| f == 0.0 || (1e-120..1e120).contains(&f.abs()));
    if fits { n(number) } else { s(number.to_string()) }
}

/// An attribute as JSON; sets become lists, binaries are left out.
pub fn to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => Value::String(text.clone()),
        AttributeValue::N(text) => {
            text.parse::<Number>().map_or_else(|_| Value::String(text.clone()), Value::Number)
        }
        AttributeValue::Bool(flag) => Value::Bool(*flag),
        AttributeValue::L(values) => values.iter().map(to_json).collect(),
        AttributeValue::M(fields) => {
            Value::Object(fields.iter().map(|(k, v)| (k.clone(), to_json(v))).collect())
        }
        AttributeValue::Ss(texts) => texts.iter().cloned().map(Value::String).collect(),
        AttributeValue::Ns(texts) => texts.iter().map(|t| to_json(&n(t))).collect(),
        _ => Value::Null,
    }
}
