//! Reports: every outcome from every place where a task can be, once however often it is reported.

use guarantees::{
    items::In,
    world::{World, as_sosw, failure, labourer, report, success, task_id, with},
};
use serde_json::{Value, json};
use task_manager::{
    labourer::Labourer,
    manager::attempts::receive::Effect,
    task::{Status, Task},
};

/// A world whose one task is parked after a failure, and the event of that attempt.
async fn parked() -> (World, Value) {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    world.fail(&event).await;
    (world, event)
}

/// A world whose one task is back in the queue, and the event of the attempt that failed.
async fn requeued() -> (World, Value) {
    let (world, event) = parked().await;
    world.pass(3600.0);
    world.requeue().await;
    (world, event)
}

/// A world whose one task is in its second attempt, and the events of both.
async fn restarted() -> (World, Value, Value) {
    let (world, older) = requeued().await;
    let newer = world.next_event().await;
    (world, older, newer)
}

async fn task(world: &World, event: &Value) -> Task {
    world.find(&task_id(event)).await
}

async fn assert_succeeded(world: &World, event: &Value) {
    assert_eq!(task(world, event).await.closed.unwrap().status, Status::Succeeded);
    assert_eq!(world.places(&task_id(event)).await, [In::Closed]);
    world.assert_all_succeeded("worker", 1).await;
}

#[tokio::test]
async fn a_success_reported_twice_is_accepted_twice_and_done_once() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    for outcome in [Effect::Succeeded, Effect::AlreadyDone, Effect::AlreadyDone] {
        assert_eq!(world.succeed(&event).await.outcome, outcome);
        assert_succeeded(&world, &event).await;
    }
    assert_eq!(world.fail(&event).await.outcome, Effect::AlreadyDone);
    assert_succeeded(&world, &event).await;
}

#[tokio::test]
async fn the_same_report_many_times_at_once_is_done_once() {
    let world = World::of_slots(3).await;
    world.create_numbered(3).await;
    world.orchestrate().await;
    for event in world.events().await {
        let receipts = futures::future::join_all((0..10).map(|_| world.succeed(&event))).await;
        let done = |r: &&_| matches!(r, Effect::Succeeded);
        assert_eq!(receipts.iter().map(|r| r.outcome).filter(|r| done(&r)).count(), 1);
    }
    world.assert_all_succeeded("worker", 3).await;
}

#[tokio::test]
async fn a_success_is_accepted_from_the_retry_table() {
    let (world, event) = parked().await;
    assert_eq!(world.succeed(&event).await.outcome, Effect::Succeeded);
    assert_succeeded(&world, &event).await;
}

#[tokio::test]
async fn a_success_is_accepted_from_the_queue_and_the_task_does_not_run_again() {
    let (world, event) = requeued().await;
    assert_eq!(world.succeed(&event).await.outcome, Effect::Succeeded);
    world.orchestrate().await;
    assert!(world.events().await.is_empty());
    assert_succeeded(&world, &event).await;
}

#[tokio::test]
async fn a_success_after_the_lease_is_accepted() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    world.pass(3600.0);
    assert_eq!(world.succeed(&event).await.outcome, Effect::Succeeded);
    assert_succeeded(&world, &event).await;
}

#[tokio::test]
async fn a_success_of_an_older_attempt_is_kept_and_closes_the_task_when_the_newer_one_ends() {
    let ends: [fn(&Value) -> Option<Value>; 3] =
        [|newer| Some(success(newer)), |newer| Some(failure(newer)), |_| None];
    for end in ends {
        let (world, older, newer) = restarted().await;
        let report = with(success(&older), json!({ "result": { "answer": 42 } }));
        assert_eq!(world.report(report.clone()).await.outcome, Effect::Accepted);
        assert_eq!(world.report(report).await.outcome, Effect::AlreadyDone);
        assert_eq!(world.slots_in_use("worker").await, 1, "the newer attempt is at work");
        match end(&newer) {
            Some(report) => assert_eq!(world.report(report).await.outcome, Effect::Succeeded),
            None => {
                world.pass(61.0);
                world.scavenge().await;
            }
        }
        assert_succeeded(&world, &newer).await;
        let closed = world.json(In::Closed, &task_id(&newer)).await;
        assert_eq!(closed["result_answer"], 42);
    }
}

#[tokio::test]
async fn a_failure_counts_only_for_the_attempt_that_reports_it() {
    let (world, older, newer) = restarted().await;
    assert_eq!(world.fail(&older).await.outcome, Effect::Stale);
    assert_eq!(world.slots_in_use("worker").await, 1);
    assert_eq!(world.fail(&newer).await.outcome, Effect::Parked);
    assert_eq!(world.fail(&older).await.outcome, Effect::Stale);
    assert_eq!(world.fail(&newer).await.outcome, Effect::AlreadyDone);
    let task = task(&world, &newer).await;
    assert_eq!((task.attempts, task.errors.len()), (2, 2));
}

#[tokio::test]
async fn a_failure_of_a_requeued_task_is_stale() {
    let (world, event) = requeued().await;
    assert_eq!(world.fail(&event).await.outcome, Effect::Stale);
    assert_eq!(world.report(as_sosw(failure(&event))).await.outcome, Effect::Stale);
    assert_eq!(world.counts("worker").await.queued, 1);
}

#[tokio::test]
async fn a_report_with_a_wrong_claim_does_not_end_the_live_attempt() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    let forged = json!({ "claim": "00000000000000000000000000000000" });
    let failed = with(failure(&event), forged.clone());
    assert_eq!(world.report(failed).await.outcome, Effect::Stale);
    let succeeded = with(success(&event), forged);
    assert_eq!(world.report(succeeded).await.outcome, Effect::Accepted);
    assert_eq!(world.slots_in_use("worker").await, 1);
}

#[tokio::test]
async fn attempts_end_with_the_last_one_and_the_task_is_closed_as_exhausted() {
    let world = World::of_slots(1).await;
    world.create_numbered(1).await;
    for (attempt, outcome) in [(1, Effect::Parked), (2, Effect::Parked), (3, Effect::Exhausted)] {
        let event = world.next_event().await;
        assert_eq!(event["sosw"]["attempt"], attempt);
        for expected in [outcome, Effect::AlreadyDone] {
            assert_eq!(world.fail(&event).await.outcome, expected);
        }
        world.pass(3600.0);
        world.scavenge().await;
    }
    let counts = world.counts("worker").await;
    assert_eq!((counts.exhausted, counts.open()), (1, 0));
    assert_eq!(world.slots_in_use("worker").await, 0);
}

#[tokio::test]
async fn an_exhausted_task_stays_so_when_its_success_comes_late() {
    let once = Labourer { max_attempts: 1, ..labourer("worker") };
    let world = World::of([once]).await;
    let event = world.started().await;
    assert_eq!(world.fail(&event).await.outcome, Effect::Exhausted);
    assert_eq!(world.succeed(&event).await.outcome, Effect::AlreadyDone);
    assert_eq!(task(&world, &event).await.closed.unwrap().status, Status::Exhausted);
}

#[tokio::test]
async fn a_labourer_says_when_it_wants_to_be_tried_again() {
    for (wish, attempts) in [("retry_after", 1), ("snooze", 0)] {
        let world = World::of_slots(1).await;
        let event = world.started().await;
        let report = with(report("mark_task_as_failed", &event), json!({ wish: 1000 }));
        assert_eq!(world.report(report.clone()).await.outcome, Effect::Parked);
        assert_eq!(world.report(report).await.outcome, Effect::AlreadyDone);
        assert_eq!(task(&world, &event).await.attempts, attempts, "{wish}");
        world.pass(999.0);
        world.scavenge().await;
        assert_eq!(world.counts("worker").await.parked, 1, "{wish}: not before its time");
        world.pass(1.0);
        assert_eq!(world.scavenge().await["labourers"]["worker"]["requeued"], 1, "{wish}");
        assert_eq!(world.next_event().await["attempts"], attempts);
    }
}

#[tokio::test]
async fn a_task_may_snooze_any_number_of_times_and_does_not_grow() {
    let world = World::of_slots(1).await;
    world.create_numbered(1).await;
    for _ in 0..40 {
        let event = world.next_event().await;
        world.report(with(report("mark_task_as_failed", &event), json!({ "snooze": 1 }))).await;
        world.pass(1.0);
        world.scavenge().await;
    }
    let event = world.next_event().await;
    let task = task(&world, &event).await;
    assert_eq!(task.attempts, 1);
    assert!(task.past_claims.len() <= Task::PAST_CLAIMS && task.history.len() <= Task::HISTORY + 1);
}

#[tokio::test]
async fn a_report_for_an_unknown_task_creates_nothing_and_says_so() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    world.wire.calls();
    for report in [success(&event), failure(&event)] {
        let report = with(report, json!({ "task_id": "0123456789abcdef0123456789abcdef" }));
        assert_eq!(world.report(report.clone()).await.outcome, Effect::Unknown);
        assert_eq!(world.report(as_sosw(report)).await.outcome, Effect::Unknown);
    }
    assert!(!world.wire.calls().iter().any(|call| call.is_write()));
}

#[tokio::test]
async fn a_labourer_that_requires_claims_ends_only_by_a_report_that_has_one() {
    let strict = Labourer { require_claim: true, ..labourer("worker") };
    let world = World::of([strict]).await;
    let older = world.started().await;
    for report in [success(&older), failure(&older)] {
        let forged = with(report.clone(), json!({ "claim": "not-this-one" }));
        for refused in [as_sosw(report), forged] {
            assert_eq!(world.report(refused).await.outcome, Effect::ClaimRequired);
        }
    }
    world.pass(61.0);
    world.scavenge().await;
    world.pass(3600.0);
    world.scavenge().await;
    let newer = world.next_event().await;
    assert_eq!(world.succeed(&older).await.outcome, Effect::Accepted, "a past claim proves, too");
    assert_eq!(world.succeed(&newer).await.outcome, Effect::Succeeded);
}

#[tokio::test]
async fn sosws_labourers_report_with_nothing_but_the_task() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    assert_eq!(world.report(as_sosw(failure(&event))).await.outcome, Effect::Parked);
    assert_eq!(world.report(as_sosw(failure(&event))).await.outcome, Effect::AlreadyDone);
    let stats = json!({ "stats": "{\"time\": 1.5}", "result": { "rows": 7 } });
    let report = with(as_sosw(success(&event)), stats);
    assert_eq!(world.report(report).await.outcome, Effect::Succeeded);
    let closed = world.json(In::Closed, &task_id(&event)).await;
    assert_eq!((&closed["stat_time"], &closed["result_rows"]), (&json!(1.5), &json!(7)));
}

#[tokio::test]
async fn a_success_without_a_claim_leaves_a_task_that_was_never_started_and_says_so() {
    let world = World::of_slots(1).await;
    let waiting = world.create_numbered(2).await.remove(1);
    world.orchestrate().await;
    let report = as_sosw(success(&json!({ "task_id": waiting.id.as_str() })));
    world.wire.calls();
    assert_eq!(world.report(report.clone()).await.outcome, Effect::NeverClaimed);
    assert!(!world.wire.calls().iter().any(|call| call.is_write()));
    // It runs in its turn, and then the same report counts.
    let first = world.events().await.remove(0);
    world.succeed(&first).await;
    assert_eq!(world.report(report).await.outcome, Effect::Succeeded);
    world.assert_all_succeeded("worker", 2).await;
}

#[tokio::test]
async fn a_success_without_a_claim_closes_a_task_whose_only_attempt_was_snoozed() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    world.report(with(report("mark_task_as_failed", &event), json!({ "snooze": 1 }))).await;
    world.pass(1.0);
    world.requeue().await;
    assert_eq!(task(&world, &event).await.attempts, 0);
    assert_eq!(world.report(as_sosw(success(&event))).await.outcome, Effect::Succeeded);
    assert_succeeded(&world, &event).await;
}

#[tokio::test]
async fn a_report_that_meets_its_task_on_the_move_finds_it() {
    let (world, event) = parked().await;
    world.pass(3600.0);
    let gate = world.wire.hold(|call| call.operation == "TransactWriteItems");
    let tick = async {
        gate.reached().await;
        world.requeue().await;
        gate.open();
    };
    let (receipt, ()) = tokio::join!(world.succeed(&event), tick);
    assert_eq!(receipt.outcome, Effect::Succeeded);
    assert_succeeded(&world, &event).await;
}

#[tokio::test]
async fn a_failure_that_meets_the_success_of_an_older_attempt_does_not_undo_it() {
    let (world, older, newer) = restarted().await;
    let gate = world.wire.hold(|call| call.operation == "TransactWriteItems");
    let accepted = async {
        gate.reached().await;
        assert_eq!(world.succeed(&older).await.outcome, Effect::Accepted);
        gate.open();
    };
    let (receipt, ()) = tokio::join!(world.fail(&newer), accepted);
    assert_eq!(receipt.outcome, Effect::Succeeded);
    assert_succeeded(&world, &newer).await;
}
