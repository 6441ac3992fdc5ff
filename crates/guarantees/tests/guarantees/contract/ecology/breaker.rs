//! The health of a labourer from within: its own failures and throttles.

use guarantees::{
    items::{In, queued_by_sosw},
    wire::WireFault,
    world::{World, failure, report, success, with},
};
use serde_json::{Value, json};
use task_manager::ecology::{Counted, Memory, Outcomes};

use super::{Surrounded, limits, memory, worker};

/// A world of one labourer with this setting, and a long queue.
async fn world(settings: Value) -> Surrounded {
    let retries =
        json!({ "max_attempts": 100, "after_failure": { "growth": "linear", "base": 1 } });
    let nature = Surrounded::of(worker(with(retries, settings))).await;
    nature.world.create_numbered(400).await;
    nature
}

/// A minute: a tick of the orchestrator, then attempts that end three times as fast as a minute,
/// then a tick of the scavenger, which requeues what is due. Answers how many attempts ended.
async fn minute(nature: &Surrounded, how: fn(&Value) -> Value) -> usize {
    nature.tick().await;
    let mut ended = 0;
    for _ in 0..3 {
        nature.world.pass(19.0);
        for event in nature.world.events().await {
            nature.world.report(how(&event)).await;
            ended += 1;
        }
    }
    nature.world.pass(3.0);
    nature.world.scavenge().await;
    ended
}

fn deferral(event: &Value) -> Value {
    with(report("mark_task_as_failed", event), json!({ "retry_after": 30 }))
}

#[tokio::test]
async fn a_labourer_that_fails_is_left_with_probes_and_recovers_by_itself() {
    let nature = world(json!({ "breaker": {} })).await;
    assert_eq!(minute(&nature, success).await, 24);
    assert_eq!(minute(&nature, failure).await, 24);
    // Those that were at work when it tripped fail, too; from then on it is a probe a minute.
    assert_eq!(minute(&nature, failure).await, 8);
    for _ in 0..5 {
        assert_eq!(minute(&nature, failure).await, 1);
    }
    let reason = memory(&nature.world).await.reason;
    assert_eq!(reason, "4 High: no health metrics; its attempts fail, 1 of 8 slots");

    let recovery = [1, 2, 4, 8, 8].map(|slots| slots * 3);
    for attempts in recovery {
        assert_eq!(minute(&nature, success).await, attempts);
    }
    let memory = memory(&nature.world).await;
    assert_eq!(limits(&memory.changes), [8, 1, 2, 4, 8]);
    assert_eq!(memory.reason, "4 High: no health metrics");
}

#[tokio::test]
async fn a_few_failures_among_successes_do_not_trip_the_breaker() {
    let nature = world(json!({ "breaker": {} })).await;
    let mixed = |event: &Value| match (event["n"].as_u64().unwrap() % 3, &event["attempts"]) {
        (0, attempts) if *attempts == 0 => failure(event),
        _ => success(event),
    };
    for _ in 0..5 {
        assert_eq!(minute(&nature, mixed).await, 24);
    }
}

#[tokio::test]
async fn silence_past_the_lease_is_failure() {
    let nature = world(json!({ "breaker": {}, "cooldown": 90 })).await;
    nature.tick().await;
    nature.world.pass(151.0);
    nature.world.scavenge().await;
    nature.tick().await;
    assert_eq!(nature.world.slots_in_use("worker").await, 1);
}

#[tokio::test]
async fn to_come_back_later_without_spending_an_attempt_is_no_failure() {
    let nature = world(json!({ "breaker": {}, "adaptive": {} })).await;
    let snooze =
        |event: &Value| with(report("mark_task_as_failed", event), json!({ "snooze": 6000 }));
    for _ in 0..3 {
        assert_eq!(minute(&nature, snooze).await, 24);
    }
}

#[tokio::test]
async fn an_adaptive_limit_halves_when_the_labourer_asks_for_time_and_grows_while_all_goes_well() {
    let nature = world(json!({ "adaptive": {} })).await;
    minute(&nature, success).await;
    minute(&nature, deferral).await;
    for _ in 0..6 {
        minute(&nature, success).await;
    }
    assert_eq!(limits(&memory(&nature.world).await.changes), [8, 4, 5, 6, 7, 8]);
}

#[tokio::test]
async fn an_adaptive_limit_halves_when_lambda_throttles() {
    let nature = world(json!({ "adaptive": { "min": 2 } })).await;
    let busy = WireFault::Refused(429, json!({ "__type": "TooManyRequestsException" }));
    nature.world.wire.cut(usize::MAX, busy, |call| call.names("worker/invocations"));
    for _ in 0..4 {
        assert_eq!(minute(&nature, success).await, 0);
    }
    nature.world.wire.restore();
    assert_eq!(limits(&memory(&nature.world).await.changes), [8, 4, 2]);
    assert_eq!(
        memory(&nature.world).await.reason,
        "4 High: no health metrics; adapted to 2 of 8 slots"
    );
    assert_eq!(minute(&nature, success).await, 6);
}

#[tokio::test]
async fn each_outcome_counts_once_however_many_ticks_there_are() {
    let nature = world(json!({ "breaker": { "minimum": 9 } })).await;
    nature.tick().await;
    for event in nature.world.events().await {
        // Not handed over, so that these are all.
        let mut report = failure(&event);
        report["retry_after"] = json!(6000);
        nature.world.report(report).await;
    }
    nature.world.events().await;
    for _ in 0..5 {
        nature.tick().await;
        nature.world.pass(10.0);
    }
    assert_eq!(nature.world.slots_in_use("worker").await, 8, "eight failures are judged once");
}

/// What a tick would judge, and how far it has counted then.
async fn judge(world: &World, before: Option<Counted>) -> (Outcomes, Option<Counted>) {
    let labourers = world.manager.labourers();
    let worker = labourers.named("worker").unwrap();
    let row = labourers.register(worker).await.unwrap();
    let memory = before.map(|counted| {
        let memory =
            json!({ "health": 4, "limit": 8, "reason": "", "since": 0, "counted": counted });
        serde_json::from_value::<Memory>(memory).unwrap()
    });
    labourers.outcomes(worker, &row, memory.as_ref()).await.unwrap()
}

/// A success that was closed `ago` seconds ago, and that the index shows from now on.
async fn appears(world: &World, id: &str, ago: f64) {
    let closed = json!({
        "closed_at": world.now().seconds() - ago, "labourer_id_task_status": "worker_1",
    });
    world.put(In::Closed, with(queued_by_sosw(id, json!(0)), closed)).await;
}

#[tokio::test]
async fn a_success_counts_once_and_at_the_latest_seconds_after_the_index_shows_it() {
    let nature = Surrounded::of(worker(json!({ "breaker": {} }))).await;
    let world = &nature.world;
    let (_, mut counted) = judge(world, None).await;
    world.pass(60.0);
    appears(world, "long-ago", 30.0).await;
    appears(world, "just-now", 0.5).await;
    // At this tick; then two that the index did not show at it.
    let mut seen = Vec::new();
    for (late, ago) in [(None, 0.0), (Some("late"), 1.0), (Some("later"), 4.5), (None, 0.0)] {
        if let Some(id) = late {
            world.pass(0.4);
            appears(world, id, ago).await;
        }
        world.pass(0.1);
        let (outcomes, further) = judge(world, counted).await;
        seen.push(outcomes.succeeded);
        counted = further;
    }
    assert_eq!(seen, [2, 1, 1, 0]);
    for _ in 0..3 {
        world.pass(60.0);
        let (outcomes, further) = judge(world, counted).await;
        assert_eq!(outcomes.attempts(), 0, "none is counted again");
        counted = further;
    }
}

#[tokio::test]
async fn failures_of_the_last_seconds_are_judged_together_with_their_successes() {
    let nature = world(json!({ "breaker": {} })).await;
    nature.tick().await;
    nature.world.pass(57.0);
    // One of four fails, all of them within the lag of the index.
    for round in 0..3 {
        for (n, event) in nature.world.events().await.iter().enumerate() {
            match (round + n) % 4 {
                0 => nature.world.fail(event).await,
                _ => nature.world.succeed(event).await,
            };
        }
    }
    nature.world.pass(3.0);
    nature.tick().await;
    let memory = memory(&nature.world).await;
    assert_eq!((memory.limit, memory.breaker.limit()), (8, None), "{}", memory.reason);
}
