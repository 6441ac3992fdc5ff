#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn worker() -> LabourerId {
    LabourerId::new("worker").unwrap()
}

fn object(value: Value) -> Object {
    flatten(value.into())
}

#[test]
fn every_payload_becomes_an_object() {
    let cases = [
        (json!({ "a": 1 }), json!({ "a": 1 })),
        (json!("{\"a\": 1}"), json!({ "a": 1 })),
        (Value::Null, json!({})),
        (json!("text"), json!({ "payload": "text" })),
        (json!("[1, 2]"), json!({ "payload": "[1, 2]" })),
        (json!("{'a': True}"), json!({ "payload": "{'a': True}" })),
        (json!([1]), json!({ "payload": [1] })),
        (json!(1.5), json!({ "payload": 1.5 })),
        (json!(true), json!({ "payload": true })),
    ];
    for (payload, expected) in cases {
        assert_eq!(construct(payload.into(), Object::new()), object(expected));
    }
}

#[test]
fn extra_arguments_are_merged_over_the_payload() {
    let extra = object(json!({ "b": 3, "c": 4 }));
    let merged = construct(json!({ "a": 1, "b": 2 }).into(), extra);
    assert_eq!(merged, object(json!({ "a": 1, "b": 3, "c": 4 })));
}

#[test]
fn a_payload_keeps_what_it_was_written_with() {
    let odd = r#"{"id":18446744073709551616,"x":"\ud83d","far":1e999}"#;
    for payload in [Json::parse(odd).unwrap(), odd.into()] {
        let kept = to_text(construct(payload, Object::new()), &TaskId::from_random(1), &worker());
        assert_eq!(kept.unwrap(), odd);
    }
}

#[test]
fn generated_fields_are_refused_unless_they_match() {
    for field in OWN_FIELDS {
        let refused = refuse_generated(&object(json!({ field: "x" })), &worker());
        let text = refused.unwrap_err().to_string();
        assert!(text.starts_with(&format!("the payload for worker carries `{field}`")), "{text}");
    }
    for fine in [json!({ "labourer_id": "worker" }), json!({ "task": 1 }), json!({})] {
        assert_eq!(refuse_generated(&object(fine), &worker()), Ok(()));
    }
}

#[test]
fn the_limit_counts_bytes_not_characters() {
    let id = TaskId::from_random(1);
    let text =
        |of: &str, times: usize| to_text(object(json!({ "": of.repeat(times) })), &id, &worker());
    let around = json!({ "": "" }).to_string().len();
    assert!(text("x", MAX_PAYLOAD - around).is_ok());
    assert!(text("x", MAX_PAYLOAD - around + 1).is_err());
    assert!(text("ü", MAX_PAYLOAD / 2 + 1).is_err());
}

proptest! {
    #[test]
    fn any_text_is_taken_and_comes_back(text: String) {
        let payload = construct(text.clone().into(), Object::new());
        let kept = to_text(payload.clone(), &TaskId::from_random(1), &worker()).unwrap();
        prop_assert_eq!(flatten(kept.into()), payload.clone());
        let is_object = serde_json::from_str::<Object>(&text).is_ok();
        prop_assert!(is_object || payload.get("payload") == Some(&text.into()));
    }
}
