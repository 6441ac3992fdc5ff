//! Permits of a labourer that a rate limits, too: it has no more of them than it can use, and as many as that.

use std::time::Duration;

use guarantees::world::{World, orchestrate, success};
use task_manager::{json::Json, resource::ledger::Pause};

use super::{
    super::rates::{process, rate},
    begun, begun_counts, config, counts, create, ledger, named, resource, share, tick, user,
};

/// `slow` and `fast` share ten permits, and `slow` may begin so many tasks in ten seconds, two at once.
async fn world(limit: u32) -> World {
    let mut slow = user("slow", &[("db", 1)]);
    slow.uses.rates.insert(named("api"), 1);
    let api = task_manager::resource::Resource {
        permits: None,
        rate: Some(rate(limit, 2)),
        ..resource("api", 1)
    };
    let world =
        World::with(config([resource("db", 10), api], [slow, user("fast", &[("db", 1)])])).await;
    create(&world, "slow", 200).await;
    create(&world, "fast", 200).await;
    world
}

#[tokio::test]
async fn what_a_rate_keeps_from_starting_holds_no_permits_that_others_wait_for() {
    let world = world(10).await;
    world.orchestrate().await;
    assert_eq!(begun_counts(&world).await, counts([("fast", 8), ("slow", 2)]));
    assert_eq!([share(&world, "slow").await, share(&world, "fast").await], [Some(2), Some(8)]);
}

#[tokio::test]
async fn permits_of_one_whose_rate_is_paused_are_passed_on() {
    let world = world(10).await;
    let pause = Pause { until: world.now() + Duration::from_secs(3600), reason: None };
    process(&world, 0.0).resources().pause_rate(&named("api"), Some(&pause)).await.unwrap();
    orchestrate(&process(&world, 0.0)).await;
    assert_eq!(begun_counts(&world).await, counts([("fast", 10)]));
    process(&world, 0.0).resources().pause_rate(&named("api"), None).await.unwrap();
    world.pass(60.0);
    let again = process(&world, 60.0);
    orchestrate(&again).await;
    assert_eq!(ledger(&world).await.waiting.len(), 2, "they go on in turn");
}

/// The tick that stays with it asks for more.
#[tokio::test]
async fn one_whose_rate_allows_more_gets_its_fair_share_while_a_tick_stays() {
    let world = world(300).await;
    let (unknown, began) = (orchestrator::HealthSource::unknown(), world.now());
    let until = began + Duration::from_secs(20);
    let ticked = orchestrator::run(&world.manager, &unknown, &Json::Null, until).await.unwrap();
    let live = std::cell::RefCell::new(std::collections::BTreeMap::<String, Vec<_>>::new());
    let sleep = async |time: Duration| {
        world.pass(time.as_secs_f64());
        for (name, events) in begun(&world).await {
            live.borrow_mut().entry(name).or_default().extend(events);
        }
        // One of each ends, where several are live.
        for name in ["slow", "fast"] {
            let several = live
                .borrow_mut()
                .get_mut(name)
                .filter(|live| live.len() > 4)
                .map(|live| live.remove(0));
            if let Some(event) = several {
                world.report(success(&event)).await;
            }
        }
    };
    orchestrator::stay::stay(&world.manager, ticked, began, until, sleep).await;
    assert_eq!([share(&world, "slow").await, share(&world, "fast").await], [Some(5), Some(5)]);
    tick(&world).await;
    let held: u32 = ledger(&world).await.holders.values().map(|holder| holder.held).sum();
    assert_eq!(held, 10);
}
