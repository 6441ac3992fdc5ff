//! JSON as people write it: with a byte-order mark, or with a key that stands twice.

use std::{collections::BTreeSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Mistakes, Path};

/// The JSON of `text`, which is called `name`; or the place where it stops being JSON.
pub fn parse(text: &str, name: &str) -> Result<Value, Mistakes> {
    serde_json::from_str(without_mark(text))
        .map_err(|error| Mistakes::one(name, format_args!("is not JSON: {error}")))
}

/// The same, also refusing keys that stand twice in an object, of which the last one would count.
/// For what a person has just written: programs that send such a text have always meant the last.
pub fn parse_strictly(text: &str, name: &str) -> Result<Value, Mistakes> {
    let json = parse(text, name)?;
    let mut mistakes = Mistakes::default();
    let seed = Unique { path: Path::root(), mistakes: &mut mistakes };
    let read = seed.deserialize(&mut serde_json::Deserializer::from_str(without_mark(text)));
    read.map_err(|error| Mistakes::one(name, format_args!("is not JSON: {error}")))?;
    mistakes.or(Some(json))
}

/// Editors on Windows put a mark before the text, which is no part of JSON.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Reads a value for the keys in it.
struct Unique<'m> {
    path: Path,
    mistakes: &'m mut Mistakes,
}

impl<'de> DeserializeSeed<'de> for Unique<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = fields.next_key::<String>()? {
            let path = self.path.key(&key);
            if !keys.insert(key) {
                self.mistakes.push(&path, "stands there twice, and only the last would count");
            }
            fields.next_value_seed(Unique { path, mistakes: self.mistakes })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut n = 0;
        while items
            .next_element_seed(Unique { path: self.path.item(n), mistakes: self.mistakes })?
            .is_some()
        {
            n += 1;
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_named_wherever_it_is() {
        let text =
            r#"{"a": 1, "b": [{"c": null, "c": "x"}, 2.5, -1, true], "a": {"d": {}, "d": 0}}"#;
        let twice = "stands there twice, and only the last would count";
        let lines = ["b[0].c", "a", "a.d"].map(|path| format!("{path}: {twice}")).join("\n");
        assert_eq!(parse_strictly(text, "job").unwrap_err().to_string(), lines);
        assert_eq!(parse(text, "job").unwrap()["a"]["d"], 0);
        assert!(parse_strictly(r#"{"a": {"b": 1}, "c": {"b": 1}}"#, "job").is_ok());
    }

    #[test]
    fn a_byte_order_mark_is_no_mistake() {
        for parse in [parse, parse_strictly] {
            assert_eq!(parse("\u{feff}{\"a\": 1}", "job").unwrap()["a"], 1);
            assert!(parse("{", "job").unwrap_err().to_string().starts_with("job: is not JSON"));
        }
    }
}
