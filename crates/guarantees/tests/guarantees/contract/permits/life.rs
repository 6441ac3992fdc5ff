//! From tick to tick.

use std::time::Duration;

use guarantees::world::{World, id};
use task_manager::{attributes::s, labourer::Labourer, time::Timestamp};

use super::{
    begun, begun_counts, config, counts, create, held, ledger, named, resource, share, tick, two,
    user,
};

#[tokio::test]
async fn those_who_wait_get_equal_shares_and_together_never_more_than_there_is() {
    let world = two().await;
    create(&world, "a", 20).await;
    create(&world, "b", 20).await;
    world.orchestrate().await;
    assert_eq!(begun_counts(&world).await, counts([("a", 3), ("b", 3)]));
    assert_eq!(held(&world, "db").await, 6);
    tick(&world).await;
    assert_eq!(begun_counts(&world).await, counts([]));
}

#[tokio::test]
async fn who_waits_alone_gets_all_that_there_is_and_those_who_want_little_get_that() {
    let world = two().await;
    create(&world, "a", 20).await;
    world.orchestrate().await;
    assert_eq!(begun_counts(&world).await, counts([("a", 6)]));
    let other = two().await;
    create(&other, "a", 20).await;
    create(&other, "b", 1).await;
    other.orchestrate().await;
    assert_eq!(begun_counts(&other).await, counts([("a", 5), ("b", 1)]));
}

#[tokio::test]
async fn an_attempt_holds_its_weight_of_each_resource() {
    let resources = [resource("db", 6), resource("api", 5)];
    let labourers = [user("a", &[("db", 2), ("api", 1)]), user("b", &[("api", 2)])];
    let world = World::with(config(resources, labourers)).await;
    create(&world, "a", 9).await;
    create(&world, "b", 9).await;
    world.orchestrate().await;
    // One each, then another of the lighter one: api is used up.
    let begun = begun_counts(&world).await;
    assert!(held(&world, "db").await <= 6 && held(&world, "api").await == 5, "{begun:?}");
    assert!(begun.values().all(|count| *count >= 1), "{begun:?}");
}

#[tokio::test]
async fn two_who_need_both_of_two_resources_never_wait_for_each_other() {
    let both: &[_] = &[("one", 1), ("other", 1)];
    let resources = [resource("one", 1), resource("other", 1)];
    let world = World::with(config(resources, [user("a", both), user("b", both)])).await;
    create(&world, "a", 3).await;
    create(&world, "b", 3).await;
    world.orchestrate().await;
    let mut done = 0;
    for _ in 0..60 {
        for event in begun(&world).await.into_values().flatten() {
            assert!(held(&world, "one").await <= 1 && held(&world, "other").await <= 1);
            world.succeed(&event).await;
            done += 1;
        }
        if done < 6 {
            tick(&world).await;
        }
    }
    assert_eq!(done, 6);
}

#[tokio::test]
async fn an_attempt_that_crashes_gives_its_permits_back_when_its_lease_has_passed() {
    let world = two().await;
    create(&world, "a", 6).await;
    world.orchestrate().await;
    assert_eq!(begun_counts(&world).await, counts([("a", 6)]));
    create(&world, "b", 6).await;
    tick(&world).await;
    assert_eq!(begun_counts(&world).await, counts([]), "all are live");
    world.pass(10.0);
    world.scavenge().await;
    tick(&world).await;
    let begun = begun_counts(&world).await;
    assert!(begun.get("b").is_some_and(|count| *count >= 3), "{begun:?}");
    assert_eq!(held(&world, "db").await, 6);
}

#[tokio::test]
async fn a_labourer_that_left_the_config_holds_permits_until_its_attempts_have_ended() {
    let mut world = two().await;
    create(&world, "a", 6).await;
    world.orchestrate().await;
    world.scavenge().await;
    let events = begun(&world).await.remove("a").unwrap();
    world.configure(|config| drop(config.labourers.remove(&id("a"))));
    create(&world, "b", 9).await;
    tick(&world).await;
    assert_eq!(begun_counts(&world).await, counts([]));
    for event in &events[..4] {
        world.succeed(event).await;
    }
    tick(&world).await;
    assert_eq!(begun_counts(&world).await, counts([("b", 4)]));
    for event in &events[4..] {
        world.succeed(event).await;
    }
    tick(&world).await;
    assert_eq!(begun_counts(&world).await, counts([("b", 2)]));
    assert!(!ledger(&world).await.holders.contains_key(&id("a")));
}

#[tokio::test]
async fn what_a_labourer_held_that_left_with_its_row_is_free_again() {
    let mut world = two().await;
    create(&world, "a", 6).await;
    world.orchestrate().await;
    begun(&world).await;
    world.configure(|config| drop(config.labourers.remove(&id("a"))));
    let names = &world.manager.config().names;
    let deleted = world.clients.dynamodb.delete_item().table_name(&names.labourers);
    deleted.key("labourer_id", s("a")).send().await.unwrap();
    create(&world, "b", 9).await;
    tick(&world).await;
    assert_eq!(begun_counts(&world).await, counts([("b", 6)]));
}

#[tokio::test]
async fn a_labourer_that_uses_none_any_more_is_no_longer_limited_and_counts_for_one_lease() {
    let mut world = two().await;
    create(&world, "a", 20).await;
    create(&world, "b", 20).await;
    world.orchestrate().await;
    assert_eq!(begun_counts(&world).await, counts([("a", 3), ("b", 3)]));
    world.configure(|config| {
        config.labourers.get_mut(&id("a")).unwrap().uses = Default::default();
    });
    world.orchestrate().await;
    world.orchestrate().await;
    assert_eq!(share(&world, "a").await, None);
    assert_eq!(begun_counts(&world).await, counts([("a", 7)]));
    assert_eq!(share(&world, "b").await, Some(3), "what a has begun may hold permits");
    // It does not ask for the leases of those that have begun without permits.
    tick(&world).await;
    world.pass(1.0);
    tick(&world).await;
    assert_eq!(share(&world, "b").await, Some(6));
    assert!(!ledger(&world).await.holders.contains_key(&id("a")));
}

#[tokio::test]
async fn a_labourer_that_begins_to_use_them_holds_what_it_has_live() {
    let mut world = two().await;
    let uses = world.manager.config().labourers[&id("a")].uses.clone();
    world.configure(|config| {
        config.labourers.get_mut(&id("a")).unwrap().uses = Default::default();
    });
    create(&world, "a", 20).await;
    world.orchestrate().await;
    let events = begun(&world).await.remove("a").unwrap();
    assert_eq!(events.len(), 10);
    world.configure(|config| config.labourers.get_mut(&id("a")).unwrap().uses = uses);
    create(&world, "b", 20).await;
    tick(&world).await;
    assert_eq!(begun_counts(&world).await, counts([]), "more are live than there are permits");
    for event in &events {
        world.succeed(event).await;
    }
    let begun = begun_counts(&world).await;
    assert_eq!(begun.values().sum::<usize>(), 6, "{begun:?}");
    assert_eq!(held(&world, "db").await, 6);
}

#[tokio::test]
async fn a_resource_that_left_the_config_limits_nobody_and_returns_with_what_is_live() {
    let mut world = two().await;
    create(&world, "a", 30).await;
    world.orchestrate().await;
    assert_eq!(begun_counts(&world).await, counts([("a", 6)]));
    let before = world.manager.config().clone();
    world.configure(|config| {
        config.resources.clear();
        config.labourers.values_mut().for_each(|labourer| labourer.uses = Default::default());
    });
    // A tick lifts the limit, the next one uses it.
    tick(&world).await;
    tick(&world).await;
    assert_eq!(begun_counts(&world).await, counts([("a", 4)]), "ten slots");
    world.configure(|config| *config = before);
    create(&world, "b", 3).await;
    tick(&world).await;
    assert_eq!(begun_counts(&world).await, counts([]));
    assert_eq!(ledger(&world).await.held(&named("db"), world.now()), 10);
}

#[tokio::test]
async fn more_slots_than_one_counter_has_are_shared_as_few_are() {
    let many = |name| Labourer { max_simultaneous_invocations: 100, ..user(name, &[("db", 1)]) };
    let world = World::with(config([resource("db", 90)], [many("a"), many("b")])).await;
    create(&world, "a", 200).await;
    world.orchestrate().await;
    let events = begun(&world).await.remove("a").unwrap();
    assert_eq!(events.len(), 90);
    create(&world, "b", 200).await;
    tick(&world).await;
    // Half of them are lowered: whoever ends gives its slot back, and it is passed on.
    let mut passed = 0;
    for event in &events[..45] {
        world.succeed(event).await;
        passed += begun_counts(&world).await.get("b").copied().unwrap_or_default();
        assert!(held(&world, "db").await <= 90);
    }
    assert_eq!(passed, 45);
    assert_eq!((share(&world, "a").await, share(&world, "b").await), (Some(45), Some(45)));
}

/// A transaction takes a hundred items.
#[tokio::test]
async fn more_labourers_than_fit_into_a_transaction_share_as_few_do() {
    let names: Vec<_> = (0..120).map(|n| format!("of{n:03}")).collect();
    let users = names.iter().map(|name| user(name, &[("db", 1)]));
    let users = users.chain([user("large", &[("db", 130)])]);
    let world = World::with(config([resource("db", 130)], users)).await;
    for name in &names {
        create(&world, name, 1).await;
    }
    world.orchestrate().await;
    let events: Vec<_> = begun(&world).await.into_values().flatten().collect();
    assert_eq!(events.len(), 120);
    assert_eq!(held(&world, "db").await, 120);

    for event in &events {
        world.succeed(event).await;
    }
    create(&world, "large", 1).await;
    tick(&world).await;
    assert_eq!(begun_counts(&world).await, counts([("large", 1)]));
    let held = ledger(&world).await.holders.into_iter().filter(|(_, holder)| holder.held > 0);
    assert_eq!(held.map(|(id, _)| id).collect::<Vec<_>>(), [id("large")]);
}

#[tokio::test]
async fn each_minute_in_which_a_resource_was_used_is_recorded_and_none_in_which_it_was_not() {
    let world = two().await;
    let minute = async || {
        world.pass(60.0);
        world.orchestrate_and_record().await;
    };
    minute().await;
    create(&world, "a", 6).await;
    create(&world, "b", 6).await;
    minute().await;
    let events: Vec<_> = begun(&world).await.into_values().flatten().collect();
    minute().await;
    for event in events {
        world.succeed(&event).await;
    }
    for event in begun(&world).await.into_values().flatten() {
        world.succeed(&event).await;
    }
    for _ in 0..4 {
        minute().await;
    }
    let series = operator::history::series("resource:db").unwrap();
    let (from, to) = (Timestamp::from_seconds(0.0), world.now());
    let range = operator::history::Range { from, to, every: Some(Duration::from_secs(60)) };
    let history = operator::history::read(&world.manager, &series, &range).await.unwrap();
    let points = history.points.iter().map(|point| (point.queued, point.running, point.slots));
    assert_eq!(points.collect::<Vec<_>>(), [(2, 6, 6), (2, 6, 6), (0, 0, 6)]);
    assert_eq!(history.series, "resource db");
}
