use super::*;
use crate::config::{kinds, raw::RawConfig};

/// Every rule in the schema.
fn rules<'a>(rule: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(rule);
    for keyword in ["properties", "patternProperties", "$defs"] {
        for rule in rule.get(keyword).and_then(Value::as_object).into_iter().flatten() {
            rules(rule.1, found);
        }
    }
    for keyword in ["anyOf", "oneOf"] {
        rule.get(keyword)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .for_each(|r| rules(r, found));
    }
    ["items", "additionalProperties"]
        .into_iter()
        .filter_map(|keyword| rule.get(keyword))
        .for_each(|rule| rules(rule, found));
}

fn all_rules() -> Vec<&'static Value> {
    let mut found = Vec::new();
    rules(Config::schema(), &mut found);
    found
}

#[test]
fn every_keyword_of_the_schema_is_understood_by_the_check() {
    for rule in all_rules().into_iter().filter_map(Value::as_object) {
        for keyword in rule.keys() {
            assert!(kinds::UNDERSTOOD.contains(&keyword.as_str()), "{keyword} in {rule:?}");
        }
    }
}

#[test]
fn every_whole_number_has_bounds() {
    let whole =
        |rule: &&&Value| rule.get("type").is_some_and(|kind| kind.to_string().contains("integer"));
    for rule in all_rules().iter().filter(whole) {
        assert!(rule.get("minimum").is_some() && rule.get("maximum").is_some(), "{rule}");
    }
}

#[test]
fn every_field_of_the_schema_has_a_description() {
    for rule in all_rules() {
        for (key, field) in rule.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            assert!(field.get("description").is_some(), "{key} has none");
        }
    }
}

/// A value that satisfies `rule` and has every field but those without meaning.
fn sample(rule: &Value) -> Value {
    let rule = kinds::resolve(Config::schema(), rule);
    let alternatives = rule.get("anyOf").or_else(|| rule.get("oneOf")).and_then(Value::as_array);
    if let Some(first) = alternatives.and_then(|alternatives| alternatives.first()) {
        return sample(first);
    }
    let listed = rule.get("enum").and_then(|listed| listed.get(0));
    if let Some(choice) = rule.get("const").or(listed) {
        return choice.clone();
    }
    let kind = rule.get("type").map(|kind| kind.get(0).unwrap_or(kind));
    match kind.and_then(Value::as_str) {
        Some("object") => object(rule),
        Some("array") => rule.get("items").map_or(json!([]), |item| json!([sample(item)])),
        Some("string") => json!("text"),
        Some("boolean") => json!(true),
        Some("integer") => rule["minimum"].clone(),
        Some("number") => json!(rule.get("minimum").and_then(Value::as_f64).unwrap_or(0.0)),
        other => panic!("{other:?}: {rule}"),
    }
}

fn object(rule: &Value) -> Value {
    let known = rule.get("properties").and_then(Value::as_object).into_iter().flatten();
    let known = known.filter(|(_, rule)| rule.get("deprecated").is_none());
    let mut fields: serde_json::Map<_, _> =
        known.map(|(key, rule)| (key.clone(), sample(rule))).collect();
    let patterns = rule.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
    for (pattern, rule) in patterns.filter(|(_, rule)| rule.get("deprecated").is_none()) {
        fields.insert(format!("{}x", pattern.trim_start_matches('^')), sample(rule));
    }
    let others = rule.get("additionalProperties").filter(|rule| rule.is_object());
    if let Some(rule) = others.filter(|rule| rule.get("deprecated").is_none()) {
        fields.insert("x".into(), sample(rule));
    }
    Value::Object(fields)
}

#[test]
fn the_schema_and_the_parser_know_the_same_fields() {
    let sample = sample(Config::schema());
    let read: RawConfig = serde_json::from_value(sample.clone()).expect("the parser takes it");
    // A field that only the schema knew would be gone, one that only the parser knew would be null.
    assert_eq!(serde_json::to_value(read).expect("JSON"), sample);
}
