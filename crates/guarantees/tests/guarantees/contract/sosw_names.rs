//! The methods of sosw 0.7's `TaskManager`: each is found by its old name, and does what its users
//! expect of it.

use std::{fs, path::Path, time::Duration};

use guarantees::{
    items::{In, invoked_by_sosw},
    world::{World, id, labourer, task_id, with},
};
use serde_json::json;
use task_manager::{
    config::{Config, FieldNames},
    ids::TaskId,
    json::Object,
    labourer::{self, Labourer},
    manager::queue::create::NewTask,
    task::{Status, Task, payload::construct},
};
use walkdir::WalkDir;

const NAMES: [&str; 24] = [
    "archive_task",
    "construct_payload_for_task",
    "create_task",
    "get_average_labourer_duration",
    "get_completed_tasks_for_labourer",
    "get_count_of_running_tasks_for_labourer",
    "get_db_field_name",
    "get_expired_tasks_for_labourer",
    "get_invoked_tasks_for_labourer",
    "get_labourer",
    "get_labourers",
    "get_length_of_queue_for_labourer",
    "get_newest_greenfield_for_labourer",
    "get_next_for_labourer",
    "get_oldest_greenfield_for_labourer",
    "get_running_tasks_for_labourer",
    "get_task_by_id",
    "get_tasks_to_retry_for_labourer",
    "invoke_task",
    "is_valid_task",
    "mark_task_invoked",
    "move_task_to_retry_table",
    "register_labourers",
    "retry_task",
];

fn worker(world: &World) -> &Labourer {
    world.manager.labourers().get(&id("worker")).unwrap()
}

async fn row(world: &World) -> Option<labourer::State> {
    world.manager.store().labourers().row(&id("worker")).await.unwrap()
}

fn ids(tasks: &[Task]) -> Vec<&str> {
    tasks.iter().map(|task| task.id.as_str()).collect()
}

/// Three attempts: one expired, two within their lease.
async fn one_expired_and_two_running() -> World {
    let world = World::of_slots(3).await;
    for (id, ago) in [("expired", 61.0), ("older", 20.0), ("newer", 10.0)] {
        world.put(In::Tasks, invoked_by_sosw(&world, id, ago)).await;
    }
    world
}

#[test]
fn every_method_of_sosws_task_manager_is_found_by_its_name() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../task-manager/src");
    let files = WalkDir::new(sources).into_iter().map(Result::unwrap);
    let rust = files.filter(|file| file.path().extension().is_some_and(|ext| ext == "rs"));
    let text: String = rust.map(|file| fs::read_to_string(file.path()).unwrap()).collect();
    let is_found = |name: &&str| {
        text.contains(&format!("#[doc(alias = \"{name}\")]"))
            || text.contains(&format!("pub async fn {name}("))
    };
    let missing: Vec<_> = NAMES.into_iter().filter(|name| !is_found(name)).collect();
    assert!(missing.is_empty(), "no method and no alias: {missing:?}");
}

#[test]
fn construct_payload_for_task_merges_extra_fields_over_the_payload() {
    let extra = Object::from_iter([("b".to_owned(), json!(9).into())]);
    let merged = construct(json!({ "a": 1, "b": 2 }).into(), extra);
    assert_eq!(json!(merged), json!({ "a": 1, "b": 9 }));
}

#[tokio::test]
async fn create_task_puts_a_task_at_the_end_of_the_queue() {
    let world = World::of_slots(1).await;
    world.create_numbered(2).await;
    let new = NewTask::new(id("worker"), json!({ "n": 2 }));
    let task = world.manager.queue().create_task(new).await.unwrap();
    let queue = world.manager.queue().heads(&id("worker"), 10).await.unwrap();
    assert_eq!(queue.len(), 3);
    assert_eq!(queue[2].id, task.id);
}

#[test]
fn get_db_field_name_answers_the_renamed_field_or_the_field_itself() {
    let names = FieldNames::from_iter([("task_id".to_owned(), "id".to_owned())]);
    assert_eq!(names.get("task_id"), "id");
    assert_eq!(names.get("greenfield"), "greenfield");
}

#[tokio::test]
async fn get_labourer_and_get_labourers_answer_what_the_config_has() {
    let world = World::of(["a", "b"].map(labourer)).await;
    assert_eq!(world.manager.labourers().get(&id("b")).unwrap().id, id("b"));
    assert!(world.manager.labourers().get(&id("c")).is_err());
    let all: Vec<_> =
        world.manager.labourers().all().map(|labourer| labourer.id.as_str()).collect();
    assert_eq!(all, ["a", "b"]);
}

#[tokio::test]
async fn register_labourers_counts_the_attempts_that_are_running_already() {
    let world = one_expired_and_two_running().await;
    let row = world.manager.labourers().register(worker(&world)).await.unwrap();
    assert_eq!((row.running(), row.slot_limit), (3, 3));
    assert_eq!(world.manager.labourers().register(worker(&world)).await.unwrap(), row);
}

#[tokio::test]
async fn get_task_by_id_answers_a_task_of_the_tasks_table_only() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    let id = task_id(&event);
    assert_eq!(world.manager.queue().task(&id).await.unwrap().unwrap().id, id);
    world.succeed(&event).await;
    assert_eq!(world.manager.queue().task(&id).await.unwrap(), None);
}

#[tokio::test]
async fn is_valid_task_refuses_a_task_of_no_labourer_and_one_whose_attempts_are_spent() {
    let world = World::of_slots(1).await;
    let task = world.create_numbered(1).await.remove(0);
    assert!(world.manager.queue().is_valid(&task));
    let spent = Task { attempts: worker(&world).max_attempts, ..task.clone() };
    assert!(!world.manager.queue().is_valid(&spent));
    let unknown = Task { labourer_id: id("unknown"), ..task };
    assert!(!world.manager.queue().is_valid(&unknown));
}

#[tokio::test]
async fn get_oldest_and_newest_greenfield_answer_the_two_ends_of_the_queue() {
    let world = World::of_slots(1).await;
    let worker = id("worker");
    assert_eq!(world.manager.queue().oldest(&worker).await.unwrap(), None);
    assert_eq!(world.manager.queue().newest(&worker).await.unwrap(), None);
    let tasks = world.create_numbered(3).await;
    let oldest = world.manager.queue().oldest(&worker).await.unwrap();
    let newest = world.manager.queue().newest(&worker).await.unwrap();
    assert_eq!((oldest, newest), (Some(tasks[0].greenfield), Some(tasks[2].greenfield)));
}

#[tokio::test]
async fn get_length_of_queue_counts_queued_tasks_only() {
    let world = World::of_slots(1).await;
    world.create_numbered(3).await;
    assert_eq!(world.manager.queue().length(&id("worker")).await.unwrap(), 3);
    world.orchestrate().await;
    assert_eq!(world.manager.queue().length(&id("worker")).await.unwrap(), 2);
}

#[tokio::test]
async fn get_next_for_labourer_answers_the_first_tasks_in_order() {
    let world = World::of_slots(1).await;
    let tasks = world.create_numbered(3).await;
    let next = world.manager.queue().heads(&id("worker"), 2).await.unwrap();
    let next: Vec<_> = next.iter().map(|candidate| candidate.id.as_str()).collect();
    assert_eq!(next, ids(&tasks[..2]));
}

#[tokio::test]
async fn get_invoked_tasks_answers_running_and_expired_ones() {
    let world = one_expired_and_two_running().await;
    let invoked = world.manager.attempts().invoked(&id("worker"), 10).await.unwrap();
    assert_eq!(ids(&invoked), ["expired", "older", "newer"]);
}

#[tokio::test]
async fn get_running_tasks_answers_those_within_their_lease_and_their_count() {
    let world = one_expired_and_two_running().await;
    let running = world.manager.attempts().running(worker(&world), None, 10).await.unwrap();
    assert_eq!(ids(&running), ["older", "newer"]);
    assert_eq!(world.manager.attempts().count_running(worker(&world), None).await.unwrap(), 2);
}

#[tokio::test]
async fn get_expired_tasks_answers_those_past_their_lease() {
    let world = one_expired_and_two_running().await;
    let expired = world.manager.attempts().expired(worker(&world), None, 10).await.unwrap();
    assert_eq!(ids(&expired), ["expired"]);
}

#[tokio::test]
async fn get_completed_tasks_answers_those_that_archive_task_closes() {
    let world = World::of_slots(2).await;
    let marked = json!({ "completed_at": world.now().seconds() - 1.0 });
    let marked = with(invoked_by_sosw(&world, "completed", 5.0), marked);
    world.put(In::Tasks, marked).await;
    world.put(In::Tasks, invoked_by_sosw(&world, "running", 5.0)).await;
    let completed = world.manager.attempts().completed(&id("worker"), 10).await.unwrap();
    assert_eq!(ids(&completed), ["completed"]);

    let ticked = world.scavenge().await;
    assert_eq!(ticked["labourers"]["worker"]["archived"], 1);
    let closed = world.find(&TaskId::new("completed").unwrap()).await;
    assert_eq!(closed.closed.unwrap().status, Status::Succeeded);
    assert_eq!(world.places(&TaskId::new("running").unwrap()).await, [In::Tasks]);
}

#[tokio::test]
async fn get_average_labourer_duration_is_that_of_the_latest_closed_tasks() {
    let config = Config { closed_to_analyse: 2, ..Config::of([labourer("worker")]) };
    let world = World::with(config).await;
    let average = async || world.manager.attempts().average_duration(&id("worker")).await.unwrap();
    assert_eq!(average().await, None);
    for seconds in [50.0, 10.0, 20.0] {
        let event = world.started().await;
        world.pass(seconds);
        world.succeed(&event).await;
    }
    assert_eq!(average().await.map(|average| average.as_secs_f64().round()), Some(15.0));
}

#[tokio::test]
async fn mark_task_invoked_gives_the_task_the_greenfield_of_its_claim_and_takes_a_slot() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    let task = world.find(&task_id(&event)).await;
    assert_eq!(task.greenfield.0, world.now().seconds() + world.manager.config().scale.delta);
    assert_eq!(task.attempts, 1);
    assert_eq!(row(&world).await.unwrap().running(), 1);
}

#[tokio::test]
async fn invoke_task_sends_the_payload_with_the_id_of_the_task() {
    let world = World::of_slots(1).await;
    let tasks = world.create("worker", [json!({ "a": { "b": 1 } })]).await;
    let event = world.next_event().await;
    assert_eq!(event["task_id"], tasks[0].id.as_str());
    assert_eq!(event["a"], json!({ "b": 1 }));
}

#[tokio::test]
async fn move_task_to_retry_table_is_what_a_failure_and_an_expiry_do() {
    let world = World::of_slots(2).await;
    world.create_numbered(2).await;
    world.orchestrate().await;
    let events = world.events().await;
    let later = json!({ "retry_after": 1000 });
    world.report(with(guarantees::world::failure(&events[0]), later)).await;
    world.pass(61.0);
    world.scavenge().await;
    for event in &events {
        assert_eq!(world.places(&task_id(event)).await, [In::Retry]);
    }
}

#[tokio::test]
async fn get_tasks_to_retry_finds_those_that_are_due_and_retry_task_puts_them_first() {
    let world = World::of_slots(2).await;
    world.create_numbered(2).await;
    world.orchestrate().await;
    for (event, wait) in world.events().await.iter().zip([100, 1000]) {
        let report = with(guarantees::world::failure(event), json!({ "retry_after": wait }));
        world.report(report).await;
    }
    world.create_numbered(1).await;
    world.pass(500.0);
    assert_eq!(world.requeue().await["labourers"]["worker"]["requeued"], 1);
    let queue = world.manager.queue().heads(&id("worker"), 10).await.unwrap();
    let first = world.find(&queue[0].id).await;
    assert_eq!((queue.len(), first.attempts), (2, 1));
    assert_eq!(first.due_at, None);
}

#[tokio::test]
async fn archive_task_is_what_a_success_does() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    world.pass(5.0);
    world.succeed(&event).await;
    assert_eq!(world.places(&task_id(&event)).await, [In::Closed]);
    let closed = world.find(&task_id(&event)).await.closed.unwrap();
    assert_eq!(closed.at.since(world.now()), Duration::ZERO);
}
