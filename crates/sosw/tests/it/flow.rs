//! Everything at once: the promises hold, and the slots are busy.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use futures::future::join_all;
use local::lambda::FunctionError;
use serde_json::{Value, json};
use task_manager::{backoff::Backoff, labourer::Labourer};
use tokio::{sync::Mutex, time::sleep};

use crate::{
    labourers::Watch,
    world::{World, id, labourer, orchestrate, scavenge, success},
};

/// These tests measure, or keep all cores busy: one at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

const TASKS: u64 = 2000;
const SLOTS: u32 = 20;

/// Tasks that end in every way: some fail at first, some are reported twice.
async fn work(
    world_manager: task_manager::TaskManager,
    watch: Watch,
    event: Value,
) -> Result<Value, FunctionError> {
    match event["n"].as_u64().unwrap() % 4 {
        0 if event["attempts"] == 0 => Err(FunctionError::new("Unlucky", "at first")),
        1 => {
            watch.report(&world_manager, success(&event)).await?;
            Ok(Value::Null)
        }
        n => {
            sleep(Duration::from_millis(2 * n)).await;
            Ok(json!({ "n": n }))
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_everybody_at_work_the_limit_holds_and_each_task_is_closed_once() {
    let _alone = ALONE.lock().await;
    let worker = Labourer {
        max_simultaneous_invocations: SLOTS,
        after_failure: Backoff::Linear { base: Duration::ZERO },
        ..labourer("worker")
    };
    let (world, watch) = (World::of([worker]).await, Watch::default());
    world.deploy_assistant(&watch);
    let (manager, seen) = (world.manager.clone(), watch.clone());
    world.deploy_worker(&watch, move |event| work(manager.clone(), seen.clone(), event));
    let tasks = world.create_numbered(TASKS as usize).await;

    let done = AtomicBool::new(false);
    let orchestrators = join_all((0..8).map(|_| async {
        while !done.load(Ordering::Relaxed) {
            orchestrate(&world.manager).await;
            let row = world.manager.store().row(&id("worker")).await.unwrap().unwrap();
            assert!(row.running <= SLOTS, "{}", row.running);
            sleep(Duration::from_millis(200)).await;
        }
    }));
    let scavengers = join_all((0..2).map(|_| async {
        while !done.load(Ordering::Relaxed) {
            scavenge(&world.manager).await;
            sleep(Duration::from_millis(200)).await;
        }
    }));
    let observer = async {
        while world.counts("worker").await.open() > 0 {
            sleep(Duration::from_millis(500)).await;
        }
        done.store(true, Ordering::Relaxed);
    };
    tokio::time::timeout(Duration::from_secs(300), async {
        tokio::join!(orchestrators, scavengers, observer)
    })
    .await
    .expect("all tasks are closed");
    world.lambda.idle().await;

    let seen = watch.seen();
    assert!(seen.most <= SLOTS as usize, "{} at work at once", seen.most);
    assert_eq!(seen.effects["Succeeded"], TASKS as usize, "{:?}", seen.effects);
    assert_eq!(seen.effects["Parked"], TASKS as usize / 4, "{:?}", seen.effects);
    assert_eq!(seen.effects["AlreadyDone"], TASKS as usize / 4, "{:?}", seen.effects);
    world.assert_all_succeeded("worker", TASKS).await;
    for task in world.manager.store().all_closed(tasks.iter().map(|task| &task.id)).await.unwrap() {
        let closed = task.history.iter().filter(|entry| entry.contains(" succeeded "));
        assert_eq!(closed.count(), 1, "{:?}", task.history);
        let failed =
            serde_json::from_str::<Value>(&task.payload).unwrap()["n"].as_u64().unwrap() % 4 == 0;
        assert_eq!(task.attempts, if failed { 2 } else { 1 });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_are_busy_until_the_queue_is_empty() {
    const SLOTS: u32 = 10;
    let _alone = ALONE.lock().await;
    let (world, watch) = (World::of_slots(SLOTS).await, Watch::default());
    world.deploy_assistant(&watch);
    // From 2 to 6 seconds: long enough that it is not the machine that is measured.
    world.deploy_worker(&watch, |event| async move {
        sleep(Duration::from_secs(2 + event["n"].as_u64().unwrap() * 7 % 5)).await;
        Ok(Value::Null)
    });
    world.create_numbered(30).await;
    // One tick fills the slots; from there on they are handed over.
    world.orchestrate().await;
    world.lambda.idle().await;
    world.assert_all_succeeded("worker", 30).await;
    let busy = busy(&watch.seen().shifts, SLOTS);
    assert!(busy >= 0.95, "slots were busy {:.1} % of the time", 100.0 * busy);
}

/// The part of its time that a slot was busy, from the first start to the last: then the queue is
/// empty.
fn busy(shifts: &[(Instant, Instant)], slots: u32) -> f64 {
    let first = shifts.iter().map(|(start, _)| *start).min().unwrap();
    let last = shifts.iter().map(|(start, _)| *start).max().unwrap();
    let worked = shifts.iter().map(|(start, end)| (*end).min(last) - *start);
    worked.sum::<Duration>().as_secs_f64() / (last - first).as_secs_f64() / f64::from(slots)
}
