//! What it costs to look, counted on the wire.

use guarantees::{
    jobs::days,
    world::{World, labourer, with},
};
use operator::overview::{Watch, read};
use serde_json::json;
use task_manager::labourer::Labourer;

use super::minute;

const LABOURERS: usize = 100;
/// Of whoever looks once, and of each look of whoever has it open.
const FIRST: usize = 20;
const AGAIN: usize = 5;
/// Seconds between two looks of a page that is open.
const EVERY: usize = 5;

async fn hundred() -> World {
    let many = (0..LABOURERS).map(|number| labourer(&format!("labourer-{number:03}")));
    World::of(many.map(|one| Labourer { max_simultaneous_invocations: 2, ..one })).await
}

/// The calls of a first look, and of each of the next hundred.
async fn calls(world: &World) -> (usize, Vec<usize>) {
    let mut watch = Watch::default();
    world.wire.calls();
    let mut counts = Vec::new();
    for _ in 0..=100 {
        read(&world.manager, &mut watch).await.unwrap();
        let calls = world.wire.calls();
        assert!(calls.iter().all(|call| !call.is_write() && call.operation != "Scan"));
        counts.push(calls.len());
        world.pass(EVERY as f64);
    }
    (counts.remove(0), counts)
}

fn assert_cheap((first, again): &(usize, Vec<usize>)) {
    assert!(*first <= FIRST, "the first look takes {first} calls");
    let most = again.iter().max().unwrap();
    assert!(*most <= AGAIN, "a look takes {most} calls: {again:?}");
    let (seconds, all) = (again.len() * EVERY, again.iter().sum::<usize>());
    assert!(all < seconds, "an open page takes {all} calls in {seconds} s");
}

#[tokio::test]
async fn a_hundred_labourers_at_work_cost_twenty_calls_at_first_and_then_five() {
    let world = hundred().await;
    for labourer in world.manager.config().labourers.keys() {
        world.create(labourer.as_str(), (0..4).map(|n| json!({ "n": n }))).await;
    }
    minute(&world).await;
    for (place, event) in world.events().await.iter().enumerate() {
        match place % 3 {
            0 => world.fail(event).await,
            _ => world.succeed(event).await,
        };
    }
    minute(&world).await;
    assert_cheap(&calls(&world).await);
}

#[tokio::test]
async fn twenty_jobs_cost_no_more() {
    let world = hundred().await;
    world.deploy_scheduler();
    for number in 0..20 {
        let labourer = json!({ "lambda_name": format!("labourer-{number:03}") });
        world.fill(&with(days(5), labourer)).await;
    }
    minute(&world).await;
    for event in world.events().await {
        world.fail(&event).await;
    }
    minute(&world).await;
    assert_cheap(&calls(&world).await);
}

#[tokio::test]
async fn a_longer_queue_costs_no_more() {
    let mut costs = Vec::new();
    for tasks in [5, 500] {
        let world = World::of_slots(2).await;
        world.create_numbered(tasks).await;
        minute(&world).await;
        let bytes: u64 = {
            let mut watch = Watch::default();
            world.wire.calls();
            read(&world.manager, &mut watch).await.unwrap();
            world.wire.calls().iter().map(|call| call.answered).sum()
        };
        let (first, again) = calls(&world).await;
        costs.push((first, again, bytes / 1024));
    }
    assert_eq!(costs[0], costs[1]);
}
