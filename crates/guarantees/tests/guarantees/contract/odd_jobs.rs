//! A job and its payloads are handed on as they were written.

use guarantees::world::World;
use scheduler::JobAnswer;
use serde_json::json;
use task_manager::{
    jobs::schema::{JobSchemas, Schema},
    json::Json,
    manager::{jobs::JobError, queue::create::NewTask},
};

/// Values that are JSON, and that no `Value` of serde_json holds.
fn odd_values() -> [String; 5] {
    let deep = format!("{}7{}", r#"{"a":["#.repeat(127), "]}".repeat(127));
    [
        "18446744073709551616".to_owned(),
        "-0.12345678901234567890123".to_owned(),
        "1e999".to_owned(),
        r#"["\ud83d"]"#.to_owned(),
        deep,
    ]
}

async fn schedule(world: &World, message: &str) -> Result<JobAnswer, JobError> {
    let message = Json::parse(message).unwrap();
    scheduler::run(&world.manager, &message, None, world.soon()).await
}

#[tokio::test]
async fn a_labourer_receives_what_the_job_carries_digit_by_digit() {
    for odd in odd_values() {
        let world = World::of_slots(10).await;
        let text = json!(format!(r#"{{"lambda_name": "worker", "odd": {odd}}}"#));
        let payload = json!(format!(r#"{{"odd": {odd}}}"#));
        let messages = [
            format!(r#"{{"lambda_name": "worker", "odd": {odd}}}"#),
            format!(r#"{{"job": {{"lambda_name": "worker", "odd": {odd}}}, "delay": 0}}"#),
            format!(r#"{{"job": {text}}}"#),
            format!(r#"{{"lambda_name": "worker", "payload": {{"odd": {odd}}}}}"#),
            format!(r#"{{"lambda_name": "worker", "payload": {payload}}}"#),
        ];
        for message in messages {
            let answer = schedule(&world, &message).await.unwrap();
            assert_eq!((answer.made, answer.trouble), (1, None));
            let events = world.raw_events().await;
            assert_eq!(events.len(), 1, "{message}");
            assert!(events[0].get().contains(&format!(r#""odd":{odd}"#)), "{}", events[0]);
        }
    }
}

#[tokio::test]
async fn values_of_an_attribute_are_chunked_digit_by_digit() {
    let mut world = World::of_slots(10).await;
    let schema = Schema::of(["section"]).unwrap();
    world.configure(|config| config.job_schemas = JobSchemas::single(schema));
    let ids = ["18446744073709551616", "18446744073709551617", r#""\ud83d""#];
    let message = format!(
        r#"{{"lambda_name": "worker", "isolate_sections": true, "sections": [{}]}}"#,
        ids.join(", ")
    );
    assert_eq!(schedule(&world, &message).await.unwrap().tasks, 3);
    let events = world.raw_events().await;
    for id in ids {
        let wanted = format!(r#""sections":[{id}]"#);
        assert!(events.iter().any(|event| event.get().contains(&wanted)), "{wanted} {events:?}");
    }
}

#[tokio::test]
async fn jobs_that_differ_in_one_digit_are_not_the_same_under_one_key() {
    let world = World::of_slots(1).await;
    let of =
        |id: &str| format!(r#"{{"lambda_name": "worker", "idempotency_key": "k", "id": {id}}}"#);
    let first = schedule(&world, &of("18446744073709551616")).await.unwrap();
    let again = schedule(&world, &of("18446744073709551616")).await.unwrap();
    assert_eq!(again.job_id, first.job_id);
    // How it was sent does not matter, however deep it is.
    for id in ["18446744073709551616".to_owned(), odd_values()[4].clone()] {
        let key = format!(r#""idempotency_key": "{}""#, id.len());
        let bare = format!(r#"{{"lambda_name": "worker", {key}, "id": {id}}}"#);
        let first = schedule(&world, &format!(r#"{{"job": {bare}}}"#)).await.unwrap();
        assert_eq!(schedule(&world, &bare).await.unwrap().job_id, first.job_id);
    }
    let other = schedule(&world, &of("18446744073709551617")).await.unwrap_err();
    assert!(matches!(other, JobError::KeyReused { .. }), "{other}");
}

#[tokio::test]
async fn a_task_that_a_client_creates_keeps_its_payload_digit_by_digit() {
    let world = World::of_slots(10).await;
    for odd in odd_values() {
        let text = format!(r#"{{"odd":{odd}}}"#);
        for payload in [Json::parse(&text).unwrap(), text.as_str().into()] {
            let new = NewTask::new(guarantees::world::id("worker"), payload);
            let task = world.manager.queue().create_task(new).await.unwrap();
            assert_eq!(task.payload_text(), text);
            world.orchestrate().await;
            let events = world.raw_events().await;
            assert!(events[0].get().contains(&format!(r#""odd":{odd}"#)), "{}", events[0]);
        }
    }
}

#[tokio::test]
async fn an_odd_event_does_not_keep_a_function_from_its_tick() {
    let world = World::of_slots(1).await;
    world.create_numbered(1).await;
    let event = Json::parse(r#"{"labourer_id": "worker", "time": 1e999, "x": "\ud83d"}"#).unwrap();
    let unknown = orchestrator::HealthSource::unknown();
    let ticked = orchestrator::run(&world.manager, &unknown, &event, world.soon()).await.unwrap();
    assert_eq!(ticked.labourers.len(), 1);
    assert_eq!(world.events().await.len(), 1);
}
