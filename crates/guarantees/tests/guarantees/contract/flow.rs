//! Everything at once: the promises hold, and the slots are busy.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures::future::join_all;
use guarantees::{
    labourers::Observer,
    world::{World, id, labourer, orchestrate, scavenge, success},
};
use local::lambda::FunctionError;
use serde_json::{Value, json};
use task_manager::{
    labourer::{Labourer, backoff::Backoff},
    time::Timestamp,
};
use tokio::time::sleep;

const TASKS: u64 = 2000;
const SLOTS: u32 = 20;

/// Tasks that end in every way: some fail at first, some are reported twice.
async fn work(
    world_manager: task_manager::TaskManager,
    watch: Observer,
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
    let worker = Labourer {
        max_simultaneous_invocations: SLOTS,
        after_failure: Backoff::Linear { base: Duration::ZERO },
        ..labourer("worker")
    };
    let (world, watch) = (World::of([worker]).await, Observer::default());
    world.deploy_assistant(&watch);
    let (manager, observed) = (world.manager.clone(), watch.clone());
    world.deploy_worker(&watch, move |event| work(manager.clone(), observed.clone(), event));
    let tasks = world.create_numbered(TASKS as usize).await;

    let done = AtomicBool::new(false);
    let orchestrators = join_all((0..8).map(|_| async {
        while !done.load(Ordering::Relaxed) {
            orchestrate(&world.manager).await;
            let row = world.manager.store().labourers().row(&id("worker")).await.unwrap().unwrap();
            assert!(row.running() <= SLOTS, "{}", row.running());
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
    // If it never ends, the runner's limit ends it.
    tokio::join!(orchestrators, scavengers, observer);
    world.lambda.idle().await;

    let observed = watch.observed();
    assert!(observed.most <= SLOTS as usize, "{} at work at once", observed.most);
    assert_eq!(observed.effects["Succeeded"], TASKS as usize, "{:?}", observed.effects);
    assert_eq!(observed.effects["Parked"], TASKS as usize / 4, "{:?}", observed.effects);
    assert_eq!(observed.effects["AlreadyDone"], TASKS as usize / 4, "{:?}", observed.effects);
    world.assert_all_succeeded("worker", TASKS).await;
    for task in
        world.manager.store().closed().get_all(tasks.iter().map(|task| &task.id)).await.unwrap()
    {
        let closed = task.history.iter().filter(|entry| entry.contains(" succeeded "));
        assert_eq!(closed.count(), 1, "{:?}", task.history);
        let failed = serde_json::from_str::<Value>(task.payload_text()).unwrap()["n"]
            .as_u64()
            .unwrap()
            .is_multiple_of(4);
        assert_eq!(task.attempts, if failed { 2 } else { 1 });
    }
}

/// Virtual time, and nothing but reports: no tick comes after the first.
#[tokio::test]
async fn slots_are_busy_until_the_queue_is_empty() {
    const SLOTS: u32 = 10;
    const TASKS: usize = 60;
    let world = World::of_slots(SLOTS).await;
    world.create_numbered(TASKS).await;
    world.orchestrate().await;
    let (mut at_work, mut shifts) = (Vec::new(), Vec::new());
    loop {
        for event in world.events().await {
            let takes = 2.0 + (event["n"].as_u64().unwrap() * 7 % 5) as f64 / 10.0;
            at_work.push((world.now(), world.now() + Duration::from_secs_f64(takes), event));
        }
        at_work.sort_by_key(|(_, end, _)| std::cmp::Reverse(*end));
        let Some((start, end, event)) = at_work.pop() else { break };
        world.pass(end.since(world.now()).as_secs_f64());
        world.succeed(&event).await;
        shifts.push((start, end));
    }
    assert_eq!(shifts.len(), TASKS);
    world.assert_all_succeeded("worker", TASKS as u64).await;
    let busy = busy(&shifts, SLOTS);
    assert!(busy >= 0.95, "slots were busy {:.1} % of the time", 100.0 * busy);
}

/// The part of its time that a slot was busy, from the first start to the last: then the queue is
/// empty.
fn busy(shifts: &[(Timestamp, Timestamp)], slots: u32) -> f64 {
    let first = shifts.iter().map(|(start, _)| *start).min().unwrap();
    let last = shifts.iter().map(|(start, _)| *start).max().unwrap();
    let worked = shifts.iter().map(|(start, end)| (*end).min(last).since(*start));
    worked.sum::<Duration>().as_secs_f64() / last.since(first).as_secs_f64() / f64::from(slots)
}
