//! Values as DynamoDB keeps them, and JSON as such values.
//!
//! The domain knows them because a task keeps attributes that mean nothing to it: users' tables may
//! have more of them than sosw's, and what a labourer reports is kept in attributes of its own names.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use protocol::raw;
use serde_json::{Number, Value, value::RawValue};

use crate::decimal::Decimal;

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

/// JSON as an attribute, by [`from_raw`].
pub fn from_json(value: &Value) -> AttributeValue {
    from_raw(&value.to_string())
}

/// JSON text as an attribute; types are kept, and every digit of a number. What DynamoDB refuses (deeper
/// nesting, objects with an empty name, numbers with more digits or beyond its range) is kept as its
/// JSON text. An unpaired surrogate is U+FFFD.
pub fn from_raw(json: &str) -> AttributeValue {
    from_raw_at(json, 0)
}

fn from_raw_at(json: &str, depth: usize) -> AttributeValue {
    let inner = |json: &RawValue| from_raw_at(json.get(), depth + 1);
    let value = match json.as_bytes().first() {
        Some(b'{' | b'[') if depth >= DEEPEST => None,
        Some(b'{') => raw::object(json).filter(|fields| !fields.contains_key("")).map(|fields| {
            AttributeValue::M(fields.into_iter().map(|(k, v)| (k, inner(&v))).collect())
        }),
        Some(b'[') => raw::list(json)
            .map(|values| AttributeValue::L(values.iter().map(|value| inner(value)).collect())),
        Some(b'"') => raw::text(json).map(AttributeValue::S),
        Some(b'n') => Some(AttributeValue::Null(true)),
        Some(b't') => Some(AttributeValue::Bool(true)),
        Some(b'f') => Some(AttributeValue::Bool(false)),
        _ => from_number(json),
    };
    value.unwrap_or_else(|| s(json))
}

/// DynamoDB has numbers of up to 38 digits, from 1e-130 to below 1e126.
fn from_number(number: &str) -> Option<AttributeValue> {
    let decimal = Decimal::of(number)?;
    if decimal.is_zero() {
        return Some(n(0));
    }
    let fits = decimal.precision() <= 38 && (-130..=125).contains(&decimal.magnitude());
    fits.then(|| n(number))
}

/// An attribute as JSON; sets become lists, binaries are left out.
pub fn to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => Value::String(text.clone()),
        AttributeValue::N(text) => number_to_json(text),
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

/// A number that a double would not hold is its text.
fn number_to_json(text: &str) -> Value {
    const DIGITS_OF_DOUBLE: usize = 17;
    let is_held = |number: &Number| {
        !number.is_f64() || Decimal::of(text).is_some_and(|n| n.precision() <= DIGITS_OF_DOUBLE)
    };
    let number = text.parse::<Number>().ok().filter(is_held);
    number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::beyond_u64("18446744073709551616", true)]
    #[case::most_digits("-12345678901234567890.123456789012345678", true)]
    #[case::a_digit_more("123456789012345678901234567890123456789", false)]
    #[case::zeros_are_no_digits("0.00012345678901234567890123456789012345678000", true)]
    #[case::as_written("1.50", true)]
    #[case::largest("9.9999999999999999999999999999999999999e125", true)]
    #[case::larger("1e126", false)]
    #[case::larger_as_digits("10e125", false)]
    #[case::smallest("1E-130", true)]
    #[case::smaller("0.1e-130", false)]
    #[case::far_larger("1e99999999999999999999", false)]
    #[case::infinite("1e999", false)]
    fn a_number_keeps_its_digits(#[case] written: &str, #[case] is_number: bool) {
        let expected = if is_number { n(written) } else { s(written) };
        assert_eq!(from_raw(written), expected);
    }

    #[test]
    fn zero_is_zero_however_it_is_written() {
        for zero in ["0", "-0", "0.000", "0e999"] {
            assert_eq!(from_raw(zero), n(0));
        }
    }

    #[test]
    fn what_is_nested_too_deep_is_its_text_and_spoils_nothing() {
        let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
        let value =
            from_raw(&format!(r#"{{"deep": {deep}, "a": "x\ud83d", "\ud83d": [null, true]}}"#));
        let fields = value.as_m().unwrap();
        assert_eq!(fields["a"], s("x\u{FFFD}"));
        let list = vec![AttributeValue::Null(true), AttributeValue::Bool(true)];
        assert_eq!(fields["\u{FFFD}"], AttributeValue::L(list));
        let mut inner = &fields["deep"];
        for _ in 1..DEEPEST {
            inner = &inner.as_l().unwrap()[0];
        }
        assert!(inner.as_s().unwrap().starts_with("[["));
    }

    #[test]
    fn an_object_with_an_empty_name_is_its_text() {
        let AttributeValue::L(values) = from_raw(r#"[{"": 1}, {"a": 1}]"#) else { panic!() };
        assert_eq!(values[0], s(r#"{"": 1}"#));
        assert!(values[1].is_m());
    }

    #[rstest]
    #[case("7", Value::from(7))]
    #[case("1.5", Value::from(1.5))]
    #[case("18446744073709551615", Value::from(u64::MAX))]
    #[case("18446744073709551616", Value::from("18446744073709551616"))]
    #[case("0.123456789012345678901234567890", Value::from("0.123456789012345678901234567890"))]
    #[case("100000000000000000000000000", Value::from(1e26))]
    fn a_number_is_shown_with_its_digits(#[case] stored: &str, #[case] shown: Value) {
        assert_eq!(to_json(&n(stored)), shown);
    }
}
