//! What it costs, counted on the wire.

use guarantees::{
    wire::Call,
    world::{World, id, labourer},
};
use task_manager::{config::Config, labourer::Labourer};

use super::{begun, config, create, resource, tick, two, user};

/// Write units of calls that name the ledger or change a share: two for each item of a transaction.
fn units(calls: &[Call]) -> u64 {
    let of = |call: &Call| {
        let body = call.body();
        let items = body["TransactItems"].as_array().cloned().unwrap_or_default();
        let is_about_sharing = |item: &serde_json::Value| {
            let text = item.to_string();
            text.contains("all permits")
                || text.contains("\"#share\":\"share\"") && !text.contains("#claimed")
        };
        let items = items.iter().filter(|item| is_about_sharing(item)).count() as u64;
        let single = call.operation == "UpdateItem" && call.names("all permits");
        2 * items + u64::from(single)
    };
    calls.iter().filter(|call| call.is_write()).map(of).sum()
}

#[tokio::test]
async fn labourers_without_resources_cost_what_they_cost_before() {
    let plain = Labourer { max_simultaneous_invocations: 10, ..labourer("plain") };
    let world = World::of([plain]).await;
    create(&world, "plain", 3).await;
    world.orchestrate().await;
    world.events().await;
    create(&world, "plain", 2).await;
    world.wire.calls();
    tick(&world).await;
    let calls = world.wire.calls();
    // Rows; heads and tasks; the claim; two invocations; the queue, which is found empty.
    let operations: Vec<_> = calls.iter().map(|call| call.operation.as_str()).collect();
    let tables: Vec<_> = operations.iter().filter(|call| !call.contains('/')).collect();
    assert_eq!(
        tables,
        [&"BatchGetItem", &"Query", &"BatchGetItem", &"TransactWriteItems", &"Query"],
        "{operations:?}"
    );
    let event = world.events().await.remove(0);
    world.wire.calls();
    world.succeed(&event).await;
    let calls = world.wire.calls();
    assert!(calls.iter().all(|call| !call.names("all permits")), "{calls:?}");
}

/// The calls of reports of `plain`, and the items of each write about it, of which a transaction has several. Whoever else
/// is there has more work than permits.
async fn life(config: Config) -> (Vec<String>, Vec<(String, usize)>) {
    let world = World::with(config).await;
    for labourer in world.manager.config().labourers.keys() {
        create(&world, labourer.as_str(), if labourer.as_str() == "plain" { 6 } else { 50 }).await;
    }
    world.orchestrate().await;
    let (mut reports, mut writes) = (Vec::new(), Vec::new());
    for round in 0..3 {
        let events = begun(&world).await.remove("plain").unwrap_or_default();
        world.wire.calls();
        for event in events {
            world.succeed(&event).await;
        }
        let mut calls = world.wire.calls();
        reports.extend(calls.iter().map(|call| call.operation.clone()));
        if round == 1 {
            create(&world, "plain", 2).await;
            tick(&world).await;
            calls.extend(world.wire.calls());
        }
        let of_plain = |call: &Call| call.is_write() && call.names("plain");
        writes.extend(calls.into_iter().filter(of_plain).map(|call| {
            let items = call.body()["TransactItems"].as_array().map_or(1, Vec::len);
            (call.operation, items)
        }));
    }
    (reports, writes)
}

#[tokio::test]
async fn labourers_without_resources_cost_no_more_beside_others_that_share_some() {
    let plain = || Labourer { max_simultaneous_invocations: 2, ..labourer("plain") };
    let alone = life(Config::of([plain()])).await;
    let sharing = [user("a", &[("db", 1)]), user("b", &[("db", 1)]), plain()];
    let beside = life(config([resource("db", 6)], sharing)).await;
    assert!(alone.1.iter().map(|(_, items)| items).sum::<usize>() > 10, "{alone:?}");
    assert_eq!(alone, beside);
}

#[tokio::test]
async fn permits_in_steady_flow_cost_at_most_a_tenth_of_a_write_unit_a_task() {
    let world = two().await;
    create(&world, "a", 200).await;
    create(&world, "b", 200).await;
    world.wire.calls();
    world.orchestrate().await;
    assert!(units(&world.wire.calls()) > 0, "the first tick shares them out");
    let mut events: Vec<_> = begun(&world).await.into_values().flatten().collect();
    let (mut done, mut spent) = (0, 0);
    for round in 0..30 {
        for event in std::mem::take(&mut events) {
            world.succeed(&event).await;
            done += 1;
        }
        events = begun(&world).await.into_values().flatten().collect();
        if round % 10 == 9 {
            tick(&world).await;
            events.extend(begun(&world).await.into_values().flatten());
        }
        spent += units(&world.wire.calls());
    }
    assert!(done >= 150, "{done}");
    assert!(spent as f64 <= 0.1 * f64::from(done), "{spent} units for {done} tasks");
}

#[tokio::test]
async fn a_tick_in_which_nothing_changes_writes_nothing() {
    let world = World::with(config(
        [resource("db", 6)],
        [user("a", &[("db", 1)]), user("b", &[("db", 1)])],
    ))
    .await;
    world.orchestrate().await;
    world.pass(60.0);
    world.wire.calls();
    world.orchestrate().await;
    let calls = world.wire.calls();
    assert!(calls.iter().all(|call| !call.is_write()), "{calls:?}");
    assert!(world.manager.config().labourers.contains_key(&id("a")));
}
