//! How many start.

use std::time::Duration;

use futures::future::join_all;
use guarantees::{
    wire::{Call, WireFault},
    world::{World, success},
};
use task_manager::time::Timestamp;

use super::{config, create, fill, is_of_rate, most_within, process, rate, state, user, world};

const WINDOW: Duration = Duration::from_secs(10);

#[tokio::test]
async fn no_window_holds_more_than_the_limit_whichever_processes_start_at_whatever_times() {
    let world = world(rate(20, 4)).await;
    create(&world, "worker", 100).await;
    let processes: Vec<_> = (0..3).map(|_| process(&world, 0.0)).collect();
    let mut random = fastrand::Rng::with_seed(7);
    let (mut starts, began) = (Vec::new(), world.now());
    while world.now().since(began) < Duration::from_secs(30) {
        let at_once = random.usize(1..=3);
        let fills = processes.iter().take(at_once).map(|process| fill(process, "worker"));
        join_all(fills).await;
        starts.push((world.now(), world.events().await.len() as u32));
        world.pass(random.f64() * 0.6);
    }
    assert!(most_within(&starts, WINDOW) <= 20, "{starts:?}");
    let all: u32 = starts.iter().map(|(_, tokens)| tokens).sum();
    assert!(all >= 40, "of 17 each 10 s: {all}");
    let taken = state(&world).await.taken;
    assert!(u64::from(all) <= taken && taken <= u64::from(all) + 10, "{taken} for {all}");
}

#[tokio::test]
async fn two_labourers_take_of_one_rate_each_by_its_weight() {
    let labourers = [user("light", &[("stripe", 1)]), user("heavy", &[("stripe", 3)])];
    let world = World::with(config([("stripe", rate(20, 4))], labourers)).await;
    create(&world, "light", 100).await;
    create(&world, "heavy", 100).await;
    let (mut starts, processes) = (Vec::new(), [process(&world, 0.0), process(&world, 0.0)]);
    for _ in 0..60 {
        for ((name, weight), process) in [("heavy", 3), ("light", 1)].into_iter().zip(&processes) {
            starts.push((world.now(), weight * fill(process, name).await));
        }
        world.pass(0.5);
    }
    assert!(most_within(&starts, WINDOW) <= 20, "{starts:?}");
    let all: u32 = starts.iter().map(|(_, tokens)| tokens).sum();
    assert_eq!(state(&world).await.taken, u64::from(all));
}

#[tokio::test]
async fn who_uses_two_rates_keeps_to_both() {
    let rates = [("stripe", rate(20, 4)), ("mail", rate(8, 2))];
    let both = user("worker", &[("stripe", 1), ("mail", 1)]);
    let world = World::with(config(rates, [both])).await;
    create(&world, "worker", 100).await;
    let mut starts = Vec::new();
    for _ in 0..100 {
        starts.push((world.now(), fill(&world.manager, "worker").await));
        world.pass(0.3);
    }
    assert!(most_within(&starts, WINDOW) <= 8, "{starts:?}");
    let all: u32 = starts.iter().map(|(_, tokens)| tokens).sum();
    assert!(all >= 18, "{all}");
    let taken = state(&world).await.taken;
    assert!(taken <= u64::from(all) + 4, "{taken} of the ampler one for {all}");
}

#[tokio::test]
async fn a_clock_that_is_ahead_adds_what_comes_in_that_time_and_no_more() {
    let world = world(rate(20, 4)).await;
    create(&world, "worker", 100).await;
    let processes = [process(&world, 0.0), process(&world, 2.0), process(&world, -2.0)];
    let mut starts = Vec::new();
    for _ in 0..100 {
        for process in &processes {
            starts.push((world.now(), fill(process, "worker").await));
        }
        world.pass(0.3);
    }
    // Two seconds are three intervals and a half.
    assert!(most_within(&starts, WINDOW) <= 20 + 4, "{starts:?}");
}

#[tokio::test]
async fn tokens_that_are_not_used_are_lost_and_never_there_twice() {
    let world = world(rate(20, 4)).await;
    create(&world, "worker", 100).await;
    let mut updates = 0;
    world.wire.decide(move |call| {
        updates += usize::from(is_taking(call));
        (is_taking(call) && updates % 3 == 0).then_some(WireFault::AnswerLost)
    });
    let mut starts = Vec::new();
    for _ in 0..60 {
        starts.push((world.now(), fill(&world.manager, "worker").await));
        world.pass(0.3);
    }
    let all: u32 = starts.iter().map(|(_, tokens)| tokens).sum();
    assert!(most_within(&starts, WINDOW) <= 20, "{starts:?}");
    let taken = state(&world).await.taken;
    assert!(all > 10 && u64::from(all) < taken, "{all} started, {taken} taken");
}

fn is_taking(call: &Call) -> bool {
    call.operation == "UpdateItem" && is_of_rate(call)
}

#[tokio::test]
async fn who_was_refused_does_not_ask_before_the_next_token_comes() {
    let world = world(rate(20, 4)).await;
    create(&world, "worker", 10).await;
    assert_eq!(fill(&world.manager, "worker").await, 4);
    world.wire.calls();
    for _ in 0..10 {
        assert_eq!(fill(&world.manager, "worker").await, 0);
        world.pass(0.04);
    }
    let calls = world.wire.calls();
    assert_eq!(calls.iter().filter(|call| is_of_rate(call)).count(), 0);
    assert_eq!(calls.iter().filter(|call| call.operation == "Query").count(), 0, "nor for tasks");
    let other = process(&world, 0.0);
    assert_eq!(fill(&other, "worker").await, 0);
    assert_eq!(world.wire.calls().iter().filter(|call| is_taking(call)).count(), 0, "it reads it");
    world.pass(2.0);
    assert_eq!(fill(&world.manager, "worker").await, 4);
    assert_eq!(world.wire.calls().iter().filter(|call| is_taking(call)).count(), 2, "a batch each");
}

#[tokio::test]
async fn a_slot_that_is_freed_is_not_handed_over() {
    let world = world(rate(20, 1)).await;
    create(&world, "worker", 3).await;
    assert_eq!(fill(&world.manager, "worker").await, 1);
    world.pass(5.0);
    let event = world.events().await.remove(0);
    let receipt = world.report(success(&event)).await;
    assert_eq!(receipt.handed_over_to, None);
    assert_eq!((world.slots_in_use("worker").await, world.counts("worker").await.queued), (0, 2));
}

#[tokio::test]
async fn an_event_says_by_when_its_work_must_begin() {
    let world = world(rate(20, 1)).await;
    create(&world, "worker", 1).await;
    fill(&world.manager, "worker").await;
    let event = world.events().await.remove(0);
    let start_by = Timestamp::from_seconds(event["sosw"]["start_by"].as_f64().unwrap());
    assert_eq!(start_by, world.now() + WINDOW / 10);
    let world = World::of_slots(1).await;
    assert_eq!(world.started().await["sosw"].get("start_by"), None);
}
