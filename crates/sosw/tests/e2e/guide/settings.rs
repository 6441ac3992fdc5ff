//! The page of all settings, made of the schema that `sosw config schema` prints.

use std::fmt::Write;

use serde_json::Value;
use snapbox::{Assert, Data, assert::DEFAULT_ACTION_ENV};

use super::document;
use crate::world::Place;

const HEAD: &str = r#"# Settings: every key of the config, with its default, unit and range

This page is made of the schema that `sosw config schema` prints, which editors read, too. `sosw config show` prints what
a config results in, with every default written out; `sosw config check FILE` lists every mistake.

A setting that is absent or `null` has its default. NAME stands for a name of your choice. A *duration* is a text like
`"90s"`, `"1h30m"` or `"7d"`; a plain number has the unit that stands behind its range.
Functions of the version before this one, and sosw 0.7, read numbers only: give numbers while any of them reads the config.
"#;

/// With `SNAPSHOTS=overwrite` the page is written instead.
#[test]
fn the_page_of_settings_is_what_the_schema_says() {
    let printed = Place::new(&Value::Null).sosw("config schema");
    let schema: Value = serde_json::from_str(&printed.stdout).unwrap();
    let page = document::guide().join("settings.md");
    let assert = Assert::new().action_env(DEFAULT_ACTION_ENV);
    assert.eq(Page::of(&schema).text, Data::read_from(&page, None).raw());
}

/// The page as far as it is written.
struct Page<'s> {
    schema: &'s Value,
    text: String,
    /// Objects that are described, or about to be: their names in the schema, and where they first stand.
    sections: Vec<(&'s str, Vec<String>)>,
}

impl<'s> Page<'s> {
    fn of(schema: &'s Value) -> Self {
        let mut page = Self { schema, text: HEAD.to_owned(), sections: Vec::new() };
        page.text.push_str("\n## At the top\n");
        page.describe(schema, "");
        let mut done = 0;
        while let Some((name, paths)) = page.sections.get(done).cloned() {
            let object = &schema["$defs"][name];
            let paths: Vec<_> = paths.iter().map(|path| format!("`{path}`")).collect();
            write!(page.text, "\n## {}\n\n{}\n", paths.join(", "), words(object)).unwrap();
            let first = page.sections[done].1[0].clone();
            page.describe(object, &format!("{first}."));
            done += 1;
        }
        page
    }

    /// The table of an object that stands at this path.
    fn describe(&mut self, object: &'s Value, path: &str) {
        let patterns = fields(object, "patternProperties");
        let patterns = patterns.map(|(pattern, field)| (pattern.replace('^', "") + "NAME", field));
        let named = fields(object, "properties").map(|(name, field)| (name.clone(), field));
        let (without_effect, settings): (Vec<_>, Vec<_>) =
            named.chain(patterns).partition(|(_, field)| field["deprecated"] == true);
        self.text.push_str("\n| setting | value | default | |\n| --- | --- | --- | --- |\n");
        for (name, field) in settings {
            let value = self.value(field, &format!("{path}{name}"));
            let (meaning, default) = without_default(&words(field));
            writeln!(self.text, "| `{name}` | {value} | {default} | {meaning} |").unwrap();
        }
        let names = without_effect.iter().map(|(name, _)| name).filter(|name| !name.contains('$'));
        let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
        if !names.is_empty() {
            writeln!(self.text, "\nAccepted from sosw 0.7, without effect: {}.", names.join(", "))
                .unwrap();
        }
    }

    /// What a setting may be, in words.
    fn value(&mut self, of: &'s Value, path: &str) -> String {
        if let Some(name) = of["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/")) {
            let (name, object) =
                self.schema["$defs"].as_object().unwrap().get_key_value(name).unwrap();
            return match object["properties"].is_object() {
                true => self.section(name, path),
                false => self.value(object, path),
            };
        }
        let all = ["anyOf", "oneOf"].iter().find_map(|any| of[any].as_array());
        if let Some(all) = all {
            let all = all.iter().filter(|one| one["type"] != "null");
            return join(all.map(|one| self.value(one, path)).collect());
        }
        if let Some(word) = of.get("const") {
            return format!("`{word}`");
        }
        if let Some(words) = of["enum"].as_array() {
            return join(words.iter().map(|word| format!("`{word}`")).collect());
        }
        match kind(of) {
            "array" => format!("list of: {}", self.value(&of["items"], &format!("{path}[]"))),
            "object" => {
                let each = self.value(&of["additionalProperties"], &format!("{path}.NAME"));
                format!("object of: {each}")
            }
            _ if of["unit"].is_string() => format!("duration{}", range(of)),
            "integer" => format!("whole number{}", range(of)),
            "number" => format!("number{}", range(of)),
            "string" => "text".to_owned(),
            "boolean" => "`true` or `false`".to_owned(),
            _ => "any".to_owned(),
        }
    }

    /// Where an object is described: from now on below.
    fn section(&mut self, name: &'s str, path: &str) -> String {
        let known = self.sections.iter_mut().find(|(known, _)| *known == name);
        let first = match known {
            Some((_, paths)) => {
                let is_short_form = paths.iter().any(|known| path.ends_with(&format!(".{known}")));
                if !is_short_form && !paths.iter().any(|known| known == path) {
                    paths.push(path.to_owned());
                }
                paths[0].clone()
            }
            None => {
                self.sections.push((name, vec![path.to_owned()]));
                path.to_owned()
            }
        };
        format!("object, see `{first}`")
    }
}

fn fields<'s>(object: &'s Value, key: &str) -> impl Iterator<Item = (&'s String, &'s Value)> {
    object[key].as_object().into_iter().flatten()
}

fn kind(of: &Value) -> &str {
    let listed = of["type"].as_array().and_then(|kinds| kinds.iter().find(|kind| *kind != "null"));
    listed.unwrap_or(&of["type"]).as_str().unwrap_or_default()
}

/// From where to where, with the unit that plain numbers have.
fn range(of: &Value) -> String {
    let unit = of["unit"].as_str().map_or(String::new(), |unit| format!(" {unit}"));
    match (&of["minimum"], &of["maximum"]) {
        (Value::Null, Value::Null) => String::new(),
        (least, Value::Null) => format!(" from {least}{unit}"),
        (Value::Null, most) => format!(" up to {most}{unit}"),
        (least, most) => format!(" from {least} to {most}{unit}"),
    }
}

fn join(mut all: Vec<String>) -> String {
    all.dedup();
    all.join(" or ")
}

/// The description, in one line that may stand in a table, without what the head of the page says of durations.
fn words(of: &Value) -> String {
    let text = of["description"].as_str().unwrap_or_default();
    let text = text.split(" A duration like").next().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// A description, and the default that it ends with or contains.
fn without_default(words: &str) -> (String, String) {
    let Some((before, rest)) = words.split_once("Default") else {
        return (words.to_owned(), String::new());
    };
    let (default, after) = rest.split_once(". ").unwrap_or((rest, ""));
    let default = default.trim_start_matches(':').trim().trim_end_matches('.');
    (format!("{before}{after}").trim().to_owned(), default.to_owned())
}

#[test]
fn a_default_is_found_wherever_it_stands_in_a_description() {
    let split = |words| {
        let (meaning, default) = without_default(words);
        format!("{meaning} / {default}")
    };
    assert_eq!(split("The part. Default 0.5."), "The part. / 0.5");
    assert_eq!(
        split("Its name. Default: the labourer's name. More."),
        "Its name. More. / the labourer's name"
    );
    assert_eq!(split("For ever, if not set."), "For ever, if not set. / ");
}
