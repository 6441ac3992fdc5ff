//! Reports of a block that meet what became of it meanwhile.

use guarantees::{
    blocks::{blocks, members, partly},
    items::In,
    world::{World, failure, labourer, success},
};
use serde_json::Value;
use task_manager::{
    ids::{JobId, TaskId},
    labourer::Labourer,
    manager::attempts::receive::Effect,
    task::Status,
};

async fn world() -> World {
    let worker =
        Labourer { max_attempts: 5, max_simultaneous_invocations: 10, ..labourer("worker") };
    World::of([worker]).await
}

/// What runs next, once everything that waits is due.
async fn next(world: &World) -> Vec<Value> {
    world.pass(4000.0);
    world.requeue().await;
    world.orchestrate().await;
    world.events().await
}

/// The first attempt of a block, which is silent past its lease, and the second, which is live.
async fn two_attempts(world: &World, job: &JobId) -> (Value, Value) {
    let first = world.events().await.remove(0);
    world.pass(61.0);
    world.requeue().await;
    let mut second = next(world).await;
    assert_eq!((second.len(), first["task_id"].as_str()), (1, Some(of(job).as_str())));
    (first, second.remove(0))
}

fn of(job: &JobId) -> TaskId {
    TaskId::of_block(job, 0)
}

#[tokio::test]
async fn two_generations_of_leftovers_have_ids_of_their_own() {
    let world = world().await;
    let job = world.fill(&blocks(4, 4)).await;
    let event = world.events().await.remove(0);
    let ids = members(&event);
    // Nothing succeeds: the first piece keeps the id, the second gets one.
    world
        .report(partly(&event, &[(&ids[0], "A"), (&ids[1], "A"), (&ids[2], "B"), (&ids[3], "B")]))
        .await;
    // The same happens to the first piece.
    let events = next(&world).await;
    let own = events.iter().find(|event| event["task_id"] == of(&job).as_str()).unwrap();
    world.report(partly(own, &[(&ids[0], "A"), (&ids[1], "B")])).await;
    world.assert_partition(&job, 4).await;
    assert_eq!(world.everything().await.len(), 3);
    let block = world.find(&of(&job)).await.block.unwrap();
    assert_eq!(block.pieces.len(), 2, "both generations are listed");
}

#[tokio::test]
async fn late_successes_of_different_members_while_another_attempt_is_live_all_count() {
    let world = world().await;
    let job = world.fill(&blocks(4, 4)).await;
    let (first, second) = two_attempts(&world, &job).await;
    let ids = members(&first);
    world.pass(61.0);
    world.requeue().await;
    let third = next(&world).await.remove(0);
    let all_but = |event: &Value, succeeded: usize| {
        let failed: Vec<_> =
            (0..4).filter(|n| *n != succeeded).map(|n| (ids[n].as_str(), "A")).collect();
        partly(event, &failed)
    };
    assert_eq!(world.report(all_but(&first, 0)).await.outcome, Effect::Accepted);
    assert_eq!(world.report(all_but(&second, 2)).await.outcome, Effect::Accepted);
    assert_eq!(world.report(all_but(&first, 0)).await.outcome, Effect::AlreadyDone);
    let live = world.find(&of(&job)).await;
    assert_eq!(live.block.unwrap().accepted.to_string(), "0,2");
    // The live attempt crashes: what was accepted stays so, and only the rest is tried again.
    world.fail(&third).await;
    let places = world.assert_partition(&job, 4).await;
    let succeeded: Vec<_> =
        places.iter().filter(|(_, place)| place.is_some()).map(|(n, _)| *n).collect();
    assert_eq!(succeeded, [0, 2]);
    let events = next(&world).await;
    assert_eq!(members(&events[0]), [ids[1].as_str(), ids[3].as_str()]);
    world.succeed(&events[0]).await;
    assert_eq!(world.snapshot(&job).await.progress.succeeded, 4);
    assert_eq!(world.slots_in_use("worker").await, 0);
}

#[tokio::test]
async fn a_late_success_reaches_the_pieces_of_a_block_that_was_halved() {
    let once = Labourer { max_attempts: 1, max_simultaneous_invocations: 10, ..labourer("worker") };
    let world = World::of([once]).await;
    let job = world.fill(&blocks(4, 4)).await;
    let first = world.events().await.remove(0);
    world.pass(61.0);
    world.requeue().await;
    // It is due with its attempts spent: once its labourer goes on, a tick halves it.
    world.pass(4000.0);
    world.requeue().await;
    world.orchestrate().await;
    assert_eq!(world.everything().await.len(), 2);
    let receipt = world.succeed(&first).await;
    assert_eq!(receipt.outcome, Effect::Succeeded);
    let places = world.assert_partition(&job, 4).await;
    assert!(places.values().all(|place| *place == Some(Status::Succeeded)), "{places:?}");
    assert_eq!(world.succeed(&first).await.outcome, Effect::AlreadyDone);
    assert_eq!(world.snapshot(&job).await.progress.succeeded, 4);
}

#[tokio::test]
async fn a_late_success_of_some_lets_the_others_wait_where_they_waited() {
    let world = world().await;
    let job = world.fill(&blocks(4, 4)).await;
    let first = world.events().await.remove(0);
    let ids = members(&first);
    world.fail(&first).await;
    let due = world.find(&of(&job)).await.due_at;
    world.report(partly(&first, &[(&ids[1], "A")])).await;
    let places = world.assert_partition(&job, 4).await;
    assert_eq!(places.values().filter(|place| place.is_none()).count(), 1);
    let rest = world.all(In::Retry).await.remove(0);
    assert_eq!((rest.members().unwrap().to_string(), rest.due_at), ("1".to_owned(), due));
    // Back in the queue, the rest succeeds late, too.
    world.pass(4000.0);
    world.pause(true).await;
    world.scavenge().await;
    world.succeed(&first).await;
    assert_eq!(world.snapshot(&job).await.progress.succeeded, 4);
    world.assert_partition(&job, 4).await;
}

#[tokio::test]
async fn the_same_report_twice_changes_nothing_more_however_it_divided_the_block() {
    let world = world().await;
    let job = world.fill(&blocks(6, 6)).await;
    let event = world.events().await.remove(0);
    let ids = members(&event);
    let report = partly(&event, &[(&ids[0], "A"), (&ids[1], "B"), (&ids[2], "C")]);
    assert_eq!(world.report(report.clone()).await.outcome, Effect::Divided);
    let before = (world.everything().await.len(), world.snapshot(&job).await.progress);
    assert_eq!(world.report(report.clone()).await.outcome, Effect::AlreadyDone);
    let next = next(&world).await;
    assert_eq!(world.report(report).await.outcome, Effect::AlreadyDone);
    let after = (world.everything().await.len(), world.snapshot(&job).await.progress);
    assert_eq!(before, after);
    for event in &next {
        world.succeed(event).await;
    }
    assert_eq!(world.snapshot(&job).await.progress.succeeded, 6);
}

#[tokio::test]
async fn a_failure_of_an_older_attempt_ends_no_piece() {
    let world = world().await;
    let job = world.fill(&blocks(4, 4)).await;
    let (first, second) = two_attempts(&world, &job).await;
    assert_eq!(world.report(failure(&first)).await.outcome, Effect::Stale);
    world.assert_partition(&job, 4).await;
    assert_eq!(world.report(success(&second)).await.outcome, Effect::Succeeded);
}
