//! The orchestrator stays with those who wait, and starts evenly.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use guarantees::{
    wire::WireFault,
    world::{World, success},
};
use task_manager::{TaskManager, json::Json, labourer::Labourer, time::Timestamp};

use super::{config, create, is_of_rate, most_within, named, process, rate, user, world};

const WINDOW: Duration = Duration::from_secs(10);

/// A tick that stays for so many seconds, and how many of whose tasks began when. `each` runs after every sleep.
async fn tick(
    world: &World,
    manager: &TaskManager,
    seconds: u64,
    each: impl AsyncFn(),
) -> (serde_json::Value, Vec<(Timestamp, String)>) {
    let (began, unknown) = (manager.now(), orchestrator::HealthSource::unknown());
    let until = began + Duration::from_secs(seconds);
    let ticked = orchestrator::run(manager, &unknown, &Json::Null, until).await.unwrap();
    let begun = RefCell::new(Vec::new());
    let sleep = async |time: Duration| {
        keep(world, &begun).await;
        world.pass(time.as_secs_f64());
        each().await;
    };
    let ticked = orchestrator::stay::stay(manager, ticked, began, until, sleep).await;
    keep(world, &begun).await;
    (serde_json::to_value(ticked).unwrap(), begun.into_inner())
}

async fn keep(world: &World, begun: &RefCell<Vec<(Timestamp, String)>>) {
    for event in world.events().await {
        let labourer = event["labourer_id"].as_str().unwrap().to_owned();
        begun.borrow_mut().push((world.now(), labourer));
    }
}

fn tokens(begun: &[(Timestamp, String)]) -> Vec<(Timestamp, u32)> {
    begun.iter().map(|(at, _)| (*at, 1)).collect()
}

fn counts(begun: &[(Timestamp, String)]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    begun.iter().for_each(|(_, labourer)| *counts.entry(labourer.as_str()).or_default() += 1);
    counts
}

#[tokio::test]
async fn a_tick_starts_what_the_rate_allows_until_its_time_is_up() {
    let world = world(rate(90, 4)).await;
    create(&world, "worker", 230).await;
    let (ticked, begun) = tick(&world, &world.manager, 20, async || {}).await;
    assert!(most_within(&tokens(&begun), WINDOW) <= 90);
    assert!(begun.len() >= 2 * 81, "{}", begun.len());
    let tick = &ticked["labourers"]["worker"];
    assert_eq!((&tick["invoked"], &tick["running"]), (&begun.len().into(), &begun.len().into()));
    let first: Vec<_> =
        begun.iter().filter(|(at, _)| at.seconds() < world.now().seconds() - 19.0).collect();
    assert!(first.len() < 15, "evenly: {} in the first second", first.len());
}

#[tokio::test]
async fn a_tick_ends_when_nobody_waits_any_more_and_signs_nothing_if_nobody_does() {
    let world = world(rate(20, 4)).await;
    create(&world, "worker", 10).await;
    let began = world.now();
    let (_, begun) = tick(&world, &world.manager, 100, async || {}).await;
    assert_eq!(begun.len(), 10);
    assert!(world.now().since(began) < Duration::from_secs(7), "{}", world.now());
    world.pass(10.0);
    create(&world, "worker", 3).await;
    world.wire.calls();
    let (_, begun) = tick(&world, &world.manager, 100, async || {}).await;
    assert_eq!(begun.len(), 3);
    let writes = world.wire.calls().into_iter().filter(|call| call.is_write());
    assert_eq!(writes.filter(is_of_rate).count(), 2, "two batches, and no signature");
}

#[tokio::test]
async fn two_labourers_of_one_rate_take_turns() {
    let labourers = ["a", "b"].map(|name| user(name, &[("stripe", 1)]));
    let world = World::with(config([("stripe", rate(90, 4))], labourers)).await;
    create(&world, "a", 100).await;
    create(&world, "b", 100).await;
    let (_, begun) = tick(&world, &world.manager, 15, async || {}).await;
    let counts = counts(&begun);
    assert!(counts["a"].abs_diff(counts["b"]) <= 6, "{counts:?}");
    assert!(counts["a"] + counts["b"] >= 121, "{counts:?}");
    assert!(most_within(&tokens(&begun), WINDOW) <= 90);
}

#[tokio::test]
async fn one_that_needs_many_tokens_gets_its_turn_beside_one_that_needs_few() {
    let labourers =
        [("heavy", 3), ("light", 1)].map(|(name, takes)| user(name, &[("stripe", takes)]));
    let world = World::with(config([("stripe", rate(90, 4))], labourers)).await;
    create(&world, "heavy", 100).await;
    create(&world, "light", 100).await;
    let (_, begun) = tick(&world, &world.manager, 15, async || {}).await;
    let counts = counts(&begun);
    let (heavy, light) = (3 * counts["heavy"], counts["light"]);
    assert!(heavy + light >= 121, "{counts:?}");
    assert!(heavy >= light && light >= 40, "a batch each: {counts:?}");
}

#[tokio::test]
async fn a_tick_stays_until_a_newer_one_has_signed() {
    let world = world(rate(20, 4)).await;
    create(&world, "worker", 100).await;
    let (began, other) = (world.now(), process(&world, 0.0));
    let each = async || {
        if world.now().since(began) >= Duration::from_secs(30) {
            other.resources().sign_turn(&named("stripe"), world.now()).await.unwrap();
        }
    };
    tick(&world, &world.manager, 110, each).await;
    let stayed = world.now().since(began);
    assert!((30..33).contains(&stayed.as_secs()), "{stayed:?}");
    assert!(!other.resources().sign_turn(&named("stripe"), began).await.unwrap());
}

#[tokio::test]
async fn the_newer_tick_goes_on_where_the_older_one_stopped() {
    let world = world(rate(20, 4)).await;
    create(&world, "worker", 120).await;
    let (first, second) = (process(&world, 0.0), process(&world, 0.0));
    let (_, mut begun) = tick(&world, &first, 20, async || {}).await;
    let (_, more) = tick(&world, &second, 20, async || {}).await;
    begun.extend(more);
    assert!(most_within(&tokens(&begun), WINDOW) <= 20);
    assert!(begun.len() >= 4 * 15, "{}", begun.len());
    let older = world.now() - Duration::from_secs(60);
    let unknown = orchestrator::HealthSource::unknown();
    let ticked = orchestrator::run(&first, &unknown, &Json::Null, world.soon()).await.unwrap();
    let sleep = async |_| panic!("a newer tick looks after it");
    orchestrator::stay::stay(&first, ticked, older - Duration::from_secs(1), world.soon(), sleep)
        .await;
}

#[tokio::test]
async fn slots_that_are_freed_meanwhile_are_used_again() {
    let few = Labourer { max_simultaneous_invocations: 2, ..user("worker", &[("stripe", 1)]) };
    let world = World::with(config([("stripe", rate(90, 4))], [few])).await;
    create(&world, "worker", 20).await;
    let (began, unknown) = (world.now(), orchestrator::HealthSource::unknown());
    let ticked = orchestrator::run(&world.manager, &unknown, &Json::Null, world.soon()).await;
    // Each attempt ends while the tick waits for a slot.
    let sleep = async |time: Duration| {
        world.pass(time.as_secs_f64());
        for event in world.events().await {
            world.report(success(&event)).await;
        }
    };
    orchestrator::stay::stay(&world.manager, ticked.unwrap(), began, world.soon(), sleep).await;
    for event in world.events().await {
        world.succeed(&event).await;
    }
    world.assert_all_succeeded("worker", 20).await;
}

#[tokio::test]
async fn the_error_of_one_does_not_keep_the_others_from_their_turn() {
    let labourers = ["a", "b"].map(|name| user(name, &[("stripe", 1)]));
    let world = World::with(config([("stripe", rate(90, 4))], labourers)).await;
    create(&world, "a", 50).await;
    create(&world, "b", 160).await;
    let began = world.now();
    let each = async || {
        if world.now() == began {
            return;
        }
        let error = WireFault::error(400, "ValidationException");
        world.wire.cut(usize::MAX, error, |call| call.operation == "Query" && call.names("\"a\""));
    };
    let (ticked, begun) = tick(&world, &world.manager, 15, each).await;
    assert!(ticked["labourers"]["a"]["error"].is_string(), "{ticked}");
    assert!(counts(&begun)["b"] >= 110, "{:?}", counts(&begun));
}

/// The SDK tries three times for each of the first two.
#[tokio::test]
async fn a_tick_goes_on_after_lambda_has_throttled_an_invocation() {
    let world = world(rate(20, 4)).await;
    create(&world, "worker", 100).await;
    let throttled = serde_json::json!({ "__type": "TooManyRequestsException", "message": "many" });
    let error = WireFault::Refused(429, throttled);
    world.wire.cut(6, error, |call| call.names("worker/invocations"));
    let (ticked, begun) = tick(&world, &world.manager, 20, async || {}).await;
    assert_eq!(ticked["labourers"]["worker"]["throttled"], 2, "{ticked}");
    assert!(begun.len() >= 20, "{}", begun.len());
}

#[tokio::test]
async fn a_tick_of_one_labourer_does_not_stay() {
    let labourers = ["a", "b"].map(|name| user(name, &[("stripe", 1)]));
    let world = World::with(config([("stripe", rate(90, 4))], labourers)).await;
    create(&world, "a", 50).await;
    let event = Json::from(serde_json::json!({ "labourer_id": "a" }));
    let (began, unknown) = (world.now(), orchestrator::HealthSource::unknown());
    let ticked = orchestrator::run(&world.manager, &unknown, &event, world.soon()).await.unwrap();
    let sleep = async |_| panic!("the tick of all looks after it");
    orchestrator::stay::stay(&world.manager, ticked, began, world.soon(), sleep).await;
}
