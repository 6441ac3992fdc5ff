//! JSON as people write it: with a byte-order mark, or with a key that stands twice.

use std::collections::BTreeSet;

use protocol::raw;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{Mistakes, Path};
use crate::json::DEEPEST;

/// The JSON of `text`, which is called `name`; or the place where it stops being JSON.
pub fn parse<T: DeserializeOwned>(text: &str, name: &str) -> Result<T, Mistakes> {
    serde_json::from_str(without_mark(text))
        .map_err(|error| Mistakes::one(name, format_args!("is not JSON: {error}")))
}

/// The same, also refusing keys that stand twice in an object, of which the last one would count.
/// For what a person has just written: programs that send such a text have always meant the last.
pub fn parse_strictly<T: DeserializeOwned>(text: &str, name: &str) -> Result<T, Mistakes> {
    let written: Box<RawValue> = parse(text, name)?;
    let mut mistakes = Mistakes::default();
    note_twins(written.get(), &Path::root(), DEEPEST, &mut mistakes);
    let value = parse(text, name)?;
    mistakes.or(Some(value))
}

/// Editors on Windows put a mark before the text, which is no part of JSON.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Notes every key that stands twice in an object of this JSON text, down to a depth below which
/// nothing is read.
fn note_twins(json: &str, path: &Path, depth: usize, mistakes: &mut Mistakes) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let mut keys = BTreeSet::new();
    for (key, value) in raw::fields(json).unwrap_or_default() {
        let path = path.key(&key);
        if !keys.insert(key) {
            mistakes.push(&path, "stands there twice, and only the last would count");
        }
        note_twins(value.get(), &path, depth, mistakes);
    }
    for (n, value) in raw::list(json).unwrap_or_default().iter().enumerate() {
        note_twins(value.get(), &path.item(n), depth, mistakes);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::Value;

    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_named_wherever_it_is() {
        let text =
            r#"{"a": 1, "b": [{"c": null, "c": "x"}, 2.5, -1, true], "a": {"d": {}, "d": 0}}"#;
        let twice = "stands there twice, and only the last would count";
        let lines = ["b[0].c", "a", "a.d"].map(|path| format!("{path}: {twice}")).join("\n");
        assert_eq!(parse_strictly::<Value>(text, "job").unwrap_err().to_string(), lines);
        assert_eq!(parse::<Value>(text, "job").unwrap()["a"]["d"], 0);
        assert!(parse_strictly::<Value>(r#"{"a": {"b": 1}, "c": {"b": 1}}"#, "job").is_ok());
    }

    #[test]
    fn a_byte_order_mark_is_no_mistake() {
        for parse in [parse::<Value>, parse_strictly] {
            assert_eq!(parse("\u{feff}{\"a\": 1}", "job").unwrap()["a"], 1);
            assert!(parse("{", "job").unwrap_err().to_string().starts_with("job: is not JSON"));
        }
    }
}
