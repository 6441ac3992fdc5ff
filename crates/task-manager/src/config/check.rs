//! Holds a config against its JSON Schema and finds every mistake at once.
//!
//! What is refused is reported and left out, so that the rest can still be read and judged. The part
//! of JSON Schema that is understood is the part that `raw` uses; a test keeps it so.

use serde_json::{Map, Value};

use super::{findings::Findings, kinds};
use crate::mistakes::{Path, did_you_mean};

const ANYTHING: &Value = &Value::Bool(true);

/// A schema, and what is found with it.
pub(super) struct Checker<'a> {
    pub schema: &'a Value,
    pub findings: &'a mut Findings,
}

impl<'a> Checker<'a> {
    /// The accepted part of `value`.
    pub fn check(&mut self, rule: &'a Value, value: &Value, path: &Path) -> Option<Value> {
        let all = kinds::resolve(self.schema, rule);
        let rule = self.branch(rule, value);
        let meant = kinds::unit(rule).and_then(|unit| Some(unit.number(value.as_str()?)));
        let meant = meant.as_ref().map_or(Some(value), Option::as_ref);
        let Some(value) = meant.filter(|meant| kinds::admits(self.schema, rule, meant)) else {
            // A word that no rule lists may stand in for any alternative: a number in quotes.
            let wanted = if value.is_string() { all } else { rule };
            let expected = kinds::expected(self.schema, wanted, value);
            let got = kinds::given(rule, value);
            self.findings.mistake(path, format_args!("got {got}, expected {expected}"));
            return None;
        };
        match value {
            Value::Object(fields) => self.object(rule, fields, path),
            Value::Array(items) => self.list(rule, items, path),
            Value::Number(number) => Some(kinds::normal(rule, number)),
            Value::String(text) => self.text(rule, text, path),
            Value::Null | Value::Bool(_) => Some(value.clone()),
        }
    }

    /// The rule that is meant for values of this kind, behind references and alternatives.
    fn branch(&self, rule: &'a Value, value: &Value) -> &'a Value {
        let rule = kinds::resolve(self.schema, rule);
        let mut alternatives = kinds::alternatives(rule).into_iter().flatten();
        match alternatives.find(|alternative| kinds::has_kind(self.schema, alternative, value)) {
            Some(alternative) => self.branch(alternative, value),
            None => rule,
        }
    }

    fn object(
        &mut self,
        rule: &'a Value,
        fields: &Map<String, Value>,
        path: &Path,
    ) -> Option<Value> {
        let mut accepted = Map::new();
        for (key, value) in fields {
            match self.field(rule, key, path) {
                Some(rule) if rule.get("deprecated").is_some() => self.warn(rule, path, key),
                Some(rule) => {
                    let checked = self.check(rule, value, &path.key(key));
                    accepted.extend(checked.map(|value| (key.clone(), value)));
                }
                None => {}
            }
        }
        self.is_complete(rule, fields, &accepted, path).then_some(Value::Object(accepted))
    }

    /// The rule for a field; an unknown one is reported.
    fn field(&mut self, rule: &'a Value, key: &str, path: &Path) -> Option<&'a Value> {
        if let Some(rule) = rule.get("properties").and_then(|known| known.get(key)) {
            return Some(rule);
        }
        let patterns = rule.get("patternProperties").and_then(Value::as_object);
        let pattern = patterns.into_iter().flatten().find(|(pattern, _)| matches(pattern, key));
        if let Some((_, rule)) = pattern {
            return Some(rule);
        }
        match rule.get("additionalProperties") {
            Some(Value::Bool(false)) => {
                self.unknown(rule, key, path);
                None
            }
            other => Some(other.unwrap_or(ANYTHING)),
        }
    }

    fn unknown(&mut self, rule: &Value, key: &str, path: &Path) {
        let known = rule.get("properties").and_then(Value::as_object);
        let known = known.into_iter().flatten();
        let known = known.filter(|(_, rule)| rule.get("deprecated").is_none());
        let mut hint = did_you_mean(key, known.map(|(key, _)| key.as_str()));
        if hint.is_empty()
            && let Some(home) = home_of(key, self.schema)
        {
            hint = format!(", it belongs into {home}");
        }
        let key = key.escape_debug();
        self.findings.mistake(path, format_args!("unknown field {key}{hint}"));
    }

    fn warn(&mut self, rule: &Value, path: &Path, key: &str) {
        let why = rule.get("description").and_then(Value::as_str).unwrap_or_default();
        let sections = self.schema.get("properties").and_then(Value::as_object);
        let sections = sections.into_iter().flatten();
        let sections = sections.filter(|(_, rule)| rule.get("deprecated").is_none());
        let hint = did_you_mean(key, sections.map(|(key, _)| key.as_str()));
        self.findings.warning(&path.key(key), format_args!("has no meaning here: {why}{hint}"));
    }

    /// Are the required fields there? One that was refused has been reported already.
    fn is_complete(
        &mut self,
        rule: &Value,
        given: &Map<String, Value>,
        accepted: &Map<String, Value>,
        path: &Path,
    ) -> bool {
        let required = rule.get("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        let mut complete = true;
        for key in required.filter(|key| !accepted.contains_key(*key)) {
            complete = false;
            if !given.contains_key(key) {
                self.findings.mistake(path, format_args!("field {key} is missing"));
            }
        }
        complete
    }

    fn list(&mut self, rule: &'a Value, items: &[Value], path: &Path) -> Option<Value> {
        if let Some(bounds) = kinds::broken_length(rule, items.len(), ["minItems", "maxItems"]) {
            let count = items.len();
            self.findings.mistake(path, format_args!("got {count} items, expected {bounds}"));
            return None;
        }
        let rule = rule.get("items").unwrap_or(ANYTHING);
        let check = |(index, item)| self.check(rule, item, &path.item(index));
        Some(Value::Array(items.iter().enumerate().filter_map(check).collect()))
    }

    fn text(&mut self, rule: &Value, text: &str, path: &Path) -> Option<Value> {
        let length = text.chars().count();
        let Some(bounds) = kinds::broken_length(rule, length, ["minLength", "maxLength"]) else {
            return Some(Value::String(text.into()));
        };
        self.findings.mistake(path, format_args!("got {length} characters, expected {bounds}"));
        None
    }
}

/// Patterns are plain text with one anchor.
fn matches(pattern: &str, key: &str) -> bool {
    match (pattern.strip_prefix('^'), pattern.strip_suffix('$')) {
        (Some(prefix), _) => key.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()),
        (None, Some(suffix)) => key.ends_with(suffix),
        (None, None) => key == pattern,
    }
}

/// The section of the config that has a field `key`, when it stands in the wrong one.
fn home_of(key: &str, schema: &Value) -> Option<&'static str> {
    let sections = [
        ("the top", schema.pointer("/properties")),
        ("task_config", schema.pointer("/$defs/TaskConfig/properties")),
        ("labourers.NAME", schema.pointer("/$defs/Labourer/properties")),
        ("resources.NAME", schema.pointer("/$defs/Resource/properties")),
        ("resources.NAME.rate", schema.pointer("/$defs/Rate/properties")),
        ("local", schema.pointer("/$defs/Local/properties")),
        ("local.labourers.NAME", schema.pointer("/$defs/LocalLabourer/properties")),
        ("details", schema.pointer("/$defs/Details/properties")),
    ];
    let has = |fields: Option<&Value>| {
        fields
            .and_then(|fields| fields.get(key))
            .is_some_and(|field| field.get("deprecated").is_none())
    };
    sections.into_iter().find(|(_, fields)| has(*fields)).map(|(section, _)| section)
}
