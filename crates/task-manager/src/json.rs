//! JSON that is handed on as it was written.
//!
//! Jobs and payloads come from anybody and go to labourers. Most of a job is only carried, so it need not be
//! understood: what [`serde_json::Value`] would round, replace or refuse is kept as its text.

use std::fmt;

use indexmap::IndexMap;
use protocol::raw;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, Value, value::RawValue};

use crate::decimal::Decimal;

/// The fields of a JSON object, in their order.
pub type Object = IndexMap<String, Json>;

/// A JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Json>),
    Object(Object),
    /// What none of the others holds without a loss.
    Raw(Raw),
}

/// The text of a number with more digits than a double or beyond its range, of a string with an
/// unpaired surrogate, or of a list or object that is nested deeper than any job.
#[derive(Clone, Debug)]
pub struct Raw(Box<RawValue>);

/// How deep values are taken apart. Jobs are not half as deep, and neither reading a value nor
/// dropping it may exhaust a stack.
pub(crate) const DEEPEST: usize = 100;

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Json {
    /// The value of a JSON text.
    ///
    /// # Errors
    /// When the text is not JSON.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    fn of(json: &RawValue, depth: usize) -> Self {
        let raw = || Self::Raw(Raw(json.to_owned()));
        let text = json.get();
        match text.as_bytes().first() {
            Some(b'{' | b'[') if depth >= DEEPEST => raw(),
            Some(b'{') => raw::object(text).map_or_else(raw, |fields| {
                let fields = fields.into_iter();
                Self::Object(fields.map(|(k, v)| (k, Self::of(&v, depth + 1))).collect())
            }),
            Some(b'[') => raw::list(text).map_or_else(raw, |values| {
                Self::Array(values.iter().map(|value| Self::of(value, depth + 1)).collect())
            }),
            Some(b'"') => serde_json::from_str(text).map_or_else(|_| raw(), Self::String),
            Some(b'n') => Self::Null,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            _ => exact(text).map_or_else(raw, Self::Number),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Neither a list nor an object, and not `null`?
    pub fn is_scalar(&self) -> bool {
        match self {
            Self::Raw(Raw(json)) => !json.get().starts_with(['{', '[']),
            Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
            Self::Null | Self::Array(_) | Self::Object(_) => false,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The double that is nearest to a number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64(),
            Self::Raw(Raw(json)) => json.get().parse().ok(),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(fields) = self { Some(fields) } else { None }
    }

    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        if let Self::Object(fields) = self { Some(fields) } else { None }
    }

    /// A field, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }
}

/// The number that is written so, if it can be held with all its digits.
fn exact(text: &str) -> Option<Number> {
    let number: Number = serde_json::from_str(text).ok()?;
    (Decimal::of(&number.to_string()) == Decimal::of(text)).then_some(number)
}

impl fmt::Display for Json {
    /// As JSON text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Json {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => flag.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => text.serialize(serializer),
            Self::Array(values) => values.serialize(serializer),
            Self::Object(fields) => fields.serialize(serializer),
            Self::Raw(Raw(json)) => json.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of(&Box::<RawValue>::deserialize(deserializer)?, 0))
    }
}

impl From<&RawValue> for Json {
    fn from(json: &RawValue) -> Self {
        Self::of(json, 0)
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(flag),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::String(text),
            Value::Array(values) => values.into_iter().map(Self::from).collect(),
            Value::Object(fields) => {
                Self::Object(fields.into_iter().map(|(k, v)| (k, v.into())).collect())
            }
        }
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl<T: Into<Self>> FromIterator<T> for Json {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::Array(values.into_iter().map(T::into).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::digits("123456789012345678901234567890")]
    #[case::after_u64("18446744073709551616")]
    #[case::before_i64("-9223372036854775809")]
    #[case::fraction("0.12345678901234567890123")]
    #[case::infinite("-1e999")]
    #[case::vanishing("1e-999")]
    #[case::surrogate(r#""\ud83d""#)]
    fn what_a_value_would_change_is_kept_as_written(#[case] odd: &str) {
        let text = format!(r#"{{"a":[{odd},{{"b":{odd}}}],"c":null}}"#);
        let json = Json::parse(&text).unwrap();
        assert_eq!(json.to_string(), text);
        assert_eq!(json, Json::parse(&format!(" {text}\n")).unwrap());
        let Some(Json::Array(values)) = json.get("a") else { unreachable!("{json}") };
        assert!(values.iter().map(Json::is_scalar).eq([true, false]));
        assert!(values.iter().all(|value| value.as_str().is_none()));
    }

    #[test]
    fn two_numbers_are_the_same_only_if_all_their_digits_are() {
        let parse = |text| Json::parse(text).unwrap();
        assert_ne!(parse("18446744073709551616"), parse("18446744073709551617"));
        assert_ne!(parse("0.30000000000000000"), parse("0.30000000000000001"));
        assert_eq!(parse("1.50"), parse("15e-1"));
    }

    #[rstest]
    #[case("0")]
    #[case("-7")]
    #[case("18446744073709551615")]
    #[case("1.5")]
    #[case("0.1")]
    #[case(r#""\ud83d\ude00""#)]
    #[case(r#"[true,{"a":{}}]"#)]
    fn everything_else_is_as_serde_json_has_it(#[case] text: &str) {
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(Json::parse(text).unwrap(), Json::from(value));
    }

    #[test]
    fn a_value_of_any_depth_is_carried() {
        for depth in [DEEPEST - 1, DEEPEST, 127, 128, 20_000] {
            let text = format!("{}1{}", r#"{"a":["#.repeat(depth), "]}".repeat(depth));
            assert_eq!(Json::parse(&text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        for text in ["", "{", "NaN", "[1,]", "{} {}", r#""\x""#] {
            assert!(Json::parse(text).is_err(), "{text}");
        }
    }
}
