//! What one rule of the schema says about one value, without looking inside the value.

use std::time::Duration;

use serde_json::{Number, Value};

use crate::{duration, mistakes::did_you_mean};

/// The keywords of JSON Schema that are understood, here and in `check`. Those that only describe
/// are among them.
#[cfg(test)]
pub(super) const UNDERSTOOD: &[&str] = &[
    "$ref",
    "$defs",
    "$schema",
    "title",
    "description",
    "deprecated",
    "default",
    "format",
    "unit",
    "type",
    "enum",
    "const",
    "anyOf",
    "oneOf",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "items",
    "properties",
    "patternProperties",
    "additionalProperties",
    "required",
];

/// The rule behind a reference.
pub(super) fn resolve<'a>(schema: &'a Value, rule: &'a Value) -> &'a Value {
    let target = rule.get("$ref").and_then(Value::as_str);
    let target = target.and_then(|target| schema.pointer(target.trim_start_matches('#')));
    target.unwrap_or(rule)
}

/// The alternatives of a rule, if it has some that differ in kind.
pub(super) fn alternatives(rule: &Value) -> Option<&Vec<Value>> {
    let alternatives = rule.get("anyOf").or_else(|| rule.get("oneOf"))?.as_array()?;
    choices(rule).is_none().then_some(alternatives)
}

/// The values of a rule that lists them.
fn choices(rule: &Value) -> Option<Vec<&Value>> {
    if let Some(listed) = rule.get("enum") {
        return Some(listed.as_array()?.iter().collect());
    }
    if let Some(only) = rule.get("const") {
        return Some(vec![only]);
    }
    rule.get("oneOf")?.as_array()?.iter().map(|alternative| alternative.get("const")).collect()
}

/// Is `value` of the kind that the rule wants?
pub(super) fn has_kind(schema: &Value, rule: &Value, value: &Value) -> bool {
    let rule = resolve(schema, rule);
    if let Some(alternatives) = alternatives(rule) {
        return alternatives.iter().any(|alternative| has_kind(schema, alternative, value));
    }
    if let Some(choices) = choices(rule) {
        return choices.iter().any(|choice| kind(choice) == kind(value));
    }
    let kinds = kinds(rule);
    (kinds.is_empty() && *rule != Value::Bool(false))
        || kinds.iter().any(|wanted| is_kind(wanted, value))
}

/// Does `value` satisfy everything that the rule says about it as a whole?
pub(super) fn admits(schema: &Value, rule: &Value, value: &Value) -> bool {
    has_kind(schema, rule, value)
        && (value.is_null() || choices(rule).is_none_or(|choices| choices.contains(&value)))
        && value.as_f64().is_none_or(|number| {
            bound(rule, "minimum").is_none_or(|least| number >= least)
                && bound(rule, "maximum").is_none_or(|most| number <= most)
        })
}

/// The length that a text or list should have, if `length` is not it.
pub(super) fn broken_length(rule: &Value, length: usize, bounds: [&str; 2]) -> Option<String> {
    let [least, most] = bounds.map(|keyword| rule.get(keyword).and_then(Value::as_u64));
    let length = length as u64;
    match (least, most) {
        (Some(least), Some(most)) if least == most => {
            (length != least).then(|| format!("exactly {least}"))
        }
        (Some(least), _) if length < least => Some(format!("at least {least}")),
        (_, Some(most)) if length > most => Some(format!("at most {most}")),
        _ => None,
    }
}

/// The number in the form that the rule wants: Python writes 5.0 where 5 is meant.
pub(super) fn normal(rule: &Value, number: &Number) -> Value {
    let whole = number.as_f64().filter(|_| number.as_u64().is_none() && wants_whole(rule));
    whole.map_or_else(|| Value::Number(number.clone()), |whole| Value::from(whole as u64))
}

/// What a plain number means in a field that is a duration.
#[derive(Clone, Copy)]
pub(super) struct Unit<'a> {
    name: &'a str,
    seconds: f64,
}

/// Is it a duration? Then it may be written as one.
pub(super) fn unit(rule: &Value) -> Option<Unit<'_>> {
    let name = rule.get("unit")?.as_str()?;
    let seconds = if name == "days" { 86_400.0 } else { 1.0 };
    Some(Unit { name, seconds })
}

impl Unit<'_> {
    /// The number that is meant by this text: `1h30m`, or digits.
    pub fn number(self, text: &str) -> Option<Value> {
        let digits = || text.trim().parse().ok().filter(|number: &f64| number.is_finite());
        let duration = duration::parse(text).map(|time| time.as_secs_f64() / self.seconds);
        duration.or_else(digits).map(Value::from)
    }

    fn text(self, number: f64) -> String {
        duration::text(Duration::try_from_secs_f64(number * self.seconds).unwrap_or_default())
    }

    fn expected(self, rule: &Value) -> String {
        let (least, most) = (bound(rule, "minimum"), bound(rule, "maximum"));
        let [least, most] = [least, most].map(|bound| self.text(bound.unwrap_or_default()));
        let name = self.name;
        format!("a duration from {least} to {most}, like 90s or 1h30m, or a number of {name}")
    }
}

/// What was expected instead of `value`, and which word is probably meant.
pub(super) fn expected(schema: &Value, rule: &Value, value: &Value) -> String {
    let meant = value.as_str().map(|given| did_you_mean(given, words(schema, rule)));
    wanted(schema, rule) + &meant.unwrap_or_default()
}

/// The words that a rule, or one of its alternatives, lists.
fn words<'a>(schema: &'a Value, rule: &'a Value) -> Vec<&'a str> {
    let listed = choices(rule).into_iter().flatten().filter_map(Value::as_str);
    let alternatives = alternatives(rule).into_iter().flatten();
    let others = alternatives.flat_map(|other| words(schema, resolve(schema, other)));
    listed.chain(others).collect()
}

fn wanted(schema: &Value, rule: &Value) -> String {
    if let Some(unit) = unit(rule) {
        return unit.expected(rule);
    }
    if let Some(choices) = choices(rule) {
        let words: Vec<_> = choices.iter().map(|choice| given(rule, choice)).collect();
        let one_of = if choices.len() > 1 { "one of " } else { "" };
        return format!("{one_of}{}", words.join(" "));
    }
    if let Some(alternatives) = alternatives(rule) {
        let words: Vec<_> = alternatives
            .iter()
            .map(|alternative| resolve(schema, alternative))
            .filter(|alternative| kinds(alternative) != ["null"])
            .map(|alternative| wanted(schema, alternative))
            .collect();
        return words.join(" or ");
    }
    let kinds = kinds(rule).into_iter().filter(|kind| *kind != "null");
    kinds.map(|kind| in_words(kind, rule)).collect::<Vec<_>>().join(" or ")
}

/// What was given, for people. A text is repeated only where one of a few words was expected:
/// elsewhere it may be a secret.
pub(super) fn given(rule: &Value, value: &Value) -> String {
    match value {
        Value::String(text) if choices(rule).is_some() && text.len() <= 20 => format!("{text:?}"),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(_) => "a text".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}

fn in_words(kind: &str, rule: &Value) -> String {
    let kind = match kind {
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a text",
        "boolean" => "true or false",
        "array" => "a list",
        _ => "an object",
    };
    match (bound(rule, "minimum"), bound(rule, "maximum")) {
        (Some(least), Some(most)) => format!("{kind} from {least} to {most}"),
        _ => kind.into(),
    }
}

fn kinds(rule: &Value) -> Vec<&str> {
    match rule.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_kind(wanted: &str, value: &Value) -> bool {
    match wanted {
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => wanted == kind(value),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn wants_whole(rule: &Value) -> bool {
    kinds(rule).contains(&"integer")
}

fn bound(rule: &Value, keyword: &str) -> Option<f64> {
    rule.get(keyword).and_then(Value::as_f64)
}
