//! Units: who holds them, and what becomes of them.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use labourer::{Failure, Timestamp};
use serde_json::{Value, json};
use tracker::{Begin, Counts, Limits, Once, Status, Tracker, TrackerError, UpdateOutcome};

use super::world::{World, started};

#[tokio::test]
async fn two_workers_never_hold_the_same_unit() {
    let world = World::new().await;
    let scope = world.scope();
    for unit in ["a", "b", "c"] {
        let begun = futures::future::join_all((0..8).map(|_| scope.begin(unit))).await;
        let held: Vec<_> =
            begun.into_iter().filter(|b| matches!(b, Ok(Begin::Started(_)))).collect();
        assert_eq!(held.len(), 1);
    }
    // Nor do they when its lock has expired and all of them want it.
    world.clock.set(2000);
    let begun = futures::future::join_all((0..8).map(|_| scope.begin("a"))).await;
    assert_eq!(begun.iter().filter(|b| matches!(b, Ok(Begin::Started(_)))).count(), 1);
}

#[tokio::test]
async fn a_crashed_unit_becomes_available_when_its_lock_expires() {
    let world = World::new().await;
    let scope = world.scope();
    drop(started(&scope, "a").await);

    world.clock.set(1060);
    let Begin::Held { until } = scope.begin("a").await.unwrap() else { panic!("not held") };
    assert_eq!(until, Timestamp::from_seconds(1060.0));

    world.clock.set(1061);
    let unit = started(&scope, "a").await;
    assert_eq!(unit.attempt(), 2);
    assert_eq!(unit.record().errors[0].kind, "LockExpired");
}

#[tokio::test]
async fn a_unit_that_crashes_in_its_last_attempt_is_exhausted() {
    let world = World::new().await;
    let scope = world.scope();
    drop(started(&scope, "a").await);
    world.clock.set(2000);
    drop(started(&scope, "a").await);
    world.clock.set(3000);
    let Begin::Exhausted(record) = scope.begin("a").await.unwrap() else { panic!("begun") };
    assert_eq!((record.status, record.attempts, record.errors.len()), (Status::Exhausted, 2, 2));
    assert!(matches!(scope.begin("a").await.unwrap(), Begin::Exhausted(_)));
}

#[tokio::test]
async fn an_owner_whose_lock_was_taken_over_changes_nothing() {
    let world = World::new().await;
    let scope = world.scope();
    let mut late = started(&scope, "a").await;
    world.clock.set(2000);
    let owner = started(&scope, "a").await;

    assert_eq!(late.save(json!("late")).await.unwrap(), UpdateOutcome::Lost);
    assert_eq!(late.succeed(json!("late")).await.unwrap(), UpdateOutcome::Lost);
    assert_eq!(owner.succeed(json!("in time")).await.unwrap(), UpdateOutcome::Applied);
    let record = scope.get("a").await.unwrap().unwrap();
    assert_eq!((record.status, record.data), (Status::Succeeded, json!("in time")));
}

#[tokio::test]
async fn an_extended_lock_holds_longer() {
    let world = World::new().await;
    let scope = world.scope();
    let mut unit = started(&scope, "a").await;
    world.clock.set(1050);
    assert_eq!(unit.extend(Duration::from_secs(60)).await.unwrap(), UpdateOutcome::Applied);
    world.clock.set(1100);
    assert!(matches!(scope.begin("a").await.unwrap(), Begin::Held { .. }));
}

#[tokio::test]
async fn what_a_dead_attempt_saved_is_there_for_the_next() {
    let world = World::new().await;
    let scope = world.scope();
    let mut unit = started(&scope, "a").await;
    assert_eq!(unit.save(json!({"page": 7})).await.unwrap(), UpdateOutcome::Applied);
    world.clock.set(2000);
    assert_eq!(started(&scope, "a").await.data(), &json!({"page": 7}));
}

#[tokio::test]
async fn an_effect_is_made_once_however_often_it_is_asked_for() {
    let world = World::new().await;
    let scope = world.scope();
    let made = AtomicU32::new(0);
    for _ in 0..3 {
        let once = scope.once("invoice 17", async |unit| {
            assert_eq!(unit.idempotency_key(), "job 1/invoice 17");
            made.fetch_add(1, Ordering::Relaxed);
            Ok(json!({"number": 17}))
        });
        assert_eq!(once.await.unwrap().value(), Ok(json!({"number": 17})));
    }
    assert_eq!(made.into_inner(), 1);
}

#[tokio::test]
async fn a_failed_effect_is_made_again_until_its_attempts_are_spent() {
    let world = World::new().await;
    let scope = world.scope();
    let once = || {
        scope.once("a", async |_| {
            "many".parse::<u32>()?;
            Ok(Value::Null)
        })
    };
    for _ in 0..2 {
        let failure = once().await.unwrap().value().unwrap_err();
        assert_eq!(failure.kind(), "ParseIntError");
    }
    let failure = once().await.unwrap().value().unwrap_err();
    assert_eq!(failure.kind(), "UnitExhausted");

    assert_eq!(scope.retry("a").await.unwrap().status, Status::Pending);
    assert_eq!(started(&scope, "a").await.attempt(), 1);
}

#[tokio::test]
async fn a_panic_inside_an_effect_fails_its_unit_at_once() {
    let world = World::new().await;
    let scope = world.scope();
    let once = scope.once("a", async |_| panic!("no ink"));
    let failure = once.await.unwrap().value().unwrap_err();
    assert_eq!(failure.kind(), "Panic");
    let record = scope.get("a").await.unwrap().unwrap();
    assert_eq!(record.status, Status::Failed);
    assert!(record.errors[0].message.starts_with("no ink, at "), "{:?}", record.errors);
}

#[tokio::test]
async fn a_snoozed_unit_has_not_spent_an_attempt() {
    let world = World::new().await;
    let scope = world.scope();
    for _ in 0..5 {
        let snoozed = scope.once("a", async |unit| {
            assert_eq!(unit.attempt(), 1);
            Err(Failure::snooze(Duration::from_secs(60), "too early"))
        });
        assert!(matches!(snoozed.await.unwrap(), Once::Failed(_)));
    }
    assert_eq!(scope.get("a").await.unwrap().unwrap().attempts, 0);
}

#[tokio::test]
async fn a_task_that_depends_on_a_held_unit_comes_back_when_its_lock_expires() {
    let world = World::new().await;
    let scope = world.scope();
    let unit = started(&scope, "a").await;
    world.clock.set(1040);
    let once = scope.once("a", async |_| panic!("held by another")).await.unwrap();
    let failure = once.value().unwrap_err();
    let snooze = labourer::outcome::Again::Snooze(Duration::from_secs(20));
    assert_eq!(failure.when(), snooze);
    drop(unit);
}

#[tokio::test]
async fn an_effect_recorded_too_late_is_reported() {
    let world = World::new().await;
    let scope = world.scope();
    let once = scope.once("a", async |_| {
        world.clock.set(2000);
        drop(started(&scope, "a").await);
        Ok(Value::Null)
    });
    let failure = once.await.unwrap().value().unwrap_err();
    assert_eq!(failure.kind(), "LockTooShort");
}

#[tokio::test]
async fn what_is_unfinished_and_what_went_wrong_is_listed() {
    let world = World::new().await;
    let scope = world.scope();
    let failure = Failure::new("NoInk", "no ink");
    assert!(scope.add("pending").await.unwrap());
    assert!(!scope.add("pending").await.unwrap());
    drop(started(&scope, "crashed").await);
    _ = started(&scope, "failed").await.fail(&failure).await.unwrap();
    for _ in 0..2 {
        _ = started(&scope, "exhausted").await.fail(&failure).await.unwrap();
    }
    _ = started(&scope, "succeeded").await.succeed(Value::Null).await.unwrap();
    scope.ignore("ignored", "not ours").await.unwrap();

    let names = async |statuses: &[Status], limit| {
        let listed = scope.list(statuses, limit).await.unwrap();
        listed.into_iter().map(|unit| unit.unit).collect::<Vec<_>>()
    };
    assert_eq!(names(&Status::UNFINISHED, None).await, ["pending", "crashed", "failed"]);
    assert_eq!(names(&Status::UNFINISHED, Some(2)).await, ["pending", "crashed"]);
    assert_eq!(names(&Status::WENT_WRONG, None).await, ["failed", "exhausted"]);
    assert_eq!(names(&[Status::Ignored], None).await, ["ignored"]);
    let other = world.tracker.scope("job 2").unwrap();
    assert_eq!(other.list(&Status::ALL, None).await.unwrap(), []);

    let counts = Counts { attempted: 4, succeeded: 1, failed: 2, skipped: 1, retried: 1 };
    assert_eq!(scope.counts(None).await.unwrap(), counts);
    let of_the_first_two = Counts { attempted: 2, failed: 1, retried: 1, ..Counts::default() };
    assert_eq!(scope.counts(Some(2)).await.unwrap(), of_the_first_two);
}

#[tokio::test]
async fn a_run_through_many_units_counts_them_with_and_without_a_limit() {
    let world = World::new().await;
    let scope = world.scope();
    let units = ["a", "b", "c", "d"];
    let run = async |limit| {
        let effect = async |unit: &mut tracker::Unit| match (unit.name(), unit.attempt()) {
            ("b", 1) => Err(Failure::new("NoInk", "no ink")),
            _ => Ok(Value::Null),
        };
        scope.each(units, limit, effect).await.unwrap()
    };
    let first = Counts { attempted: 3, succeeded: 2, failed: 1, skipped: 0, retried: 0 };
    assert_eq!(run(Some(3)).await, first);
    let rest = Counts { attempted: 2, succeeded: 2, failed: 0, skipped: 2, retried: 1 };
    assert_eq!(run(None).await, rest);
    let none = Counts { skipped: 4, ..Counts::default() };
    assert_eq!(run(None).await, none);
}

#[tokio::test]
async fn lists_and_counts_read_every_page() {
    let world = World::new().await;
    let scope = world.scope();
    let large = json!("x".repeat(60_000));
    for n in 0..20 {
        let unit = started(&scope, &format!("unit {n:02}")).await;
        _ = unit.succeed(large.clone()).await.unwrap();
    }
    assert_eq!(scope.counts(None).await.unwrap().succeeded, 20);
    assert_eq!(scope.list(&[Status::Succeeded], None).await.unwrap().len(), 20);
}

#[tokio::test]
async fn an_ignored_unit_cannot_be_begun_and_is_lost_by_its_owner() {
    let world = World::new().await;
    let scope = world.scope();
    let unit = started(&scope, "a").await;
    scope.ignore("a", "the customer left").await.unwrap();
    assert_eq!(unit.succeed(Value::Null).await.unwrap(), UpdateOutcome::Lost);
    assert!(matches!(scope.begin("a").await.unwrap(), Begin::Done(_)));
}

#[tokio::test]
async fn attributes_of_others_stay_in_the_item() {
    let world = World::new().await;
    let scope = world.scope();
    scope.add("a").await.unwrap();
    world
        .client
        .update_item()
        .table_name(&world.table)
        .key("scope", AttributeValue::S("job 1".into()))
        .key("unit", AttributeValue::S("a".into()))
        .update_expression("SET note = :note")
        .expression_attribute_values(":note", AttributeValue::S("kept".into()))
        .send()
        .await
        .unwrap();
    _ = started(&scope, "a").await.succeed(Value::Null).await.unwrap();
    let got = world
        .client
        .get_item()
        .table_name(&world.table)
        .key("scope", AttributeValue::S("job 1".into()))
        .key("unit", AttributeValue::S("a".into()))
        .consistent_read(true)
        .send();
    assert_eq!(got.await.unwrap().item.unwrap()["note"].as_s().unwrap(), "kept");
}

#[tokio::test]
async fn a_unit_is_forgotten_only_if_it_succeeded_and_only_then() {
    let world = World::new().await;
    let limits = Limits { keep: Some(Duration::from_secs(3600)), ..Limits::default() };
    let scope = world.tracker.clone().with_limits(limits).scope("job 1").unwrap();
    _ = started(&scope, "a").await.succeed(Value::Null).await.unwrap();
    _ = started(&scope, "b").await.fail(&Failure::new("NoInk", "no ink")).await.unwrap();
    let expires_at = async |unit| scope.get(unit).await.unwrap().unwrap().expires_at;
    assert_eq!(expires_at("a").await, Some(Timestamp::from_seconds(4600.0)));
    assert_eq!(expires_at("b").await, None);
}

#[tokio::test]
async fn bad_names_and_large_data_are_refused_with_a_remedy() {
    let world = World::new().await;
    let error = world.tracker.scope("").unwrap_err();
    assert!(matches!(error, TrackerError::BadName { what: "scope", .. }));
    let error = world.scope().begin(&"x".repeat(1025)).await.unwrap_err();
    assert!(matches!(error, TrackerError::BadName { what: "unit", .. }));
    let unit = started(&world.scope(), "a").await;
    let error = unit.succeed(json!("x".repeat(64 * 1024))).await.unwrap_err();
    assert!(error.to_string().contains("store what is large elsewhere"), "{error}");
}

#[tokio::test]
async fn a_missing_table_is_reported() {
    let world = World::new().await;
    let tracker = Tracker::new(world.client.clone(), "no_such_table");
    let error = tracker.scope("job 1").unwrap().begin("a").await.unwrap_err();
    assert!(matches!(error, TrackerError::DynamoDb { .. }), "{error}");
    assert!(Failure::from(error).message().contains("write a unit: "));
}
