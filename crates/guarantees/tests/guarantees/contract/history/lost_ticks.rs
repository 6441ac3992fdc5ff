//! A tick that is killed, skipped, doubled or overtaken loses nothing and counts nothing twice.

use guarantees::{
    wire::{Call, WireFault},
    world::{World, labourer, orchestrate_and_record},
};
use operator::history::Series;
use serde_json::json;
use task_manager::labourer::Labourer;

use super::{history, minute, minutes, sums};

async fn world() -> World {
    World::of(["a", "b"].map(|name| Labourer { max_simultaneous_invocations: 3, ..labourer(name) }))
        .await
}

/// Some tasks of both succeed, some fail.
async fn work(world: &World) {
    for name in ["a", "b"] {
        world.create(name, (0..5).map(|n| json!({ "n": n }))).await;
    }
    world.orchestrate().await;
    let mut events = world.events().await;
    while let Some(event) = events.pop() {
        match event["n"] == 1 {
            true => world.fail(&event).await,
            false => world.succeed(&event).await,
        };
        events.extend(world.events().await);
    }
}

/// The sums are those of ten tasks for each round of work.
async fn assert_exact(world: &World, rounds: u64) {
    minute(world).await;
    minute(world).await;
    let [started, succeeded, failed, _, _, retried] =
        sums(&history(world, &Series::Stack).await.points);
    assert_eq!(
        (started, succeeded, failed, retried),
        (10 * rounds, 8 * rounds, 2 * rounds, 2 * rounds)
    );
    for name in ["a", "b"] {
        let [started, succeeded, failed, _, _, retried] = sums(&minutes(world, name).await);
        assert_eq!(
            (started, succeeded, failed, retried),
            (5 * rounds, 4 * rounds, rounds, rounds),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_tick_killed_at_any_write_leaves_its_numbers_to_the_next() {
    // Before all, between labourers, and before the stack.
    for written in 0..3 {
        let world = world().await;
        world.orchestrate_and_record().await;
        work(&world).await;
        world.pass(10.0);
        let history = world.manager.config().names.history.clone();
        let mut left = written;
        let is_cut = move |call: &Call| {
            let is_record = call.operation == "PutItem" && call.names(&history);
            let is_over = is_record && left == 0;
            left -= i32::from(is_record && left > 0);
            is_over
        };
        world.wire.cut(1, WireFault::error(400, "AccessDeniedException"), is_cut);
        minute(&world).await;
        work(&world).await;
        assert_exact(&world, 2).await;
    }
}

#[tokio::test]
async fn minutes_without_ticks_lose_nothing() {
    let world = world().await;
    world.orchestrate_and_record().await;
    for _ in 0..5 {
        work(&world).await;
        world.pass(60.0);
    }
    assert_exact(&world, 5).await;
}

#[tokio::test]
async fn two_ticks_of_one_minute_make_one_record() {
    let world = world().await;
    for _ in 0..2 {
        work(&world).await;
        world.pass(66.0);
        tokio::join!(world.orchestrate_and_record(), world.orchestrate_and_record());
        world.orchestrate_and_record().await;
    }
    assert_exact(&world, 2).await;
}

#[tokio::test]
async fn a_tick_on_a_clock_that_is_behind_counts_nothing_twice() {
    let world = world().await;
    world.orchestrate_and_record().await;
    work(&world).await;
    world.pass(130.0);
    world.orchestrate_and_record().await;
    work(&world).await;
    orchestrate_and_record(&world.elsewhere(-70.0)).await;
    assert_exact(&world, 2).await;
}

#[tokio::test]
async fn a_stack_without_the_table_works_as_before() {
    let mut world = world().await;
    world.configure(|config| config.names.history.push_str("-missing"));
    world.orchestrate_and_record().await;
    work(&world).await;
    world.pass(60.0);
    world.orchestrate_and_record().await;
    assert_eq!(world.counts("a").await.succeeded, 4);
}
