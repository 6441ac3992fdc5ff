//! What one event comes to.

use std::{cell::Cell, time::Duration};

use labourer::{
    Context, Done, Failure, Outcome, Task, Timestamp,
    attempt::{Refused, STARTED_TOO_LATE, attempt},
    testing,
};
use serde_json::{Value, json, value::to_raw_value};

#[tokio::test]
async fn an_event_whose_lease_has_passed_does_no_work() {
    let worked = Cell::new(0);
    let work = |_: Task<Value>, _| {
        worked.set(worked.get() + 1);
        async { Ok(Done::new()) }
    };
    let at = |seconds| {
        let (event, now) = (testing::event(1, json!({})), Timestamp::from_seconds(seconds));
        attempt(to_raw_value(&event).unwrap(), Context::default(), now, &work)
    };
    at(900.0).await.unwrap();
    assert_eq!(worked.get(), 1);

    let refused = at(930.0).await.unwrap_err();
    assert!(matches!(refused, Refused::LeaseHasPassed { .. }), "{refused:?}");
    assert!(refused.to_string().contains("ended 30s before"), "{refused}");
    assert_eq!(worked.get(), 1);
}

#[tokio::test]
async fn an_event_that_waited_too_long_for_its_rate_is_put_off_and_no_attempt_is_spent() {
    let worked = Cell::new(0);
    let work = |_: Task<Value>, _| {
        worked.set(worked.get() + 1);
        async { Ok(Done::new()) }
    };
    let at = |seconds, mut event: Value| {
        event["sosw"]["start_by"] = json!(1.5);
        let now = Timestamp::from_seconds(seconds);
        attempt(to_raw_value(&event).unwrap(), Context::default(), now, &work)
    };
    at(1.5, testing::event(1, json!({}))).await.unwrap();
    assert_eq!(worked.get(), 1);
    for event in [testing::event(1, json!({})), testing::block(1, vec![json!({}), json!({})])] {
        let report = at(4.0, event).await.unwrap();
        let report = serde_json::to_value(&report).unwrap();
        assert_eq!((&report["snooze"], &report["claim"]), (&json!(1), &json!("test-claim")));
        assert_eq!(report["error"]["kind"], STARTED_TOO_LATE);
        assert!(report["error"]["message"].as_str().unwrap().contains("2.5s after"), "{report}");
    }
    assert_eq!(worked.get(), 1);
}

#[tokio::test]
async fn a_panic_is_reported_with_its_message() {
    let report = testing::report(json!({}), |_: Task<Value>, _| async {
        let rows = "many".parse::<u32>().ok();
        Ok(Done::new().stat("rows", rows.expect("rows were counted")))
    })
    .await;
    assert_eq!(report["action"], "mark_task_as_failed");
    let error = &report["error"];
    assert_eq!(error["kind"], "Panic");
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("rows were counted, at "), "{message}");
    assert!(message.contains("attempts.rs"), "{message}");
    let trace = error["trace"].as_str().unwrap();
    assert!(trace.contains("a_panic_is_reported_with_its_message"), "{trace}");
}

#[tokio::test]
async fn a_panic_before_the_first_await_is_reported_too() {
    fn work(_: Task<Value>, _: Context) -> std::future::Ready<Outcome> {
        panic!("at once")
    }
    let report = testing::report(json!({}), work).await;
    assert!(report["error"]["message"].as_str().unwrap().starts_with("at once, at "));
}

#[tokio::test]
async fn an_error_is_reported_with_its_kind_and_message() {
    let report = testing::report(json!({}), |_: Task<Value>, _| async {
        let rows: u32 = "many".parse()?;
        Ok(Done::new().stat("rows", rows))
    })
    .await;
    assert_eq!(report["task_id"], "test-task");
    assert_eq!(report["claim"], "test-claim");
    assert_eq!(report["error"]["kind"], "ParseIntError");
    assert_eq!(report["error"]["message"], "invalid digit found in string");
}

#[tokio::test]
async fn a_payload_that_cannot_be_read_is_reported_with_its_path() {
    #[derive(serde::Deserialize)]
    struct Payload {
        orders: Vec<Order>,
    }
    #[derive(serde::Deserialize)]
    struct Order {
        pieces: u32,
    }
    let payload = json!({"orders": [{"pieces": 1}, {"pieces": "a secret"}]});
    let report = testing::report(payload, |task: Task<Payload>, _| async move {
        let pieces = task.payload.orders.iter().map(|order| order.pieces);
        Ok(Done::new().stat("pieces", pieces.sum::<u32>()))
    })
    .await;
    assert_eq!(report["error"]["kind"], "InvalidPayload");
    assert_eq!(
        report["error"]["message"],
        "payload.orders[1].pieces: invalid type: string, expected u32"
    );
}

#[tokio::test]
async fn work_that_would_be_killed_with_the_function_is_reported_before() {
    let mut context = Context::default();
    context.deadline = 20;
    let work = |_: Task<Value>, _| async {
        std::future::pending::<()>().await;
        Ok(Done::new())
    };
    let (event, now) = (testing::event(1, json!({})), Timestamp::from_seconds(0.0));
    let report = attempt(to_raw_value(&event).unwrap(), context, now, &work).await.unwrap();
    let report = serde_json::to_value(report).unwrap();
    assert_eq!(report["error"]["kind"], "OutOfTime");
}

#[tokio::test]
async fn a_failure_says_when_to_come_back() {
    let report = testing::report(json!({}), |_: Task<Value>, _| async {
        Err(Failure::retry_after(Duration::from_secs(30), "busy"))
    })
    .await;
    assert_eq!(report["retry_after"], 30);

    let report = testing::report(json!({}), |_: Task<Value>, _| async {
        Err(Failure::snooze(Duration::from_secs(600), "too early"))
    })
    .await;
    assert_eq!((&report["snooze"], report.get("retry_after")), (&json!(600), None));
}
