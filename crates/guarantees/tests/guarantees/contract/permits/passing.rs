//! Between two ticks.

use guarantees::world::id;

use super::{begun, begun_counts, counts, create, held, share, tick, two};

#[tokio::test]
async fn who_gets_work_while_there_is_room_starts_at_once() {
    let world = two().await;
    world.orchestrate().await;
    create(&world, "a", 2).await;
    let labourer = world.manager.config().labourers[&id("a")].clone();
    world.manager.attempts().fill_slots(&labourer, || true).await;
    assert_eq!(begun_counts(&world).await, counts([("a", 2)]));
}

#[tokio::test]
async fn what_an_attempt_frees_goes_to_who_waits_without_a_tick() {
    let world = two().await;
    create(&world, "a", 6).await;
    world.orchestrate().await;
    let events = begun(&world).await.remove("a").unwrap();
    create(&world, "b", 10).await;
    let labourer = world.manager.config().labourers[&id("b")].clone();
    world.manager.attempts().fill_slots(&labourer, || true).await;
    assert_eq!(begun_counts(&world).await, counts([]), "all permits are in use");
    for event in events {
        world.succeed(&event).await;
        assert!(held(&world, "db").await <= 6);
        assert_eq!(begun_counts(&world).await, counts([("b", 1)]));
    }
    assert_eq!(share(&world, "b").await, Some(6));
}

#[tokio::test]
async fn who_has_more_than_is_fair_does_not_hand_its_slots_over() {
    let world = two().await;
    create(&world, "a", 20).await;
    world.orchestrate().await;
    let events = begun(&world).await.remove("a").unwrap();
    create(&world, "b", 20).await;
    tick(&world).await;
    assert_eq!(share(&world, "a").await, Some(3));
    for event in &events[..3] {
        assert_eq!(world.succeed(event).await.handed_over_to, None);
    }
    assert_eq!(begun_counts(&world).await, counts([("b", 3)]));
    // From here on both keep what they have.
    assert!(world.succeed(&events[3]).await.handed_over_to.is_some());
    assert_eq!(held(&world, "db").await, 6);
}

#[tokio::test]
async fn what_a_queue_that_ran_dry_leaves_is_passed_on_while_others_wait() {
    let world = two().await;
    create(&world, "a", 3).await;
    create(&world, "b", 30).await;
    world.orchestrate().await;
    let mut begun = begun(&world).await;
    assert_eq!((begun["a"].len(), begun["b"].len()), (3, 3));
    for event in begun.remove("a").unwrap() {
        world.succeed(&event).await;
    }
    assert_eq!(begun_counts(&world).await, counts([("b", 3)]));
    assert_eq!((share(&world, "a").await, share(&world, "b").await), (Some(0), Some(6)));
}

#[tokio::test]
async fn one_process_at_a_time_passes_permits_on_and_one_that_crashed_holds_nobody_up_for_long() {
    let world = two().await;
    create(&world, "a", 6).await;
    world.orchestrate().await;
    let events = begun(&world).await.remove("a").unwrap();
    create(&world, "b", 10).await;
    tick(&world).await;
    let labourers = world.manager.store().labourers();
    let until = world.now() + std::time::Duration::from_millis(500);
    assert!(labourers.begin_to_pass(world.now(), until).await.unwrap());
    assert!(!labourers.begin_to_pass(world.now(), until).await.unwrap(), "somebody is at it");
    world.succeed(&events[0]).await;
    assert_eq!(begun_counts(&world).await, counts([]), "whoever is at it passes it on");
    world.pass(0.6);
    world.succeed(&events[1]).await;
    assert_eq!(begun_counts(&world).await, counts([("b", 2)]));
}

#[tokio::test]
async fn nobody_is_asked_twice_for_a_labourer_that_is_known_to_wait() {
    let world = two().await;
    create(&world, "a", 20).await;
    create(&world, "b", 20).await;
    world.orchestrate().await;
    begun(&world).await;
    world.wire.calls();
    world.manager.resources().pass_on_to(&id("b")).await;
    let calls = world.wire.calls();
    assert_eq!(calls.len(), 1, "the ledger says so: {calls:?}");
}
