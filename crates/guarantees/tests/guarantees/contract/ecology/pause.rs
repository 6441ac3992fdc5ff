//! A paused labourer starts nothing, until its time has come or somebody resumes it.

use std::time::Duration;

use guarantees::world::{World, id, labourer};
use operator::pause::{pause, resume};
use serde_json::Value;
use task_manager::{
    labourer::Labourer,
    manager::attempts::{receive::Effect, start::Limit},
};

const HOUR: Duration = Duration::from_secs(3600);

fn worker(world: &World) -> &Labourer {
    world.manager.labourers().get(&id("worker")).unwrap()
}

/// Whom each of the live attempts gives its slot to when it succeeds.
async fn all_succeed(world: &World) -> Vec<bool> {
    let mut handed_over = Vec::new();
    for event in world.events().await {
        let receipt = world.succeed(&event).await;
        assert_eq!(receipt.outcome, Effect::Succeeded);
        handed_over.push(receipt.handed_over_to.is_some());
    }
    handed_over
}

/// A tick of the orchestrator: what it did for `worker`.
async fn tick(world: &World) -> Value {
    world.orchestrate().await["labourers"]["worker"].clone()
}

#[tokio::test]
async fn attempts_at_work_end_and_give_back_their_slots_but_none_is_started() {
    let world = World::of_slots(2).await;
    world.create_numbered(5).await;
    assert_eq!(tick(&world).await["invoked"], 2);
    let paused = pause(&world.manager, worker(&world), Some(world.now() + HOUR), Some("upgrade"));
    let paused = paused.await.unwrap();
    assert_eq!((paused.until, paused.running), (Some(world.now() + HOUR), 2));
    assert_eq!(all_succeed(&world).await, [false, false]);
    assert_eq!(world.slots_in_use("worker").await, 0);

    let tally = tick(&world).await;
    assert_eq!(tally["invoked"], 0);
    assert_eq!(tally["paused"], format!("paused until {}: upgrade", (world.now() + HOUR).utc()));
    assert_eq!(tally["slot_limit"], 2, "its health has nothing to do with it");
}

#[tokio::test]
async fn a_pause_ends_by_itself_when_its_time_has_come() {
    let world = World::of_slots(2).await;
    world.create_numbered(5).await;
    pause(&world.manager, worker(&world), Some(world.now() + HOUR), None).await.unwrap();
    world.pass(3599.0);
    assert_eq!(tick(&world).await["invoked"], 0);
    world.pass(1.0);
    let tally = tick(&world).await;
    assert_eq!((&tally["invoked"], &tally["paused"]), (&2.into(), &Value::Null));
    assert_eq!(all_succeed(&world).await, [true, true]);
}

#[tokio::test]
async fn a_pause_without_an_end_lasts_until_somebody_resumes_the_labourer() {
    let world = World::of_slots(2).await;
    world.create_numbered(5).await;
    let paused = pause(&world.manager, worker(&world), None, Some("broken")).await.unwrap();
    assert_eq!(paused.until, None);
    world.pass(400.0 * 86_400.0);
    assert_eq!(tick(&world).await["paused"], "paused until it is resumed: broken");

    assert!(resume(&world.manager, worker(&world)).await.unwrap(), "it was paused");
    assert_eq!(tick(&world).await["invoked"], 2);
    assert!(!resume(&world.manager, worker(&world)).await.unwrap(), "it was not any more");
    let row = world.manager.store().labourers().row(&id("worker")).await.unwrap().unwrap();
    assert_eq!((row.paused_until, row.paused_reason), (None, None));
}

#[tokio::test]
async fn the_latest_pause_counts_with_its_end_and_its_reason() {
    let world = World::of_slots(1).await;
    let end = world.now() + HOUR;
    pause(&world.manager, worker(&world), None, Some("broken")).await.unwrap();
    pause(&world.manager, worker(&world), Some(end), None).await.unwrap();
    assert_eq!(tick(&world).await["paused"], format!("paused until {}", end.utc()));
}

#[tokio::test]
async fn an_orchestrator_that_read_before_the_pause_starts_nothing_either() {
    let world = World::of_slots(2).await;
    world.create_numbered(5).await;
    let unpaused = world.manager.labourers().register(worker(&world)).await.unwrap();
    pause(&world.manager, worker(&world), None, None).await.unwrap();
    let limit = Limit::Decided(2);
    let started = world.manager.attempts().start(worker(&world), unpaused, limit, || true).await;
    assert_eq!(started.unwrap().invoked, 0);
    assert!(world.events().await.is_empty());
}

#[tokio::test]
async fn a_paused_labourer_is_one_labourers_affair() {
    let world = World::of(["worker", "other"].map(labourer)).await;
    for name in ["worker", "other"] {
        world.create(name, [Value::Null]).await;
    }
    pause(&world.manager, worker(&world), None, None).await.unwrap();
    let tally = world.orchestrate().await["labourers"].clone();
    assert_eq!((&tally["worker"]["invoked"], &tally["other"]["invoked"]), (&0.into(), &1.into()));
}
