//! JSON text that no [`Value`] holds. In a `Value` an odd part has a name, so that inputs are
//! generated, shrunk and changed as any value is; [`text`] writes it out, and [`kept`] as it arrives.

use std::sync::LazyLock;

use proptest::{prelude::*, sample::select};
use serde_json::{Map, Value};

/// Before the name of an odd part. A private character: no example has it.
const MARK: char = '\u{E0DD}';

/// The key of a value that stands under the object's first key, before the one that counts.
const TWICE: &str = "twice";

/// Odd values, by name, as JSON text.
static VALUES: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    let nested = |open: &str, depth: usize, close: &str| {
        format!("{}7{}", open.repeat(depth), close.repeat(depth))
    };
    let written = [
        ("first after u64", "18446744073709551616"),
        ("first before i64", "-9223372036854775809"),
        ("40 digits", "1234567890123456789012345678901234567890"),
        ("40 digits behind the point", "-0.1234567890123456789012345678901234567890"),
        ("infinite", "1e999"),
        ("vanishing", "-1e-999"),
        ("beyond all exponents", "1e99999999999999999999"),
        ("-0.0", "-0.0"),
        ("largest of DynamoDB", "9.9e125"),
        ("too large for DynamoDB", "1e126"),
        ("smallest of DynamoDB", "1e-130"),
        ("half a character", r#""\ud83d""#),
        ("halves in a text", r#""a\udc00b\ud83d""#),
        ("half a key", r#"{"\ud83d":{"\ud83d":"\ud83d"}}"#),
        ("empty key", r#"{"":{"":[]}}"#),
        ("key twice", r#"{"a":1,"b":{"c":1,"c":1e999},"a":{"a":2}}"#),
        ("NUL", r#""\u0000""#),
        ("key of NUL", r#"{"\u0000":"\u0000"}"#),
        ("empty list", "[]"),
        ("empty object", "{}"),
        ("empty text", r#""""#),
        ("text of spaces", r#"" \t""#),
        ("list of nulls", "[null,null]"),
        ("number as text", r#""30""#),
        ("huge number as text", r#""1e999""#),
        ("NaN as text", r#""NaN""#),
        ("NaN in JSON text", r#""{\"a\": NaN, \"b\": [-Infinity], \"c\": 1}""#),
        ("half a character in JSON text", r#""{\"a\": \"\\ud83d\"}""#),
        ("broken JSON text", r#""{\"a\": ""#),
    ];
    let deep = [
        ("127 lists", nested("[", 127, "]")),
        ("127 objects", nested(r#"{"a":"#, 127, "}")),
        ("2000 lists", nested("[", 2000, "]")),
        ("2000 objects", nested(r#"{"a":"#, 2000, "}")),
        ("long text", format!("\"{}\"", "x".repeat(70 * 1024))),
        ("long key", format!("{{\"{}\":1}}", "n".repeat(70 * 1024))),
    ];
    written.map(|(name, text)| (name, text.to_owned())).into_iter().chain(deep).collect()
});

/// What is handed on of odd values that are not handed on as they are written: half a character in a
/// key is replaced, and of a key that stands there twice the last value counts.
const KEPT: [(&str, &str); 2] = [
    ("half a key", "{\"\u{FFFD}\":{\"\u{FFFD}\":\"\\ud83d\"}}"),
    ("key twice", r#"{"a":{"a":2},"b":{"c":1e999}}"#),
];

/// The last ones of [`VALUES`] are long, and rare: most of the time would be theirs.
const LONG: usize = 4;

/// An odd value.
pub fn values() -> impl Strategy<Value = Value> + Clone {
    let names: Vec<_> = VALUES.iter().map(|(name, _)| named(name)).collect();
    let (short, long) = names.split_at(names.len() - LONG);
    prop_oneof![60 => select(short.to_vec()), 1 => select(long.to_vec())].prop_map(Value::from)
}

/// An odd key.
pub fn keys() -> impl Strategy<Value = String> + Clone {
    let half = named("half a character");
    let all = [named(TWICE), half, String::new(), "\0".to_owned(), "n".repeat(300)];
    select(all.to_vec())
}

fn named(name: &str) -> String {
    format!("{MARK}{name}")
}

/// Does it stand for anything but its own characters?
pub fn is_odd(text: &str) -> bool {
    odd(text).is_some()
}

/// Odd text by its name, with the name.
fn odd(text: &str) -> Option<&'static (&'static str, String)> {
    let name = text.strip_prefix(MARK)?;
    VALUES.iter().find(|(known, _)| *known == name)
}

/// The JSON text of a value, its odd parts written out.
pub fn text(value: &Value) -> String {
    let mut writer = Writer { json: String::new(), is_kept: false };
    writer.write(value);
    writer.json
}

/// The same as it is when it has been handed on.
pub fn kept(value: &Value) -> String {
    let mut writer = Writer { json: String::new(), is_kept: true };
    writer.write(value);
    writer.json
}

struct Writer {
    json: String,
    is_kept: bool,
}

impl Writer {
    fn write(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => self.write_object(fields),
            Value::Array(values) => {
                self.json.push('[');
                for (n, value) in values.iter().enumerate() {
                    self.json.push_str(if n == 0 { "" } else { "," });
                    self.write(value);
                }
                self.json.push(']');
            }
            Value::String(text) => self.write_text(text),
            other => self.json.push_str(&other.to_string()),
        }
    }

    fn write_object(&mut self, fields: &Map<String, Value>) {
        // Of a key that stands there twice, the last counts.
        let (twice, once): (Vec<_>, Vec<_>) =
            fields.iter().partition(|(key, _)| key.strip_prefix(MARK) == Some(TWICE));
        let first = once.first().map(|(key, _)| key.as_str());
        let is_kept = self.is_kept;
        let twice = twice.into_iter().filter(|_| !is_kept);
        let twice = twice.filter_map(|(_, value)| Some((first?, value)));
        let once = once.iter().map(|(key, value)| (key.as_str(), *value));
        self.json.push('{');
        for (n, (key, value)) in twice.chain(once).enumerate() {
            self.json.push_str(if n == 0 { "" } else { "," });
            match odd(key) {
                Some(_) if is_kept => self.json.push_str("\"\u{FFFD}\""),
                _ => self.write_text(key),
            }
            self.json.push(':');
            self.write(value);
        }
        self.json.push('}');
    }

    fn write_text(&mut self, text: &str) {
        let Some((name, written)) = odd(text) else {
            return self.json.push_str(&Value::from(text).to_string());
        };
        let kept = KEPT.iter().find(|(known, _)| self.is_kept && known == name);
        self.json.push_str(kept.map_or(written, |(_, kept)| kept));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, value::RawValue};

    use super::*;

    #[test]
    fn every_odd_part_is_json_and_every_other_part_is_itself() {
        for (name, odd) in VALUES.iter() {
            let json = text(&json!({ "a": [1.5, named(name)], "b": null }));
            assert_eq!(json, format!(r#"{{"a":[1.5,{odd}],"b":null}}"#));
            serde_json::from_str::<Box<RawValue>>(&json).unwrap();
        }
        let plain = json!({ "a": ["\u{E0DD}", "\u{1F600}\"\\", true], "": {} });
        assert_eq!(text(&plain), plain.to_string());
    }

    #[test]
    fn of_a_key_that_stands_there_twice_the_value_of_the_examples_is_the_last() {
        let twice =
            json!({ "a": 1, named(TWICE): named("infinite"), named("half a character"): 2 });
        assert_eq!(text(&twice), r#"{"a":1e999,"a":1,"\ud83d":2}"#);
        assert_eq!(kept(&twice), "{\"a\":1,\"\u{FFFD}\":2}");
    }
}
