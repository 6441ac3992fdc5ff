//! Limits and pauses that are set while everything runs, and configs that follow them.

use std::time::Duration;

use task_manager::resource::ledger::Pause;

use super::{begun, begun_counts, counts, create, held, ledger, named, tick, two};

#[tokio::test]
async fn permits_that_are_lowered_are_reached_as_attempts_end() {
    let world = two().await;
    create(&world, "a", 20).await;
    create(&world, "b", 20).await;
    world.orchestrate().await;
    let begun = begun(&world).await;
    let (db, why) = (named("db"), Some("the database swaps"));
    let set = world.manager.resources().set_permits(&db, 2, why).await.unwrap();
    assert_eq!((set.permits(), set.configured, set.in_force), (2, 6, 2));
    let in_turns = begun["a"].iter().zip(&begun["b"]).flat_map(|(one, other)| [one, other]);
    for (ended, event) in in_turns.enumerate() {
        assert_eq!(held(&world, "db").await, (6 - ended as u32).max(2));
        world.succeed(event).await;
    }
    assert_eq!(held(&world, "db").await, 2);
    let started = begun_counts(&world).await;
    assert_eq!(started.values().sum::<usize>(), 2, "{started:?}");
}

#[tokio::test]
async fn permits_that_are_raised_are_used_at_the_next_tick() {
    let world = two().await;
    create(&world, "a", 20).await;
    world.orchestrate().await;
    begun(&world).await;
    world.manager.resources().set_permits(&named("db"), 8, None).await.unwrap();
    tick(&world).await;
    assert_eq!(begun_counts(&world).await, counts([("a", 2)]));
}

#[tokio::test]
async fn a_config_that_is_pushed_ends_what_was_set_and_an_older_one_changes_nothing() {
    let mut world = two().await;
    world.configure(|config| config.pushed = 10);
    create(&world, "a", 20).await;
    world.orchestrate().await;
    world.manager.resources().set_permits(&named("db"), 2, None).await.unwrap();
    let permits = async |world: &guarantees::world::World| {
        ledger(world).await.resources[&named("db")].permits()
    };
    tick(&world).await;
    assert_eq!(permits(&world).await, 2, "the config is the same");
    let older = world.manager.clone();
    world.configure(|config| {
        config.pushed = 20;
        config.resources.get_mut(&named("db")).unwrap().permits = Some(4);
    });
    tick(&world).await;
    assert_eq!(permits(&world).await, 4);
    guarantees::world::orchestrate(&older).await;
    assert_eq!(permits(&world).await, 4, "an older config does not raise it again");
}

#[tokio::test]
async fn nothing_that_uses_a_paused_resource_starts_until_the_pause_is_over() {
    let world = two().await;
    create(&world, "a", 20).await;
    let pause = Pause { until: world.now() + Duration::from_secs(90), reason: None };
    let paused = world.manager.resources().pause_permits(&named("db"), Some(&pause)).await.unwrap();
    assert_eq!(paused.in_force, 0);
    world.orchestrate().await;
    tick(&world).await;
    assert_eq!(begun_counts(&world).await, counts([]));
    tick(&world).await;
    assert_eq!(begun_counts(&world).await, counts([("a", 6)]));
    let events = world.events().await;
    assert!(events.is_empty());
    // What is live goes on, and hands nothing over.
    world
        .manager
        .resources()
        .pause_permits(
            &named("db"),
            Some(&Pause {
                until: world.now() + Duration::from_secs(90),
                reason: Some("maintenance".into()),
            }),
        )
        .await
        .unwrap();
    world.manager.resources().pause_permits(&named("db"), None).await.unwrap();
    assert_eq!(ledger(&world).await.resources[&named("db")].in_force, 6);
}

#[tokio::test]
async fn an_unknown_resource_is_refused_with_those_that_are_known() {
    let world = two().await;
    let error = world.manager.resources().set_permits(&named("bd"), 2, None).await.unwrap_err();
    assert_eq!(error.to_string(), "unknown resource bd: the config has db");
}
