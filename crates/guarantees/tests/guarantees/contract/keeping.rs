//! A move keeps all attributes, whoever wrote them.

use aws_sdk_dynamodb::types::AttributeValue;
use guarantees::{
    items::In,
    world::{World, report, success, task_id, with},
};
use serde_json::{Value, json};
use task_manager::{attributes::Item, attributes::n, manager::attempts::receive::Effect};

/// Attributes that nobody here knows, of every type.
fn foreign() -> Item {
    let json = json!({
        "looks_like_a_number": "007",
        "looks_like_json": "{\"a\": 1}",
        "failed_attempts": 2,
        "stat_time": 1.25,
        "result_of-a.job": "x",
        "nested": { "list": [1, "1", null, true, { "deep": [] }], "empty": {} },
        "greenfield_of_old": 12,
        "nothing": null,
    });
    let mut item = guarantees::items::item(json);
    item.extend([
        ("exact".to_owned(), n("12345678901234567890123456789.012345678")),
        ("bytes".to_owned(), AttributeValue::B(vec![0, 255, 7].into())),
        ("texts".to_owned(), AttributeValue::Ss(vec!["1".into(), "b".into()])),
        ("numbers".to_owned(), AttributeValue::Ns(vec!["1".into(), "2.5".into()])),
    ]);
    item
}

async fn assert_kept(world: &World, table: In, event: &Value) {
    let item = world.item(table, &task_id(event)).await.unwrap();
    for (name, value) in foreign() {
        assert_eq!(sorted(item.get(&name)), sorted(Some(&value)), "{name} in {table:?}");
    }
}

/// Sets have no order.
fn sorted(value: Option<&AttributeValue>) -> Option<AttributeValue> {
    let mut value = value.cloned()?;
    if let AttributeValue::Ss(texts) | AttributeValue::Ns(texts) = &mut value {
        texts.sort();
    }
    Some(value)
}

#[tokio::test]
async fn every_move_keeps_every_attribute() {
    let world = World::of_slots(1).await;
    let task = world.create_numbered(1).await.remove(0);
    let mut item = world.item(In::Tasks, &task.id).await.unwrap();
    item.extend(foreign());
    let put = world.clients.dynamodb.put_item().table_name(world.table(In::Tasks));
    put.set_item(Some(item)).send().await.unwrap();

    let first = world.next_event().await;
    assert_kept(&world, In::Tasks, &first).await;
    world.fail(&first).await;
    assert_kept(&world, In::Retry, &first).await;
    world.pass(3600.0);
    world.scavenge().await;
    assert_kept(&world, In::Tasks, &first).await;
    let second = world.next_event().await;
    world.pass(61.0);
    world.scavenge().await;
    assert_kept(&world, In::Retry, &second).await;
    world.pass(3600.0);
    world.scavenge().await;
    let third = world.next_event().await;
    world.succeed(&third).await;
    assert_kept(&world, In::Closed, &third).await;
    let closed = world.find(&task.id).await;
    assert_eq!((closed.created_at, closed.payload), (task.created_at, task.payload));
    assert_eq!((closed.attempts, closed.errors.len()), (3, 2));
}

#[tokio::test]
async fn stats_and_results_are_kept_with_any_keys_and_types() {
    let kept = json!({
        "stats": { "time-in.s": 1.5, "": "no key", "type": "S", "size": 0 },
        "result": { "name": "reserved", "a b": [1, "2", { "c": null }], "big": 123456789012345678_u64,
                    "tiny": 1e-300, "ü": "ä", "#x": ":y" },
    });
    // By every way that a result takes into an item.
    for outcome in [Effect::Succeeded, Effect::Parked, Effect::Accepted] {
        let world = World::of_slots(1).await;
        let event = world.started().await;
        let (report, table) = match outcome {
            Effect::Parked => (report("mark_task_as_failed", &event), In::Retry),
            Effect::Accepted => (with(success(&event), json!({ "claim": "another" })), In::Tasks),
            _ => (success(&event), In::Closed),
        };
        assert_eq!(world.report(with(report, kept.clone())).await.outcome, outcome);
        let item = world.json(table, &task_id(&event)).await;
        for (key, value) in kept["stats"].as_object().unwrap() {
            assert_eq!(&item[format!("stat_{key}")], value);
        }
        for (key, value) in kept["result"].as_object().unwrap() {
            let kept = &item[format!("result_{key}")];
            // DynamoDB has no such number: its digits are kept as text.
            let value = if key == "tiny" { &json!("1e-300") } else { value };
            assert_eq!(kept, value, "{key}");
        }
    }
}

#[tokio::test]
async fn errors_and_history_record_the_life_of_a_task() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    let error = json!({ "kind": "KeyError", "message": "'x'", "trace": "line 1\nline 2" });
    let failed = with(report("mark_task_as_failed", &event), json!({ "error": error }));
    world.report(failed).await;
    let task = world.find(&task_id(&event)).await;
    let kept = &task.errors[0];
    assert_eq!((kept.attempt, kept.kind.as_str(), kept.message.as_str()), (1, "KeyError", "'x'"));
    assert_eq!(kept.trace.as_deref(), Some("line 1\nline 2"));
    world.pass(3600.0);
    world.scavenge().await;
    world.succeed(&world.next_event().await).await;
    let history = world.find(&task.id).await.history;
    let words: Vec<_> = history.iter().map(|entry| entry.split(' ').nth(1).unwrap()).collect();
    assert_eq!(words, ["created", "attempt", "parked", "requeued", "attempt", "succeeded"]);
    assert!(history.iter().all(|entry| entry.ends_with(" by test")), "{history:?}");
}

#[tokio::test]
async fn a_late_success_is_kept_with_hundreds_of_keys() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    let result: serde_json::Map<_, _> = (0..300).map(|n| (format!("key {n}"), json!(n))).collect();
    let late = json!({ "claim": "another", "result": result });
    assert_eq!(world.report(with(success(&event), late)).await.outcome, Effect::Accepted);
    assert_eq!(world.succeed(&event).await.outcome, Effect::Succeeded);
    let closed = world.json(In::Closed, &task_id(&event)).await;
    assert!((0..300).all(|n| closed[format!("result_key {n}")] == n));
    assert_eq!(closed["attempts"], 1);
}

/// What a report says beside its success: nothing, something, something else.
fn said() -> [Value; 3] {
    let large: serde_json::Map<_, _> = (0..300).map(|n| (format!("key {n}"), json!(n))).collect();
    [
        json!({}),
        json!({ "stats": { "time": 1.5 }, "result": large }),
        json!({ "result": { "b": 2 } }),
    ]
}

#[tokio::test]
async fn stats_of_the_same_success_are_kept_whichever_report_comes_first() {
    let [nothing, some, others] = said();
    for order in [[&nothing, &some, &others], [&some, &nothing, &others]] {
        let world = World::of_slots(1).await;
        let event = world.started().await;
        for (said, outcome) in
            order.into_iter().zip([Effect::Succeeded, Effect::AlreadyDone, Effect::AlreadyDone])
        {
            let report = with(success(&event), said.clone());
            assert_eq!(world.report(report.clone()).await.outcome, outcome);
            assert_eq!(world.report(report).await.outcome, Effect::AlreadyDone);
            world.assert_all_succeeded("worker", 1).await;
        }
        let closed = world.json(In::Closed, &task_id(&event)).await;
        assert_eq!((&closed["stat_time"], &closed["result_key 299"]), (&json!(1.5), &json!(299)));
        assert_eq!(closed["result_b"], Value::Null, "what is kept is never replaced");
        assert_eq!(closed["payload"], "{\"n\":0}");
    }
}

#[tokio::test]
async fn stats_are_added_once_by_reports_at_once_and_not_by_other_attempts() {
    let [_, some, others] = said();
    let world = World::of_slots(1).await;
    let event = world.started().await;
    world.succeed(&event).await;
    let foreign = json!({ "claim": "another" });
    world.report(with(with(success(&event), some.clone()), foreign)).await;
    world.report(with(guarantees::world::failure(&event), some.clone())).await;
    let closed = world.json(In::Closed, &task_id(&event)).await;
    assert_eq!((&closed["stat_time"], &closed["result_b"]), (&Value::Null, &Value::Null));

    let reports = [&some, &others].map(|said| world.report(with(success(&event), said.clone())));
    for receipt in futures::future::join_all(reports).await {
        assert_eq!(receipt.outcome, Effect::AlreadyDone);
    }
    let closed = world.json(In::Closed, &task_id(&event)).await;
    let kept = (closed["stat_time"] == 1.5, closed["result_b"] == 2);
    assert!(matches!(kept, (true, false) | (false, true)), "one of them, whole: {kept:?}");
}

#[tokio::test]
async fn stats_of_a_success_that_waits_for_a_newer_attempt_are_kept_too() {
    let [nothing, some, others] = said();
    let world = World::of_slots(1).await;
    let event = world.started().await;
    for (said, outcome) in
        [(&nothing, Effect::Accepted), (&some, Effect::AlreadyDone), (&others, Effect::AlreadyDone)]
    {
        let older = with(success(&event), json!({ "claim": "another" }));
        assert_eq!(world.report(with(older, said.clone())).await.outcome, outcome);
        assert_eq!(world.slots_in_use("worker").await, 1);
    }
    assert_eq!(world.fail(&event).await.outcome, Effect::Succeeded);
    let closed = world.json(In::Closed, &task_id(&event)).await;
    assert_eq!((&closed["stat_time"], &closed["result_b"]), (&json!(1.5), &Value::Null));
    world.assert_all_succeeded("worker", 1).await;
}
