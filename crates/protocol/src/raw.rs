//! JSON taken apart without reading it.
//!
//! A value that is handed on keeps every digit and every escape that it was written with, and a
//! value that Rust's types cannot hold (an unpaired surrogate, `1e999`) spoils nothing but itself.

use std::fmt;

use indexmap::IndexMap;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

/// The fields of a JSON object, in their order, each as it was written. Of a field that stands
/// there twice the last value counts.
pub type Object = IndexMap<String, Box<RawValue>>;

/// The fields of this JSON text, if it is an object.
pub fn object(json: &str) -> Option<Object> {
    Some(fields(json)?.into_iter().collect())
}

/// The same as they stand there, also those that stand there twice.
pub fn fields(json: &str) -> Option<Vec<(String, Box<RawValue>)>> {
    serde_json::from_str(json).ok().map(|Fields(fields)| fields)
}

/// The fields of an object that was made here.
pub fn of_map(fields: &Map<String, Value>) -> Object {
    let raw = |(name, value): (&String, &Value)| Some((name.clone(), to_raw_value(value).ok()?));
    fields.iter().filter_map(raw).collect()
}

/// The elements of this JSON text, if it is a list.
pub fn list(json: &str) -> Option<Vec<Box<RawValue>>> {
    serde_json::from_str(json).ok()
}

/// The JSON text of a field, if there is one.
pub fn field<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).map(|json| json.get())
}

/// The text that this JSON text is a string of. Each unpaired surrogate in it is U+FFFD, the
/// replacement character: half a character means nothing, and every reader takes the rest.
pub fn text(json: &str) -> Option<String> {
    serde_json::from_str(json).ok().map(|Text(text)| text)
}

struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Vec::new();
        while let Some((Text(name), value)) = map.next_entry()? {
            fields.push((name, value));
        }
        Ok(Fields(fields))
    }
}

/// A string, or the name of a field, with U+FFFD for unpaired surrogates.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As bytes, serde_json takes unpaired surrogates: each as the three bytes that UTF-8 would have.
        deserializer.deserialize_bytes(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => without_surrogates(bytes),
        })
    }
}

fn without_surrogates(bytes: &[u8]) -> String {
    let mut utf8 = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, others @ ..] = rest {
        rest = match rest {
            [0xED, 0xA0..=0xBF, _, behind @ ..] => {
                utf8.extend_from_slice("\u{FFFD}".as_bytes());
                behind
            }
            _ => {
                utf8.push(*first);
                others
            }
        };
    }
    String::from_utf8_lossy(&utf8).into_owned()
}

/// The numbers that Python writes though JSON has none of them.
const NOT_JSON: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// The JSON text that Python meant, with its `NaN`, `Infinity` and `-Infinity` as strings; nothing if it
/// has none.
pub fn without_nan(python: &str) -> Option<String> {
    let mut json = String::with_capacity(python.len());
    let mut chars = python.chars();
    let (mut in_string, mut is_escaped, mut found) = (false, false, false);
    loop {
        let rest = chars.as_str();
        let word = NOT_JSON.iter().find(|word| !in_string && rest.starts_with(**word));
        if let Some(word) = word {
            json.extend(["\"", word, "\""]);
            found = true;
            chars = rest.get(word.len()..).unwrap_or_default().chars();
            continue;
        }
        let Some(next) = chars.next() else { break };
        json.push(next);
        in_string ^= next == '"' && !is_escaped;
        is_escaped = in_string && next == '\\' && !is_escaped;
    }
    found.then_some(json)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn an_unpaired_surrogate_spoils_nothing_but_itself() {
        let fields = object(r#"{"a\ud83d": "x\ud83dy", "pair": "\ud83d\ude00", "\udc00": 1}"#);
        let fields = fields.unwrap();
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["a\u{FFFD}", "pair", "\u{FFFD}"]);
        let texts: Vec<_> = fields.values().map(|json| text(json.get())).collect();
        assert_eq!(texts, [Some("x\u{FFFD}y".into()), Some("😀".into()), None]);
        assert_eq!(text(r#""\ud83d\ud83dé\uD83D\\""#).unwrap(), "\u{FFFD}\u{FFFD}é\u{FFFD}\\");
    }

    #[test]
    fn values_are_as_they_were_written_however_deep() {
        let deep = format!("{}1e999{}", "[".repeat(5000), "]".repeat(5000));
        for odd in ["18446744073709551616", "1e999", "0.10", "-0", &deep, r#"{"\ud83d":[]}"#] {
            let fields = object(&format!(r#"{{"odd":{odd},"rows":3}}"#)).unwrap();
            assert_eq!((field(&fields, "odd"), field(&fields, "rows")), (Some(odd), Some("3")));
        }
        assert!([object("[1]"), object("1"), object("{")].iter().all(Option::is_none));
        assert!([text("[1]"), text("1"), text("null")].iter().all(Option::is_none));
    }

    #[test]
    fn python_writes_numbers_that_json_has_not() {
        let python =
            r#"{"a": NaN, "b": [-Infinity, Infinity], "NaN": "\"NaN", "c": "\\", "d": NaN}"#;
        let json = r#"{"a": "NaN", "b": ["-Infinity", "Infinity"], "NaN": "\"NaN", "c": "\\", "d": "NaN"}"#;
        assert_eq!(without_nan(python).as_deref(), Some(json));
        assert_eq!(without_nan(r#"{"a": "-Infinity", "b": "x\\\"NaN"}"#), None);
    }
}
