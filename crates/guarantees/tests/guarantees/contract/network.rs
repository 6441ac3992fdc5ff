//! The network repeats, loses and refuses: the same transitions, once.

use guarantees::{
    items::In,
    wire::{Call, WireFault},
    world::{World, task_id},
};
use serde_json::json;
use task_manager::{manager::attempts::receive::Effect, task::Status};

fn is_transaction(call: &Call) -> bool {
    call.operation == "TransactWriteItems"
}

/// One task through everything: fails, is requeued, expires, is requeued, and succeeds.
async fn long_life(world: &World) {
    let first = world.started().await;
    assert_eq!(world.fail(&first).await.outcome, Effect::Parked);
    world.pass(3600.0);
    world.scavenge().await;
    let second = world.next_event().await;
    world.pass(61.0);
    world.scavenge().await;
    world.pass(3600.0);
    world.scavenge().await;
    let third = world.next_event().await;
    assert_eq!((second["attempts"].clone(), third["attempts"].clone()), (json!(1), json!(2)));
    assert_eq!(world.succeed(&third).await.outcome, Effect::Succeeded);
    let task = world.find(&task_id(&first)).await;
    assert_eq!((task.closed.unwrap().status, task.attempts), (Status::Succeeded, 3));
    let kinds: Vec<_> = task.errors.iter().map(|error| error.kind.as_str()).collect();
    assert_eq!(kinds, ["Oops", "expired"]);
    world.assert_all_succeeded("worker", 1).await;
    assert_eq!(world.places(&task.id).await, [In::Closed]);
}

#[tokio::test]
async fn a_transaction_that_arrives_twice_is_applied_once() {
    let world = World::of_slots(1).await;
    world.wire.cut(usize::MAX, WireFault::Twice, is_transaction);
    long_life(&world).await;
}

#[tokio::test]
async fn nobody_takes_himself_for_a_rival_when_an_answer_is_lost() {
    let world = World::of_slots(1).await;
    let mut lost = false;
    // Every other answer: the repetition of each transaction gets through.
    world.wire.cut(usize::MAX, WireFault::AnswerLost, move |call| {
        lost = is_transaction(call) && !lost;
        lost
    });
    long_life(&world).await;
}

#[tokio::test]
async fn all_slots_are_filled_though_the_index_still_shows_what_was_claimed() {
    let world = World::of_slots(60).await;
    world.create_numbered(60).await;
    // The first read of a task cannot be late.
    world.wire.cut(3, WireFault::Stale, |call| call.names("IndexName"));
    assert_eq!(world.orchestrate().await["labourers"]["worker"]["invoked"], 60);
}
