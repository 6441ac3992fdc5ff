//! Rates that are set and paused while everything runs.

use std::time::Duration;

use guarantees::world::World;
use task_manager::{
    manager::resources::{live::LiveError, rate_settings::NewRate},
    resource::ledger::Pause,
};

use super::{create, fill, most_within, named, process, rate, state, world};

fn to(limit: u32) -> NewRate {
    NewRate { limit, per: None, burst: None }
}

async fn set(world: &World, new: NewRate) {
    let operator = process(world, 0.0);
    operator.resources().set_rate(&named("stripe"), new, Some("they asked for it")).await.unwrap();
}

async fn pause(world: &World, seconds: Option<f64>) {
    let until = seconds.map(|seconds| world.now() + Duration::from_secs_f64(seconds));
    let pause = until.map(|until| Pause { until, reason: Some("maintenance".to_owned()) });
    let operator = process(world, 0.0);
    operator.resources().pause_rate(&named("stripe"), pause.as_ref()).await.unwrap();
}

/// How many start within so many seconds.
async fn started(world: &World, seconds: u32) -> u32 {
    let mut started = 0;
    for _ in 0..seconds * 25 {
        started += fill(&world.manager, "worker").await;
        world.pass(0.04);
    }
    started
}

#[tokio::test]
async fn a_rate_that_is_set_counts_at_once_for_those_who_know_the_old_one() {
    let world = world(rate(100, 1)).await;
    create(&world, "worker", 160).await;
    assert!((80..=100).contains(&started(&world, 10).await));
    set(&world, to(10)).await;
    assert!((9..=10).contains(&started(&world, 10).await));
    set(&world, NewRate { limit: 50, per: Some(Duration::from_secs(20)), burst: Some(3) }).await;
    assert!((22..=28).contains(&started(&world, 10).await));
    let set = state(&world).await.set.unwrap();
    assert_eq!((set.by.as_str(), set.reason.as_deref()), ("other", Some("they asked for it")));
}

#[tokio::test]
async fn a_window_with_changes_in_it_holds_no_more_than_the_highest_limit() {
    let world = world(rate(90, 4)).await;
    create(&world, "worker", 400).await;
    let mut starts = Vec::new();
    for change in [None, Some((90, 50)), Some((45, 4)), Some((90, 50))] {
        if let Some((limit, burst)) = change {
            set(&world, NewRate { burst: Some(burst), ..to(limit) }).await;
        }
        for _ in 0..150 {
            starts.push((world.now(), fill(&world.manager, "worker").await));
            world.pass(0.04);
        }
    }
    let most = most_within(&starts, Duration::from_secs(10));
    assert!((60..=90).contains(&most), "{most}");
}

#[tokio::test]
async fn a_raised_rate_does_not_wait_for_the_tokens_of_the_old_one() {
    let world = world(rate(1, 1)).await;
    create(&world, "worker", 10).await;
    assert_eq!(fill(&world.manager, "worker").await, 1);
    set(&world, to(100)).await;
    world.pass(0.2);
    assert_eq!(fill(&process(&world, 0.0), "worker").await, 1);
}

#[tokio::test]
async fn a_pause_counts_at_once_and_ends_by_itself_or_by_hand() {
    let world = world(rate(100, 2)).await;
    create(&world, "worker", 20).await;
    assert_eq!(fill(&world.manager, "worker").await, 2);
    world.pass(5.0);
    pause(&world, Some(60.0)).await;
    assert_eq!(fill(&world.manager, "worker").await, 0);
    assert_eq!(state(&world).await.pause.unwrap().reason.as_deref(), Some("maintenance"));
    let ticked = world.orchestrate().await;
    let wait = &ticked["labourers"]["worker"]["waits_for_rate"];
    assert_eq!((&wait["resource"], &wait["paused"]), (&"stripe".into(), &true.into()));
    world.pass(61.0);
    assert_eq!(fill(&world.manager, "worker").await, 2);
    world.pass(5.0);
    pause(&world, Some(600.0)).await;
    assert_eq!(fill(&world.manager, "worker").await, 0);
    pause(&world, None).await;
    assert_eq!(fill(&process(&world, 0.0), "worker").await, 2);
    // Who has seen the pause looks again after a while.
    world.pass(11.0);
    assert_eq!(fill(&world.manager, "worker").await, 2);
}

#[tokio::test]
async fn the_config_wins_at_its_next_push_and_an_older_one_changes_nothing() {
    let mut world = world(rate(100, 1)).await;
    create(&world, "worker", 1).await;
    world.configure(|config| config.pushed = 1000);
    world.orchestrate().await;
    set(&world, to(10)).await;
    world.orchestrate().await;
    assert_eq!(state(&world).await.rate(), rate(10, 1));

    let change = |limit, pushed| {
        move |config: &mut task_manager::config::Config| {
            config.pushed = pushed;
            let stripe = config.resources.get_mut(&named("stripe")).unwrap();
            stripe.rate = Some(rate(limit, 1));
        }
    };
    world.configure(change(200, 900));
    world.orchestrate().await;
    assert_eq!(state(&world).await.rate(), rate(10, 1), "an older one");
    world.configure(change(100, 2000));
    world.orchestrate().await;
    let pushed = state(&world).await;
    assert_eq!((pushed.rate(), pushed.set), (rate(100, 1), None), "the same rate, pushed anew");
    world.configure(change(50, 3000));
    world.orchestrate().await;
    assert_eq!(state(&world).await.rate(), rate(50, 1));
    world.wire.calls();
    world.orchestrate().await;
    let writes = world.wire.calls().into_iter().filter(|call| call.is_write());
    assert_eq!(writes.filter(super::is_of_rate).count(), 0, "nothing has changed");
}

#[tokio::test]
async fn what_cannot_be_a_rate_is_refused_with_what_can() {
    let world = world(rate(100, 1)).await;
    let resources = world.manager.resources();
    let refused = async |name: &str, new| {
        let error = resources.set_rate(&named(name), new, None).await.unwrap_err();
        (error.name(), error.to_string())
    };
    let (name, text) = refused("strip", to(10)).await;
    assert_eq!(
        (name, text.as_str()),
        ("UnknownResource", "unknown resource strip: the config has stripe")
    );
    let (name, text) = refused("stripe", to(0)).await;
    assert_eq!((name, text.contains("expected 1 to 1000000")), ("Refused", true), "{text}");
    let (_, text) = refused("stripe", NewRate { burst: Some(11), ..to(10) }).await;
    assert!(text.contains("a burst of 11, expected 1 to the limit, which is 10"), "{text}");
    assert_eq!(state(&world).await.set, None);
    let error = resources.pause_rate(&named("other"), None).await.unwrap_err();
    assert!(matches!(error, LiveError::Unknown { .. }), "{error}");
}
