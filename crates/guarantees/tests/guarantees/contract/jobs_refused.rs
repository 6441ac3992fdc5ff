//! A wrong job is refused before anything is written, with the place of each mistake.

use guarantees::{
    jobs::{days, keyed},
    world::{World, with},
};
use serde_json::{Value, json};
use task_manager::manager::jobs::JobError;

async fn refusal(world: &World, message: &Value) -> String {
    match world.schedule(message).await {
        Err(JobError::Mistakes(mistakes)) => mistakes.to_string(),
        other => panic!("{other:?} of {message}"),
    }
}

fn worker(fields: Value) -> Value {
    with(json!({ "lambda_name": "worker" }), fields)
}

#[tokio::test]
async fn each_mistake_is_refused_with_its_path_and_nothing_is_read_or_written() {
    let world = World::with(config()).await;
    let large = "x".repeat(360 * 1024);
    let cases = [
        (
            json!({ "lambda_name": "wroker" }),
            "lambda_name: labourer \"wroker\" is unknown, did you mean `worker`?",
        ),
        (json!({ "job": { "period": "today" } }), "job.lambda_name: is missing"),
        (
            worker(json!({ "job_schema_name": "setcions" })),
            "job_schema_name: schema \"setcions\" is unknown",
        ),
        (worker(json!({ "period": "last_2_dayz" })), "period: "),
        (
            worker(json!({ "period": "2026-02-30" })),
            "period: \"2026-02-30\" is no date of the calendar",
        ),
        (
            worker(json!({ "job_schema_name": "shops", "max_stores_per_batch": 0, "stores": [1] })),
            "max_stores_per_batch: is 0",
        ),
        (
            worker(
                json!({ "job_schema_name": "shops", "max_stores_per_batch": -5, "stores": [1] }),
            ),
            "max_stores_per_batch: is -5",
        ),
        (
            worker(json!({ "job_schema_name": "shops", "isolate_stores": true,
                "sections": { "A": { "stores": [1, [2]] } } })),
            "sections.A.stores[1]: ",
        ),
        (worker(json!({ "text": "x".repeat(300 * 1024) })), "the payload of task 0 would have"),
        (json!({ "job": { "lambda_name": "worker", "text": large } }), "job: the job has "),
        (
            with(days(2), json!({ "on_complete": { "job": { "lambda_name": "nobody" } } })),
            "on_complete.job.lambda_name: labourer \"nobody\" is unknown",
        ),
        (with(days(2), json!({ "on_complete": { "topic": "news" } })), "on_complete.topic: "),
        (with(days(2), json!({ "run_at": "tomorrow" })), "run_at: "),
        (with(days(2), json!({ "delay": -1 })), "delay: "),
        (with(days(2), json!({ "max_failed_percent": 101 })), "max_failed_percent: "),
        (with(days(2), json!({ "idempotency_key": "" })), "idempotency_key: "),
        (json!({ "job": days(2), "isolate_days": true }), "isolate_days: reaches no task beside"),
        (json!({ "job": keyed(2), "idempotency_key": "k" }), "job.idempotency_key: stands beside"),
        (worker(json!({ "payload": { "attempts": 9 } })), "payload.attempts: is set for each task"),
        (json!({ "job_id": 7 }), "job_id: "),
        (json!("{\"lambda_name\": "), "is text, but no JSON"),
        (json!([]), "give {\"job\""),
    ];
    for (message, expected) in cases {
        let text = refusal(&world, &message).await;
        assert!(text.contains(expected), "{text}\ninstead of {expected}");
        assert!(world.wire.calls().is_empty());
    }
}

fn config() -> task_manager::config::Config {
    let config = json!({
        "labourers": { "worker": { "duration": 30, "cooldown": 30 } },
        "job_schema_variants": { "shops": { "chunkable_attrs": [["section", {}], ["store", {}]] } },
    });
    task_manager::config::Config::from_json(config).unwrap().0
}

#[tokio::test]
async fn all_mistakes_are_reported_at_once() {
    let world = World::of_slots(1).await;
    let job = json!({
        "lambda_name": "wroker", "period": "last_0_days", "job_schema_name": "none",
        "delay": "soon", "max_failed_percent": "all",
    });
    let text = refusal(&world, &job).await;
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(world.wire.calls().is_empty());
}

#[tokio::test]
async fn what_fits_into_a_job_fits_into_its_row() {
    let world = World::of_slots(1).await;
    let keys: Vec<_> = (0..1000).map(|n| format!("{n:04}{}", "\u{1F980}\"\n".repeat(30))).collect();
    let mut job = json!({ "job": {
        "lambda_name": "worker",
        "a": "b",
        "sections": keys,
    } });
    let room = 349 * 1024 - job["job"].to_string().len();
    let half = (room / 2).min(120 * 1024);
    job["on_complete"] = json!({ "job": { "lambda_name": "worker", "text": "x".repeat(half) } });
    let answer = world.schedule(&job).await.unwrap();
    assert_eq!(answer.made, 1);
}

#[tokio::test]
async fn an_unknown_job_is_reported_by_its_id() {
    let world = World::of_slots(1).await;
    let error = world.schedule(&json!({ "job_id": "none" })).await.unwrap_err();
    assert_eq!(error.name(), "UnknownJob");
    assert!(error.to_string().starts_with("there is no job none"));
    assert!(!world.wire.calls().iter().any(|call| call.is_write()));
}
