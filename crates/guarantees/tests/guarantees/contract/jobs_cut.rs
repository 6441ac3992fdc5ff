//! A scheduler that is killed, at whatever point: the next one goes on, and makes nothing twice.

use futures::future::{Either, select};
use guarantees::{
    jobs::keyed,
    wire::{Call, WireFault},
    world::World,
};
use serde_json::json;

/// One range.
const FEW: u32 = 200;
/// Ranges that are filled side by side.
const MANY: u32 = 1200;

/// How often the job is given before the kill.
#[derive(Clone, Copy, Debug)]
enum Given {
    Once,
    Twice,
}

/// How the job goes on after the kill.
#[derive(Clone, Copy, Debug)]
enum After {
    /// The message comes again.
    Again,
    /// A tick sends its id, if it was accepted; else the message comes again.
    Resumed,
    /// Both at once.
    Both,
}

/// The scheduler is killed after `calls` calls (and the next one, if `applied`, arrives although
/// nobody lives to hear of it). Answers whether it lived that long.
async fn killed(world: &World, calls: usize, applied: bool, tasks: u32, given: Given) -> bool {
    if applied {
        let mut sent = 0;
        world.wire.cut(1, WireFault::AnswerLost, move |_: &Call| {
            sent += 1;
            sent == calls + 1
        });
    }
    let gate = world.wire.stop(calls);
    let job = keyed(tasks);
    let run = async {
        match given {
            Given::Once => drop(world.schedule(&job).await.unwrap()),
            Given::Twice => {
                let (one, other) = tokio::join!(world.schedule(&job), world.schedule(&job));
                assert_eq!(one.unwrap().job_id, other.unwrap().job_id);
            }
        }
    };
    let killed = matches!(
        select(std::pin::pin!(run), std::pin::pin!(gate.reached())).await,
        Either::Right(_)
    );
    world.wire.restore();
    killed
}

async fn goes_on(world: &World, tasks: u32, after: After) {
    world.pass(60.0);
    let accepted =
        world.manager.jobs().list(1).await.unwrap().first().map(|found| found.job.id.clone());
    let message = accepted.map_or(keyed(tasks), |id| json!({ "job_id": id }));
    let job = keyed(tasks);
    match after {
        After::Again => drop(world.schedule(&job).await.unwrap()),
        After::Resumed => drop(world.schedule(&message).await.unwrap()),
        After::Both => {
            let (one, other) = tokio::join!(world.schedule(&job), world.schedule(&message));
            assert_eq!(one.unwrap().job_id, other.unwrap().job_id);
        }
    }
}

/// Killed after a number of calls, and after one of which nobody heard. Answers whether it lived
/// that long; if it did, each task is made once in the end.
async fn survives(calls: usize, applied: bool, tasks: u32, given: Given, after: After) -> bool {
    let world = World::of_slots(3).await;
    if !killed(&world, calls, applied, tasks, given).await {
        return false;
    }
    goes_on(&world, tasks, after).await;
    let jobs = world.manager.jobs().list(10).await.unwrap();
    assert_eq!(jobs.len(), 1, "after {calls} calls, {applied}");
    world.assert_made_once(&jobs[0].job.id, u64::from(tasks)).await;
    let running = u64::from(world.slots_in_use("worker").await);
    assert!(running <= 3 && world.counts("worker").await.running == running);
    true
}

/// Killed after every `step`-th call, until one run is not killed any more: more than `least` are.
async fn killed_after_every_call(
    (tasks, step): (u32, usize),
    given: Given,
    after: After,
    least: usize,
) {
    let mut kills = 0;
    for applied in [false, true] {
        for calls in (0..).step_by(step) {
            if !survives(calls, applied, tasks, given, after).await {
                break;
            }
            kills += 1;
        }
    }
    println!("{tasks} tasks, {given:?}, {after:?}: {kills} kills");
    assert!(kills > least, "{kills}");
}

#[tokio::test]
async fn killed_after_every_call_and_given_again_a_job_has_each_task_once() {
    killed_after_every_call((FEW, 1), Given::Once, After::Again, 20).await;
}

#[tokio::test]
async fn killed_after_every_call_and_resumed_by_a_tick_a_job_has_each_task_once() {
    killed_after_every_call((FEW, 1), Given::Once, After::Resumed, 20).await;
}

#[tokio::test]
async fn given_twice_and_killed_after_every_call_a_job_has_each_task_once() {
    killed_after_every_call((FEW, 1), Given::Twice, After::Again, 20).await;
}

#[tokio::test]
async fn given_twice_killed_given_again_and_resumed_at_once_a_job_has_each_task_once() {
    killed_after_every_call((FEW, 1), Given::Twice, After::Both, 20).await;
}

#[tokio::test]
async fn killed_while_its_ranges_are_filled_side_by_side_a_job_has_each_task_once() {
    killed_after_every_call((MANY, 3), Given::Once, After::Both, 20).await;
}
