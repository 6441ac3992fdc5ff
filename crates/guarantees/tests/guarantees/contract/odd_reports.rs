//! The outcome of an attempt counts, whatever hangs on its report.

use guarantees::{
    items::In,
    world::{World, failure, success, task_id},
};
use serde_json::{Value, json, value::RawValue};
use task_manager::manager::attempts::receive::{Effect, Receipt};
use worker_assistant::{Element, ReportAnswer};

/// A report with further fields, given as text: some of them are no values of ours.
fn text(report: &Value, fields: &str) -> String {
    report.to_string().replacen('{', &format!("{{{fields}, "), 1)
}

async fn answer(world: &World, event: String) -> ReportAnswer {
    worker_assistant::run(&world.manager, &RawValue::from_string(event).unwrap()).await.unwrap()
}

async fn receipt(world: &World, report: &Value, fields: &str) -> Receipt {
    match answer(world, text(report, fields)).await {
        ReportAnswer::One(receipt) => receipt,
        many => panic!("one report, {many:?}"),
    }
}

fn nested(depth: usize) -> String {
    format!("{}7{}", r#"{"a":"#.repeat(depth), "}".repeat(depth))
}

/// What may hang on any report, and whether it is kept as it is.
fn ornaments() -> Vec<(String, bool)> {
    let large = "x".repeat(70 * 1024);
    let name = "n".repeat(59 * 1024);
    let kept = |of: &str| (of.to_owned(), true);
    let not_kept = |of: &str| (of.to_owned(), false);
    vec![
        (format!(r#""result": {{"large": "{large}", "rows": 3}}"#), false),
        (format!(r#""stats": {{"{name}": 1}}"#), true),
        (format!(r#""result": {{"deep": {}}}"#, nested(127)), true),
        not_kept(r#""result": [1, 2]"#),
        not_kept(r#""result": 1e999"#),
        not_kept(r#""result": "done""#),
        not_kept(r#""stats": "{\"time\": NaN, \"rows\": 3}""#),
        not_kept(r#""retry_after": "30", "snooze": "soon""#),
        not_kept(r#""labourer_id": "no such name""#),
        kept(r#""stats": [], "result": """#),
        kept(r#""stats": {"": "", "\ud83d": "\ud83d", "empty": {"": {}}, "nul": "\u0000"}"#),
        kept(
            r#""stats": {"a": 18446744073709551616, "b": 1e999, "c": -0.0, "d": 9.9e125, "e": 1E-130}"#,
        ),
        kept(r#""more": {"\ud83d": 1e999}, "requestContext": {}"#),
    ]
}

/// Reports that name the labourer twice have the odd one in front, and the last one counts.
fn without_labourer(mut report: Value, ornament: &str) -> Value {
    if ornament.contains("labourer_id") {
        report.as_object_mut().unwrap().remove("labourer_id");
    }
    report
}

#[tokio::test]
async fn a_success_counts_whatever_hangs_on_it() {
    for (ornament, is_kept) in ornaments() {
        let world = World::of_slots(1).await;
        let event = world.started().await;
        let report = without_labourer(success(&event), &ornament);
        let receipt = receipt(&world, &report, &ornament).await;
        assert_eq!(receipt.outcome, Effect::Succeeded);
        let is_remark_free = receipt.remarks.is_empty();
        // A success does not wait.
        assert!(is_remark_free == (is_kept || ornament.contains("retry_after")), "{receipt:?}");
        let history = world.find(&task_id(&event)).await.history.join("\n");
        assert_eq!(history.contains("report not kept as sent"), !is_remark_free, "{history}");
        world.assert_all_succeeded("worker", 1).await;
    }
}

#[tokio::test]
async fn a_failure_counts_whatever_hangs_on_it() {
    let errors = [
        r#""error": 404"#,
        r#""error": {"kind": 404, "message": ["\ud83d"], "trace": {}}"#,
        r#""error": "\ud83d""#,
        r#""retry_after": 1e999"#,
        r#""snooze": -1"#,
        r#""snooze": 1e9"#,
    ];
    let errors = errors.map(|error| (error.to_owned(), false));
    for (ornament, _) in ornaments().into_iter().chain(errors) {
        let world = World::of_slots(1).await;
        let event = world.started().await;
        let mut report = without_labourer(failure(&event), &ornament);
        if ornament.contains("error") {
            report.as_object_mut().unwrap().remove("error");
        }
        let receipt = receipt(&world, &report, &ornament).await;
        assert_eq!(receipt.outcome, Effect::Parked, "{ornament}");
        assert_eq!(world.places(&task_id(&event)).await, [In::Retry]);
        assert_eq!(world.slots_in_use("worker").await, 0);
    }
}

#[tokio::test]
async fn numbers_and_texts_are_kept_as_they_were_written() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    let fields = r#""result": {
        "big": 18446744073709551616, "long": 0.123456789012345678901234567890,
        "infinite": 1e999, "too_long": 123456789012345678901234567890123456789012345,
        "half": "a\ud83db", "\ud83d": [1e999, {"\ud83d": 18446744073709551616}]
    }"#;
    assert_eq!(receipt(&world, &success(&event), fields).await.outcome, Effect::Succeeded);
    let closed = world.json(In::Closed, &task_id(&event)).await;
    let kept = [
        ("big", json!("18446744073709551616")),
        ("long", json!("0.12345678901234567890123456789")),
        ("infinite", json!("1e999")),
        ("too_long", json!("123456789012345678901234567890123456789012345")),
        ("half", json!("a\u{FFFD}b")),
        ("\u{FFFD}", json!(["1e999", { "\u{FFFD}": "18446744073709551616" }])),
    ];
    for (name, value) in kept {
        assert_eq!(closed[format!("result_{name}")], value, "{name}");
    }
    let item = world.item(In::Closed, &task_id(&event)).await.unwrap();
    assert!(item["result_big"].is_n() && item["result_long"].is_n(), "numbers stay numbers");
}

#[tokio::test]
async fn one_odd_report_of_a_list_spoils_no_other() {
    let world = World::of_slots(3).await;
    world.create_numbered(3).await;
    world.orchestrate().await;
    let events = world.events().await;
    let deep = format!(r#""result": {{"deep": {}, "\ud83d": 1e999}}"#, nested(500));
    let reports = [
        text(&success(&events[0]), &deep),
        "1e999".to_owned(),
        text(&failure(&events[1]), r#""claim": "\ud83d""#).replacen("\"claim\":", "\"x\":", 2),
        text(&success(&events[2]), r#""stats": "\ud83d", "retry_after": {}"#),
    ];
    let ReportAnswer::Many(answers) = answer(&world, format!("[{}]", reports.join(","))).await
    else {
        panic!("a list")
    };
    let effects: Vec<_> = answers
        .iter()
        .map(|answer| match answer {
            Element::Received(receipt) => Some(receipt.outcome),
            Element::Refused { .. } | Element::NotOurs(_) => None,
        })
        .collect();
    let (done, parked) = (Some(Effect::Succeeded), Some(Effect::Parked));
    assert_eq!(effects, [done, None, parked, done]);
}
