//! Anything may be in a config. `PROPTEST_CASES` says how much of it is tried.

use std::{collections::BTreeSet, sync::LazyLock};

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

static EVERYTHING: LazyLock<Value> =
    LazyLock::new(|| Config::complete([round_trip::everything()]).expect("a good config").0);

/// Every key that means something somewhere.
fn keys() -> Vec<String> {
    fn collect(rule: &Value, keys: &mut BTreeSet<String>) {
        if let Some(known) = rule.get("properties").and_then(Value::as_object) {
            keys.extend(known.keys().cloned());
        }
        match rule {
            Value::Object(parts) => parts.values().for_each(|part| collect(part, keys)),
            Value::Array(parts) => parts.iter().for_each(|part| collect(part, keys)),
            _ => {}
        }
    }
    let mut keys = BTreeSet::from(["resize".into(), "max_attempts_resize".into()]);
    collect(Config::schema(), &mut keys);
    keys.into_iter().collect()
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-5..500i64).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(vec!["<=", "ge", "Average", "p99", "hold", "linear", "arn:aws:lambda:::", "a"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        let key = prop_oneof![4 => select(keys()), 1 => any::<String>()];
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::Array),
            4 => vec((key, inner), 0..8).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// Every place in a value, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.into());
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                places(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn is_shown_or_refused_line_by_line(json: Value) {
    match Config::from_json(json.clone()) {
        Ok(_) => round_trip::is_shown_as_it_is_meant(json),
        Err(mistakes) => {
            assert!(!mistakes.is_empty());
            assert_eq!(mistakes.to_string().lines().count(), mistakes.iter().len(), "{mistakes}");
        }
    }
}

proptest! {
    #[test]
    fn any_json_is_accepted_or_refused_line_by_line(json in any_json()) {
        is_shown_or_refused_line_by_line(json);
    }

    #[test]
    fn any_value_anywhere_is_accepted_or_refused_line_by_line(
        place in any::<prop::sample::Index>(),
        value in any_json(),
    ) {
        let mut json = EVERYTHING.clone();
        let mut all = Vec::new();
        places(&json, "", &mut all);
        if let Some(hit) = json.pointer_mut(place.get(&all).as_str()) {
            *hit = value;
        }
        is_shown_or_refused_line_by_line(json);
    }

    #[test]
    fn any_text_is_accepted_or_refused(text in any::<String>()) {
        let _ = Config::from_text(&text);
    }

    #[test]
    fn any_layers_are_accepted_or_refused(layers in vec(any_json(), 0..4)) {
        let _ = Config::from_layers(layers);
    }
}
