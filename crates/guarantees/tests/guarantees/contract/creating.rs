//! Tasks into the queue.

use std::sync::{Arc, Mutex};

use guarantees::{
    items::In,
    world::{World, id, with},
};
use serde_json::{Value, json};
use task_manager::{
    ids::{ClaimToken, TaskId},
    json::Object,
    limits::MAX_PAYLOAD,
    manager::queue::create::{CreateError, NewTask},
    random::Random,
};

fn named(task: &str) -> NewTask {
    let id = Some(TaskId::new(task).unwrap());
    NewTask { id, ..NewTask::new(guarantees::world::id("worker"), json!({ "n": 1 })) }
}

async fn greenfields(world: &World) -> Vec<f64> {
    let queue = world.manager.queue().heads(&id("worker"), 1000).await.unwrap();
    queue.into_iter().map(|candidate| candidate.greenfield.0).collect()
}

#[tokio::test]
async fn new_tasks_stand_behind_the_newest_in_order() {
    let world = World::of_slots(1).await;
    let tasks = [world.create_numbered(150).await, world.create_numbered(150).await].concat();
    let queue = world.manager.queue().heads(&id("worker"), 1000).await.unwrap();
    let order: Vec<_> = queue.iter().map(|candidate| &candidate.id).collect();
    assert_eq!(order, tasks.iter().map(|task| &task.id).collect::<Vec<_>>());
    assert!(queue[0].greenfield.0 >= 2000.0, "sosw starts at 2000");
    assert!(queue[299].greenfield.0 < world.now().seconds());
}

#[tokio::test]
async fn creators_at_once_do_not_share_places() {
    let world = World::of_slots(1).await;
    let creators = (0..8).map(|_| world.create_numbered(30));
    futures::future::join_all(creators).await;
    let mut places = greenfields(&world).await;
    assert_eq!(places.len(), 240);
    places.dedup();
    assert_eq!(places.len(), 240);
}

#[tokio::test]
async fn ids_and_tokens_are_drawn_from_the_source_that_a_manager_is_given() {
    let mut world = World::of_slots(1).await;
    let draws = Arc::new(Mutex::new(Vec::new()));
    let (drawn, source) = (draws.clone(), Random::default());
    world.manager = world.manager.with_random(Random::from_fn(move || {
        drawn.lock().unwrap().push(source.id());
        *drawn.lock().unwrap().last().unwrap()
    }));
    let tasks = world.create_numbered(1).await;
    world.orchestrate().await;
    let claim = world.find(&tasks[0].id).await.claim.unwrap();
    let draws = draws.lock().unwrap();
    assert!(draws.iter().any(|bits| TaskId::from_random(*bits) == tasks[0].id));
    assert!(draws.iter().any(|bits| ClaimToken::from_random(*bits) == claim));
}

#[tokio::test]
async fn the_ends_of_the_queue_are_read_once_for_a_batch_and_one_item_at_a_time() {
    let world = World::of_slots(1).await;
    world.create_numbered(5).await;
    world.wire.calls();
    world.create_numbered(300).await;
    let calls = world.wire.calls();
    let (writes, reads): (Vec<_>, Vec<_>) = calls.into_iter().partition(|call| call.is_write());
    assert_eq!(reads.len(), 1);
    assert_eq!(reads[0].body()["Limit"], 1);
    assert_eq!(writes.len(), 4);
}

#[tokio::test]
async fn a_task_of_a_given_id_is_created_once_and_neither_overwritten_nor_revived() {
    let world = World::of_slots(1).await;
    let task = world.manager.queue().create_task(named("one")).await.unwrap();
    let exists = |result| matches!(result, Err(CreateError::Exists(id)) if id == task.id);
    assert!(exists(world.manager.queue().create_task(named("one")).await));
    let event = world.next_event().await;
    assert!(exists(world.manager.queue().create_task(named("one")).await), "not while it runs");
    world.fail(&event).await;
    assert!(
        exists(world.manager.queue().create_task(named("one")).await),
        "not while it is parked"
    );
    world.succeed(&event).await;
    assert!(exists(world.manager.queue().create_task(named("one")).await), "not when it is closed");
    assert_eq!(world.places(&task.id).await, [In::Closed]);
}

#[tokio::test]
async fn a_payload_of_256_kb_is_taken_and_one_byte_more_is_refused_at_the_door() {
    let world = World::of_slots(1).await;
    let around = json!({ "text": "" }).to_string().len();
    let of = |bytes: usize| json!({ "text": "x".repeat(bytes - around) });
    world.create("worker", [of(MAX_PAYLOAD)]).await;
    let event = world.next_event().await;
    assert_eq!(event["text"].as_str().unwrap().len(), MAX_PAYLOAD - around);
    world.wire.calls();

    let new = NewTask::new(id("worker"), of(MAX_PAYLOAD + 1));
    let error = world.manager.queue().create_task(new).await.unwrap_err();
    assert_eq!(error.name(), "PayloadRefused");
    assert!(error.to_string().contains("262145 bytes, the most is 262144"), "{error}");
    assert!(world.wire.calls().is_empty());
}

#[tokio::test]
async fn what_cannot_be_a_task_is_refused_by_name_and_nothing_is_written() {
    let world = World::of_slots(1).await;
    let refused = async |new| world.manager.queue().create_task(new).await.unwrap_err().to_string();
    let unknown = refused(NewTask::new(id("wroker"), json!({}))).await;
    assert_eq!(unknown, "unknown labourer wroker: the config has worker");
    for field in ["task_id", "labourer_id", "created_at", "greenfield", "attempts"] {
        let text = refused(NewTask::new(id("worker"), json!({ field: "x" }))).await;
        assert!(text.contains(&format!("`{field}`")), "{text}");
    }
    assert!(world.wire.calls().is_empty());
}

#[tokio::test]
async fn any_payload_reaches_the_labourer_and_extra_arguments_are_merged_over_it() {
    let world = World::of_slots(10).await;
    let cases = [
        (json!({ "a": 1, "b": 2 }), json!({ "a": 1, "b": 9 })),
        (json!("{\"a\": 1}"), json!({ "a": 1, "b": 9 })),
        (json!("no JSON"), json!({ "payload": "no JSON", "b": 9 })),
        (json!([1, 2]), json!({ "payload": [1, 2], "b": 9 })),
        (json!(7.5), json!({ "payload": 7.5, "b": 9 })),
        (Value::Null, json!({ "b": 9 })),
    ];
    for (payload, expected) in cases {
        let extra = Object::from_iter([("b".to_owned(), json!(9).into())]);
        let new = NewTask { extra, ..NewTask::new(id("worker"), payload) };
        world.manager.queue().create_task(new).await.unwrap();
        let event = world.next_event().await;
        assert_eq!(with(event.clone(), expected), event);
    }
}
