//! A scheduler that is killed, at whatever point: the next one goes on, and makes nothing twice.

use futures::future::{Either, select};
use serde_json::json;

use crate::{
    jobs::keyed,
    wire::{Call, Trouble},
    world::World,
};

const TASKS: u32 = 200;

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
async fn killed(world: &World, calls: usize, applied: bool, given: Given) -> bool {
    if applied {
        let mut sent = 0;
        world.wire.cut(1, Trouble::AnswerLost, move |_: &Call| {
            sent += 1;
            sent == calls + 1
        });
    }
    let gate = world.wire.stop(calls);
    let job = keyed(TASKS);
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
    world.wire.mend();
    killed
}

async fn goes_on(world: &World, after: After) {
    world.pass(60.0);
    let accepted = world.manager.jobs(1).await.unwrap().first().map(|found| found.job.id.clone());
    let message = accepted.map_or(keyed(TASKS), |id| json!({ "job_id": id }));
    let job = keyed(TASKS);
    match after {
        After::Again => drop(world.schedule(&job).await.unwrap()),
        After::Resumed => drop(world.schedule(&message).await.unwrap()),
        After::Both => {
            let (one, other) = tokio::join!(world.schedule(&job), world.schedule(&message));
            assert_eq!(one.unwrap().job_id, other.unwrap().job_id);
        }
    }
}

/// Killed after every call, until one run is not killed any more. Answers how many were.
async fn killed_after_every_call(given: Given, after: After) -> usize {
    let mut kills = 0;
    for applied in [false, true] {
        for calls in 0.. {
            let world = World::of_slots(3).await;
            if !killed(&world, calls, applied, given).await {
                break;
            }
            kills += 1;
            goes_on(&world, after).await;
            let jobs = world.manager.jobs(10).await.unwrap();
            assert_eq!(jobs.len(), 1, "after {calls} calls, {applied}");
            world.assert_made_once(&jobs[0].job.id, u64::from(TASKS)).await;
            let running = u64::from(world.slots_in_use("worker").await);
            assert!(running <= 3 && world.counts("worker").await.running == running);
        }
    }
    kills
}

#[tokio::test]
async fn killed_after_every_call_and_given_again_a_job_has_each_task_once() {
    let kills = killed_after_every_call(Given::Once, After::Again).await;
    assert!(kills > 20, "{kills}");
}

#[tokio::test]
async fn killed_after_every_call_and_resumed_by_a_tick_a_job_has_each_task_once() {
    killed_after_every_call(Given::Once, After::Resumed).await;
}

#[tokio::test]
async fn given_twice_and_killed_after_every_call_a_job_has_each_task_once() {
    killed_after_every_call(Given::Twice, After::Again).await;
}

#[tokio::test]
async fn given_twice_killed_given_again_and_resumed_at_once_a_job_has_each_task_once() {
    killed_after_every_call(Given::Twice, After::Both).await;
}
