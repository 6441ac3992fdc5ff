//! What one event of several tasks comes to.

use std::{cell::Cell, time::Duration};

use labourer::{
    Context, Done, Failure, Labourer, Outcome, Reports, Task, TaskOutcomes, Timestamp,
    attempt::{Refused, attempt, attempt_block, attempt_each},
    testing,
};
use serde_json::{Value, json, value::to_raw_value};
use task_manager::report;

fn payloads(count: usize) -> Vec<Value> {
    (0..count).map(|n| json!({ "n": n })).collect()
}

fn n(task: &Task<Value>) -> u64 {
    task.payload["n"].as_u64().unwrap()
}

/// A function that is stopped after so many milliseconds.
fn stopped_after(millis: u64) -> Context {
    let mut context = Context::default();
    context.deadline = millis;
    context
}

fn begin() -> Timestamp {
    Timestamp::from_seconds(0.0)
}

/// Kinds of failures by task.
fn kinds(report: &Value) -> Vec<(&str, &str)> {
    let failures = report["failures"].as_array().unwrap().iter();
    failures
        .map(|of| (of["task_id"].as_str().unwrap(), of["error"]["kind"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn a_block_is_reported_once_with_the_results_of_its_tasks() {
    let report = testing::report_of_each(payloads(2), |task: Task<Value>, _| async move {
        assert_eq!((task.attempt, task.claim.unwrap().as_str()), (1, "test-claim"));
        Ok(Done::new().stat("rows", 2).result(json!({ "n": task.payload["n"] })))
    })
    .await;
    assert_eq!(
        report,
        json!({
            "task_id": "test-task", "labourer_id": "test-labourer", "claim": "test-claim",
            "members": "0-1", "action": "mark_task_as_completed", "stats": { "rows": 4 },
            "results": { "test-task-0": { "n": 0 }, "test-task-1": { "n": 1 } },
        })
    );
}

#[tokio::test]
async fn a_panic_an_error_and_a_wish_of_one_task_are_its_own() {
    let report = testing::report_of_each(payloads(6), |task: Task<Value>, _| async move {
        match n(&task) {
            1 => panic!("at once"),
            2 => _ = "many".parse::<u32>()?,
            3 => return Err(Failure::retry_after(Duration::from_secs(30), "busy")),
            4 => return Err(Failure::snooze(Duration::from_secs(600), "too early")),
            _ => {}
        }
        Ok(Done::new())
    })
    .await;
    let expected = [
        ("test-task-1", "Panic"),
        ("test-task-2", "ParseIntError"),
        ("test-task-3", "RetryAfter"),
        ("test-task-4", "Snoozed"),
    ];
    assert_eq!(kinds(&report), expected);
    let failures = &report["failures"];
    assert!(failures[0]["error"]["message"].as_str().unwrap().starts_with("at once, at "));
    assert!(failures[0]["error"]["trace"].is_string());
    assert_eq!((&failures[2]["retry_after"], failures[2].get("snooze")), (&json!(30), None));
    assert_eq!((&failures[3]["snooze"], failures[3].get("retry_after")), (&json!(600), None));
    assert_eq!(report["action"], "mark_task_as_completed");
}

#[tokio::test]
async fn a_payload_that_cannot_be_read_fails_alone() {
    let odd = vec![json!({ "n": 0 }), json!({ "n": "a secret" }), json!({ "n": 2 })];
    #[derive(serde::Deserialize)]
    struct Payload {
        n: u32,
    }
    let each = testing::report_of_each(odd.clone(), |task: Task<Payload>, _| async move {
        Ok(Done::new().stat("sum", task.payload.n))
    })
    .await;
    let block = testing::report_of_block(odd, |tasks: Vec<Task<Payload>>, _| async move {
        let sum = tasks.iter().map(|task| task.payload.n).sum::<u32>();
        let done = |task: &Task<Payload>| (task.id.clone(), Ok(Done::new().stat("sum", sum / 2)));
        Ok(tasks.iter().map(done).collect())
    })
    .await;
    for report in [each, block] {
        assert_eq!(kinds(&report), [("test-task-1", "InvalidPayload")]);
        let message = &report["failures"][0]["error"]["message"];
        assert_eq!(message, "payload.n: invalid type: string, expected u32");
        assert_eq!(report["stats"]["sum"], 2);
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_that_are_not_done_in_time_fail_alone_and_none_begins_late() {
    let begun = Cell::new(0);
    let work = |task: Task<Value>, _| {
        begun.set(begun.get() + 1);
        async move {
            let seconds = if n(&task) == 0 { 1 } else { 60 };
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Ok(Done::new())
        }
    };
    let event = to_raw_value(&testing::block(1, payloads(4))).unwrap();
    let report = attempt_each(event, stopped_after(20_000), begin(), 2, &work).await.unwrap();
    let report = serde_json::to_value(report).unwrap();
    let late = ["test-task-1", "test-task-2", "test-task-3"].map(|id| (id, "OutOfTime"));
    assert_eq!(kinds(&report), late);
    assert_eq!(begun.get(), 3, "the last one's turn came too late");
}

#[tokio::test(start_paused = true)]
async fn no_more_tasks_are_worked_on_at_a_time_than_allowed() {
    for (concurrency, most) in [(0, 1), (1, 1), (3, 3), (100, 20)] {
        let (running, peak) = (Cell::new(0), Cell::new(0));
        let work = async |_: Task<Value>, _: Context| -> Outcome {
            running.set(running.get() + 1);
            peak.set(peak.get().max(running.get()));
            tokio::time::sleep(Duration::from_secs(1)).await;
            running.set(running.get() - 1);
            Ok(Done::new())
        };
        let labourer = Labourer::new(Reports::ByDestinations).concurrency(concurrency);
        let event = to_raw_value(&testing::block(1, payloads(20))).unwrap();
        labourer.handle(event, Context::default(), begin(), &work).await.unwrap();
        assert_eq!((running.get(), peak.get()), (0, most));
    }
}

#[tokio::test]
async fn a_block_whose_lease_has_passed_does_no_work() {
    let event = || to_raw_value(&testing::block(1, payloads(2))).unwrap();
    let late = Timestamp::from_seconds(930.0);
    let each = |_: Task<Value>, _| async { panic!("another attempt works on it") };
    let refused = attempt(event(), Context::default(), late, &each).await.unwrap_err();
    assert!(matches!(refused, Refused::LeaseHasPassed { .. }), "{refused:?}");
    let all = |_: Vec<Task<Value>>, _| async { panic!("another attempt works on it") };
    let refused = attempt_block(event(), Context::default(), late, &all).await.unwrap_err();
    assert!(matches!(refused, Refused::LeaseHasPassed { .. }), "{refused:?}");
}

#[tokio::test]
async fn work_that_gets_all_tasks_says_which_failed() {
    let report = testing::report_of_block(payloads(4), |tasks: Vec<Task<Value>>, _| async move {
        let mut outcomes = TaskOutcomes::new();
        for task in &tasks {
            match n(task) {
                1 => outcomes.fail(&task.id, "many".parse::<u32>().unwrap_err()),
                2 => outcomes.succeed(&task.id, Done::new().result(json!({ "rows": 3 }))),
                _ => {}
            }
        }
        Ok(outcomes)
    })
    .await;
    assert_eq!(kinds(&report), [("test-task-1", "ParseIntError")]);
    assert_eq!(report["results"], json!({ "test-task-2": { "rows": 3 } }));
}

#[tokio::test]
async fn work_that_gets_all_tasks_fails_with_all_of_them() {
    let fails = async |work: fn() -> Failure| {
        let work = move |_: Vec<Task<Value>>, _| async move { Err(work()) };
        testing::report_of_block(payloads(2), work).await
    };
    let report = fails(|| Failure::new("NoRate", "none for EUR")).await;
    assert_eq!(
        (&report["action"], &report["members"]),
        (&json!("mark_task_as_failed"), &json!("0-1"))
    );
    assert_eq!((&report["error"]["kind"], report.get("failures")), (&json!("NoRate"), None));
    let report = fails(|| panic!("at once")).await;
    assert_eq!(report["error"]["kind"], "Panic");

    let never = |_: Vec<Task<Value>>, _| async { std::future::pending().await };
    let event = to_raw_value(&testing::block(1, payloads(2))).unwrap();
    let report = attempt_block(event, stopped_after(20), begin(), &never).await.unwrap();
    assert_eq!(report.outcome.failure().unwrap().kind, "OutOfTime");
}

#[tokio::test]
async fn a_single_task_is_a_block_of_one_with_a_report_as_ever() {
    let event = || to_raw_value(&testing::event(1, json!({ "n": 0 }))).unwrap();
    let all = |tasks: Vec<Task<Value>>, _: Context| async move {
        assert_eq!(tasks.len(), 1);
        let done = Done::new().stat("rows", 2).result(json!({ "file": "a.csv" }));
        Ok(TaskOutcomes::from_iter([(tasks[0].id.clone(), Ok(done))]))
    };
    let report = attempt_block(event(), Context::default(), begin(), &all).await.unwrap();
    let expected = json!({
        "task_id": "test-task", "labourer_id": "test-labourer", "claim": "test-claim",
        "action": "mark_task_as_completed", "stats": { "rows": 2 }, "result": { "file": "a.csv" },
    });
    assert_eq!(serde_json::to_value(report).unwrap(), expected);

    let fails = |tasks: Vec<Task<Value>>, _: Context| async move {
        Ok(TaskOutcomes::from_iter([(tasks[0].id.clone(), Err(Failure::new("K", "m")))]))
    };
    let report = attempt_block(event(), Context::default(), begin(), &fails).await.unwrap();
    assert_eq!(serde_json::to_value(report).unwrap()["error"]["kind"], "K");
}

#[tokio::test]
async fn with_destinations_the_function_returns_what_a_block_reports() {
    let labourer = Labourer::new(Reports::ByDestinations);
    let work = |task: Task<Value>, _| async move {
        match n(&task) {
            0 => Ok(Done::new().stat("rows", 2).result(json!({ "file": "a.csv" }))),
            _ => Err(Failure::retry_after(Duration::from_secs(30), "busy")),
        }
    };
    let event = testing::block(1, payloads(2));
    let sent = to_raw_value(&event).unwrap();
    let returned = labourer.handle(sent, Context::default(), begin(), &work).await.unwrap();
    let failure = json!({
        "task_id": "test-task-1", "error": { "kind": "RetryAfter", "message": "busy" },
        "retry_after": 30,
    });
    assert_eq!(
        returned,
        json!({
            "stats": { "rows": 2 }, "results": { "test-task-0": { "file": "a.csv" } },
            "failures": [failure],
        })
    );
    // The assistant reads the same out of the record as out of a report.
    let record = json!({
        "requestContext": { "condition": "Success" }, "requestPayload": event,
        "responsePayload": returned,
    });
    let read = |event: &Value| report::read(&to_raw_value(event).unwrap()).remove(0);
    let message = testing::report_of_each(payloads(2), work).await;
    assert_eq!(read(&record), read(&message));
}
