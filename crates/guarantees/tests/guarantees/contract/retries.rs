//! Retries start when they fall due, if a slot is free: not at some later tick.

use futures::future::join_all;
use guarantees::{
    wire::{Call, WireFault},
    world::{World, failure, id, labourer, scavenge, task_id, with},
};
use serde_json::{Value, json};
use task_manager::{
    ecology::{Breaker, HealthPolicy},
    labourer::Labourer,
};

/// A world with `slots` slots, whose tasks have failed and ask to be tried again after so many seconds.
async fn failed(slots: u32, after: &[u32]) -> World {
    let world = World::of_slots(slots).await;
    fail_all(&world, after).await;
    world
}

async fn fail_all(world: &World, after: &[u32]) {
    world.create_numbered(after.len()).await;
    world.orchestrate().await;
    let mut after = after.iter();
    loop {
        // Some got the slots of those before them.
        let events = world.events().await;
        if events.is_empty() {
            break;
        }
        for (event, seconds) in events.iter().zip(&mut after) {
            world.report(with(failure(event), json!({ "retry_after": seconds }))).await;
        }
    }
}

fn of_worker(ticked: &Value) -> [u64; 2] {
    ["requeued", "started"].map(|what| ticked["labourers"]["worker"][what].as_u64().unwrap())
}

#[tokio::test]
async fn a_retry_that_is_due_starts_at_the_tick_that_requeues_it() {
    let world = failed(4, &[30; 14]).await;
    world.pass(60.0);
    assert_eq!(of_worker(&world.scavenge().await), [14, 4]);
    assert_eq!(world.events().await.len(), 4);
    let counts = world.counts("worker").await;
    assert_eq!((counts.running, counts.queued, counts.parked), (4, 10, 0));
    assert_eq!(world.slots_in_use("worker").await, 4);
}

#[tokio::test]
async fn what_falls_due_before_the_next_tick_starts_when_it_falls_due() {
    let world = failed(3, &[20, 50, 70]).await;
    let start = world.now();
    let (ticked, sleeps) = world.scavenge_and_wait().await;
    assert_eq!(of_worker(&ticked), [2, 2]);
    assert_eq!(sleeps, [20.0, 30.0], "no later, and not in between");
    assert_eq!(world.now().since(start).as_secs(), 50, "what is due later is for the next tick");
    let events = world.events().await;
    let begun: Vec<_> = join_all(events.iter().map(|event| async {
        let task = world.find(&task_id(event)).await;
        let scale = world.manager.config().scale;
        (task.greenfield.0 - scale.delta - start.seconds()).round()
    }))
    .await;
    assert_eq!(begun, [20.0, 50.0]);
}

#[tokio::test]
async fn tasks_that_fall_due_one_after_the_other_cost_one_look_a_second() {
    let world = World::of_slots(40).await;
    world.create_numbered(40).await;
    world.orchestrate().await;
    let events = world.events().await;
    for event in &events {
        world.report(with(failure(event), json!({ "retry_after": 10 }))).await;
        world.pass(0.1);
    }
    let (ticked, sleeps) = world.scavenge_and_wait().await;
    assert_eq!(of_worker(&ticked), [40, 40]);
    assert!(sleeps.len() <= 6, "{sleeps:?}");
}

#[tokio::test]
async fn a_tick_with_nothing_due_in_time_waits_for_nothing_and_reads_no_more() {
    let world = failed(2, &[600, 900]).await;
    world.scavenge().await;
    world.wire.calls();
    world.scavenge().await;
    let calls = world.wire.calls().len();
    let (ticked, sleeps) = world.scavenge_and_wait().await;
    assert_eq!((of_worker(&ticked), sleeps), ([0, 0], Vec::new()));
    assert_eq!(world.wire.calls().len(), calls);
}

#[tokio::test]
async fn a_labourer_that_is_paused_or_stopped_starts_no_retry() {
    let mut world = failed(2, &[30, 90]).await;
    world.pause(true).await;
    world.pass(60.0);
    assert_eq!(of_worker(&world.scavenge_and_wait().await.0), [2, 0]);
    world.configure(|config| {
        let stopped = Labourer { stopped: Some("a mistake".to_owned()), ..labourer("worker") };
        config.labourers.insert(id("worker"), stopped);
    });
    world.pause(false).await;
    world.pass(60.0);
    assert_eq!(of_worker(&world.scavenge_and_wait().await.0), [0, 0]);
    assert!(world.events().await.is_empty());
}

#[tokio::test]
async fn a_limit_that_depends_on_health_must_be_fresh_and_probes_are_for_the_orchestrator() {
    let health = HealthPolicy { breaker: Some(Breaker::default()), ..HealthPolicy::default() };
    let eight = Labourer { max_simultaneous_invocations: 8, health, ..labourer("worker") };
    let world = World::of([eight]).await;
    fail_all(&world, &[30; 8]).await;
    world.pass(200.0);
    assert_eq!(of_worker(&world.scavenge().await), [8, 0], "nobody knows the health");
    // The failures are judged, and one probe is started; its failure does not start the next one.
    world.orchestrate().await;
    let probe = world.events().await;
    assert_eq!(probe.len(), 1);
    world.report(with(failure(&probe[0]), json!({ "retry_after": 10 }))).await;
    assert_eq!(of_worker(&world.scavenge_and_wait().await.0), [1, 0]);
}

#[tokio::test]
async fn two_ticks_that_overlap_start_each_retry_once() {
    let world = failed(20, &[30; 20]).await;
    world.pass(60.0);
    let ticks = join_all([scavenge(&world.manager), scavenge(&world.manager)]).await;
    let [requeued, started] = [0, 1].map(|what| ticks.iter().map(|t| of_worker(t)[what]).sum());
    assert_eq!((requeued, world.events().await.len() as u64), (20, started));
    assert_eq!(u64::from(world.slots_in_use("worker").await), started);
    world.orchestrate().await;
    assert_eq!(world.slots_in_use("worker").await, 20);
}

#[tokio::test]
async fn a_retry_that_the_index_does_not_show_yet_starts_when_it_does() {
    let world = failed(1, &[10]).await;
    world.orchestrate().await;
    world.pass(10.0);
    let is_queue = |call: &Call| call.operation == "Query" && call.names("sosw_tasks_greenfield");
    // The three of a tick before it requeues, and the one that looks for what to start.
    world.wire.cut(4, WireFault::Stale, is_queue);
    let (ticked, sleeps) = world.scavenge_and_wait().await;
    assert_eq!((of_worker(&ticked), sleeps.len()), ([1, 1], 1));
    assert!(sleeps[0] < 1.0, "{sleeps:?}");
}
