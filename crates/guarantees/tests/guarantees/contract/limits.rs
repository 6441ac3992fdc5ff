//! Limits of DynamoDB and Lambda: what cannot be kept is refused at the door, what was taken in
//! can be moved and closed.

use guarantees::{
    items::{In, queued_by_sosw},
    wire::Call,
    world::{World, failure, report, success, task_id, with},
};
use serde_json::{Value, json};
use task_manager::{
    limits::{MAX_PAYLOAD, MAX_RESULT},
    manager::attempts::receive::Effect,
};

/// An object of that many bytes as JSON text.
fn of_bytes(key: &str, bytes: usize) -> Value {
    let around = json!({ key: "" }).to_string().len();
    json!({ key: "x".repeat(bytes - around) })
}

/// A world with `count` tasks of the largest payload.
async fn of_largest(count: usize) -> World {
    let world = World::of_slots(100).await;
    let payload = of_bytes("text", MAX_PAYLOAD);
    world.create("worker", vec![payload; count]).await;
    world
}

#[tokio::test]
async fn any_number_of_the_largest_tasks_is_created_claimed_parked_and_requeued() {
    let world = of_largest(17).await;
    world.orchestrate().await;
    let events = world.events().await;
    assert_eq!(events.len(), 17);
    world.pass(61.0);
    assert_eq!(world.scavenge().await["labourers"]["worker"]["parked"], 17);
    world.pass(3600.0);
    assert_eq!(world.requeue().await["labourers"]["worker"]["requeued"], 17);
    assert_eq!(world.counts("worker").await.queued, 17);
}

/// The bytes that DynamoDB counts of a transaction which moves tasks: each item where it is put, and
/// again where it is deleted.
fn moved_bytes(call: &Call) -> usize {
    let body = call.body();
    let items = body["TransactItems"].as_array().unwrap();
    let puts = items.iter().filter(|item| item.get("Put").is_some());
    puts.map(|put| 2 * put["Put"]["Item"].to_string().len()).sum()
}

#[tokio::test]
async fn a_transaction_that_requeues_large_tasks_holds_what_it_puts_and_what_it_deletes() {
    const LIMIT: usize = 4 * 1024 * 1024;
    let world = World::of_slots(0).await;
    for n in 0..17 {
        let fields = json!({
            "payload": of_bytes("text", MAX_PAYLOAD).to_string(), "attempts": 1,
            "result_large": "x".repeat(94 * 1024), "desired_launch_time": 1_799_999_000 + n,
        });
        let mut parked = with(queued_by_sosw(&format!("large-{n}"), json!(0)), fields);
        parked.as_object_mut().unwrap().remove("greenfield");
        world.put(In::Retry, parked).await;
    }
    world.wire.calls();
    assert_eq!(world.scavenge().await["labourers"]["worker"]["requeued"], 17);
    let calls = world.wire.calls();
    let moves: Vec<_> = calls
        .iter()
        .filter(|call| call.operation == "TransactWriteItems")
        .map(moved_bytes)
        .collect();
    assert!(moves.len() < 17, "several at once: {moves:?}");
    assert!(moves.iter().all(|bytes| *bytes <= LIMIT), "{moves:?}");
    assert_eq!(world.counts("worker").await.queued, 17);
}

#[tokio::test]
async fn a_labourer_without_slots_starts_nothing_and_says_why() {
    let world = World::of_slots(0).await;
    let task = world.create_numbered(1).await.remove(0);
    let ticked = world.orchestrate().await;
    assert_eq!(ticked["labourers"]["worker"]["slot_limit"], 0);
    assert_eq!(world.counts("worker").await.queued, 1);
    let explained = operator::explain::explain_task(&world.manager, &task.id.into()).await.unwrap();
    let explained = serde_json::to_string(&explained).unwrap();
    assert!(explained.contains("max_simultaneous_invocations of worker is 0"), "{explained}");
}

#[tokio::test]
async fn a_result_of_64_kb_is_kept_and_of_a_larger_one_what_fits() {
    for (bytes, is_kept) in [(MAX_RESULT, true), (MAX_RESULT + 1, false)] {
        let world = World::of_slots(1).await;
        let event = world.started().await;
        let report = with(success(&event), json!({ "result": of_bytes("text", bytes) }));
        let receipt = world.report(report).await;
        assert_eq!(receipt.outcome, Effect::Succeeded);
        assert_eq!(receipt.remarks.is_empty(), is_kept, "{receipt:?}");
        let item = world.item(In::Closed, &task_id(&event)).await.unwrap();
        assert_eq!(item.contains_key("result_text"), is_kept);
    }
}

#[tokio::test]
async fn the_largest_task_can_always_be_closed_whatever_its_attempts_reported() {
    let world = of_largest(1).await;
    for attempt in 0..2 {
        world.orchestrate().await;
        let event = world.events().await.remove(0);
        // Every attempt reports something else.
        let result = json!({ "result": of_bytes(&format!("attempt_{attempt}"), MAX_RESULT) });
        let error = json!({ "kind": "ü".repeat(300), "message": "ü".repeat(10_000), "trace": "ü".repeat(10_000) });
        let report = with(with(failure(&event), result), json!({ "error": error }));
        assert_eq!(world.report(report).await.outcome, Effect::Parked);
        world.pass(3600.0);
        world.scavenge().await;
    }
    world.orchestrate().await;
    let event = world.events().await.remove(0);
    // Short keys grow most on their way into an item.
    let small: serde_json::Map<_, _> = (0..7000).map(|n| (format!("{n}"), json!(1))).collect();
    let report = with(success(&event), json!({ "result": small }));
    assert_eq!(world.report(report).await.outcome, Effect::Succeeded);
    let closed = world.json(In::Closed, &task_id(&event)).await;
    assert_eq!(closed["result_6999"], 1, "the newest report is kept as a whole");
    world.assert_all_succeeded("worker", 1).await;
}

#[tokio::test]
async fn a_success_of_an_older_attempt_is_accepted_by_the_largest_task() {
    let world = of_largest(1).await;
    world.orchestrate().await;
    let event = world.events().await.remove(0);
    for attempt in 0..3 {
        let result = json!({ "result": of_bytes(&format!("attempt_{attempt}"), MAX_RESULT) });
        let report = match attempt {
            0 | 1 => with(failure(&event), json!({ "snooze": 0 })),
            _ => with(success(&event), json!({ "claim": "an-older-one" })),
        };
        let live = world.find(&task_id(&event)).await.claim;
        let report = if attempt < 2 { with(report, json!({ "claim": live })) } else { report };
        let receipt = world.report(with(report, result)).await;
        assert_eq!(receipt.outcome, if attempt < 2 { Effect::Parked } else { Effect::Accepted });
        world.scavenge().await;
        world.orchestrate().await;
    }
    world.pass(61.0);
    world.scavenge().await;
    world.assert_all_succeeded("worker", 1).await;
}

#[tokio::test]
async fn a_result_that_is_nested_deeper_than_dynamodb_takes_is_kept_as_text_from_there() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    let deep = (0..60).fold(json!("core"), |inner, _| json!([inner]));
    let report = with(success(&event), json!({ "result": { "deep": deep } }));
    assert_eq!(world.report(report).await.outcome, Effect::Succeeded);
    let closed = world.json(In::Closed, &task_id(&event)).await;
    let mut kept = closed["result_deep"].clone();
    while let Some(inner) = kept.get(0) {
        kept = inner.clone();
    }
    assert!(kept.as_str().unwrap().contains("[\"core\"]"), "{kept}");
}

#[tokio::test]
async fn what_is_no_report_is_refused_by_name_and_nothing_is_written() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    world.wire.calls();
    let with_field = |field: &str, value: Value| with(success(&event), json!({ field: value }));
    let refused = [
        (json!("text"), "this is no report"),
        (json!({}), "this is no report"),
        (report("mark_task_as_done", &event), "unknown action \"mark_task_as_done\""),
        (json!({ "action": "mark_task_as_completed" }), "has no `task_id`"),
        (with_field("task_id", json!(7)), "`task_id` of the report must be text"),
        (with_field("task_id", json!("")), "task_id \"\" is refused: it is empty"),
        (with(failure(&event), json!({ "claim": 7 })), "`claim` of the report must be text"),
    ];
    for (event, expected) in refused {
        let error = world.assist(event).await.unwrap_err();
        assert_eq!(error.name(), "ReportRefused");
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(world.wire.calls().is_empty());
}

#[tokio::test]
async fn each_element_of_a_list_is_taken_or_refused_by_itself() {
    let world = World::of_slots(3).await;
    world.create_numbered(3).await;
    world.orchestrate().await;
    let events = world.events().await;
    let list = json!([success(&events[0]), 7, failure(&events[1]), success(&events[2])]);
    let answer = serde_json::to_value(world.assist(list).await.unwrap()).unwrap();
    let outcome = |place: usize| answer[place]["outcome"].as_str();
    assert_eq!([0, 2, 3].map(outcome), [Some("succeeded"), Some("parked"), Some("succeeded")]);
    assert!(answer[1]["refused"].as_str().unwrap().contains("this is no report"));
}

#[tokio::test]
async fn a_list_that_was_not_delivered_is_taken_element_by_element() {
    let world = World::of_slots(2).await;
    world.create_numbered(2).await;
    world.orchestrate().await;
    let list: Vec<_> = world.events().await.iter().map(success).collect();
    let dead = json!({
        "requestContext": { "condition": "RetriesExhausted" }, "requestPayload": list,
    });
    let answer = serde_json::to_value(world.assist(dead).await.unwrap()).unwrap();
    assert_eq!([0, 1].map(|place| answer[place]["outcome"].as_str()), [Some("succeeded"); 2]);
    world.assert_all_succeeded("worker", 2).await;
}
