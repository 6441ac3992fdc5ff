//! Permits of a labourer that a rate limits, too: it keeps no more of them from others than it can use.

use std::time::Duration;

use guarantees::world::{World, orchestrate};
use task_manager::{labourer::Labourer, resource::ledger::Pause};

use super::{
    super::rates::{process, rate},
    begun, begun_counts, config, counts, create, ledger, named, resource, share, user,
};

/// `slow` and `fast` share ten permits. Of `slow` two may begin at once, and another each five seconds; they last ten.
async fn world() -> World {
    let mut slow =
        Labourer { duration: Some(Duration::from_secs(10)), ..user("slow", &[("db", 1)]) };
    slow.uses.rates.insert(named("api"), 1);
    let api = task_manager::resource::Resource {
        permits: None,
        rate: Some(rate(3, 2)),
        ..resource("api", 1)
    };
    let world =
        World::with(config([resource("db", 10), api], [slow, user("fast", &[("db", 1)])])).await;
    create(&world, "slow", 50).await;
    create(&world, "fast", 50).await;
    world
}

async fn shares(world: &World) -> [Option<u32>; 2] {
    [share(world, "slow").await, share(world, "fast").await]
}

#[tokio::test]
async fn what_a_rate_keeps_from_starting_holds_no_permits_that_others_wait_for() {
    let world = world().await;
    world.orchestrate().await;
    assert_eq!(begun_counts(&world).await, counts([("fast", 7), ("slow", 2)]));
    assert_eq!(shares(&world).await, [Some(3), Some(7)]);
}

#[tokio::test]
async fn a_share_that_a_rate_limits_does_not_change_as_attempts_end() {
    let world = world().await;
    world.orchestrate().await;
    let revision = ledger(&world).await.revision;
    for _ in 0..3 {
        for event in begun(&world).await.into_values().flatten() {
            world.succeed(&event).await;
        }
        world.pass(5.0);
        orchestrate(&process(&world, 0.0)).await;
    }
    assert_eq!(shares(&world).await, [Some(3), Some(7)]);
    assert_eq!(ledger(&world).await.revision, revision, "nothing was written");
}

#[tokio::test]
async fn permits_of_one_whose_rate_is_paused_are_passed_on() {
    let world = world().await;
    let pause = Pause { until: world.now() + Duration::from_secs(60), reason: None };
    process(&world, 0.0).resources().pause_rate(&named("api"), Some(&pause)).await.unwrap();
    orchestrate(&process(&world, 0.0)).await;
    assert_eq!(begun_counts(&world).await, counts([("fast", 10)]));
    assert_eq!(shares(&world).await, [Some(0), Some(10)]);
    world.pass(70.0);
    orchestrate(&process(&world, 0.0)).await;
    assert_eq!(shares(&world).await, [Some(0), Some(7)], "three of fast end first");
}
