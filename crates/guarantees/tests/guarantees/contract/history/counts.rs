//! The numbers are those of the tasks.

use std::time::Duration;

use guarantees::{
    blocks::{blocks, members, partly},
    items::{In, invoked_by_sosw},
    world::{World, id, labourer, success, with},
};
use operator::history::{Series, briefs, series};
use serde_json::json;
use task_manager::labourer::Labourer;

use super::{history, minute, minutes, sums};

fn busy(name: &str, slots: u32) -> Labourer {
    Labourer { max_simultaneous_invocations: slots, max_attempts: 2, ..labourer(name) }
}

#[tokio::test]
async fn each_end_counts_once_whatever_is_reported_twice_or_late() {
    // With counters of freed slots beside the row, and without.
    for slots in [4, 30] {
        let world = World::of([busy("worker", slots)]).await;
        world.create_numbered(40).await;
        let mut attempts = 0;
        let mut silent = None;
        for round in 0.. {
            world.orchestrate_and_record().await;
            let mut events = world.events().await;
            while let Some(event) = events.pop() {
                attempts += 1;
                match attempts % 5 {
                    0 => drop(world.fail(&event).await),
                    1 if silent.is_none() => silent = Some(event.clone()),
                    _ => {
                        world.succeed(&event).await;
                        world.succeed(&event).await;
                    }
                }
                events.extend(world.events().await);
            }
            world.pass(90.0);
            world.scavenge().await;
            // It expired, and succeeded after all, while it waits or while its next attempt is live.
            if let Some(event) = silent.take_if(|_| round == 2) {
                world.succeed(&event).await;
                silent = Some(event);
            }
            let counts = world.counts("worker").await;
            if counts.open() == 0 {
                break;
            }
            assert!(round < 40, "{counts:?}");
        }
        minute(&world).await;
        minute(&world).await;

        let counts = world.counts("worker").await;
        let [started, succeeded, failed, expired, exhausted, retried] =
            sums(&minutes(&world, "worker").await);
        assert_eq!((succeeded, exhausted), (counts.succeeded, counts.exhausted), "{slots} slots");
        assert_eq!(started, attempts, "{slots} slots");
        assert_eq!(expired, 1);
        assert_eq!(failed + expired, exhausted + retried);
        assert_eq!(failed, attempts / 5);
        assert!(exhausted > 0 && retried > 0);
    }
}

#[tokio::test]
async fn a_block_counts_its_members() {
    let world = World::of_slots(2).await;
    world.schedule(&blocks(30, 10)).await.unwrap();
    world.orchestrate_and_record().await;
    let mut events = world.events().await;
    assert_eq!(events.len(), 2);
    let bad = members(&events[0]);
    world.report(partly(&events[0], &[(&bad[3], "Oops"), (&bad[4], "Oops")])).await;
    world.succeed(&events[1]).await;
    events = world.events().await;
    assert_eq!(events.len(), 1, "the slot was handed over to the third block");
    world.succeed(&events[0]).await;
    world.pass(10.0);
    minute(&world).await;
    minute(&world).await;
    let [started, succeeded, failed, expired, exhausted, retried] =
        sums(&minutes(&world, "worker").await);
    assert_eq!((started, succeeded), (30, 28));
    assert_eq!((failed, expired, exhausted, retried), (2, 0, 0, 2));
}

#[tokio::test]
async fn the_stack_is_the_sum_of_its_labourers() {
    let world = World::of(["a", "b", "c"].map(|name| busy(name, 2))).await;
    for (name, count) in [("a", 5), ("b", 3)] {
        world.create(name, (0..count).map(|n| json!({ "n": n }))).await;
    }
    for _ in 0..4 {
        minute(&world).await;
        for (n, event) in world.events().await.iter().enumerate() {
            if n == 0 {
                world.fail(event).await
            } else {
                world.succeed(event).await
            };
        }
    }
    minute(&world).await;
    minute(&world).await;
    let stack = history(&world, &Series::Stack).await.points;
    let (a, b) = (minutes(&world, "a").await, minutes(&world, "b").await);
    let both: Vec<_> = a.iter().chain(&b).cloned().collect();
    assert!(sums(&both).iter().take(3).all(|count| *count > 0));
    assert_eq!(sums(&stack), sums(&both));
    for point in &stack {
        let of: Vec<_> = both.iter().filter(|of| of.at == point.at).collect();
        let sum =
            |get: fn(&operator::history::Point) -> u64| of.iter().map(|p| get(p)).sum::<u64>();
        assert_eq!(point.queued, sum(|p| p.queued));
        assert_eq!(u64::from(point.running), sum(|p| p.running.into()));
    }
    let lines = briefs(&world.manager, stack[0].at).await.unwrap();
    assert_eq!(lines.keys().map(|id| id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    for (name, points) in [("a", &a), ("b", &b)] {
        let line: Vec<_> = lines[&id(name)].iter().map(|b| (b.at, b.queued, b.succeeded)).collect();
        assert_eq!(line, points.iter().map(|p| (p.at, p.queued, p.succeeded)).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn what_stands_and_how_long_attempts_take_is_recorded() {
    let world = World::of_slots(2).await;
    world.create_numbered(8).await;
    world.orchestrate_and_record().await;
    let first = minutes(&world, "worker").await;
    let [point] = &first[..] else { panic!("{first:?}") };
    assert_eq!((point.queued, point.running, point.slots, point.health), (6, 2, 2, 4));
    for _ in 0..2 {
        world.pass(20.0);
        for event in world.events().await {
            world.succeed(&event).await;
        }
    }
    world.pass(30.0);
    world.orchestrate_and_record().await;
    let point = minutes(&world, "worker").await.pop().unwrap();
    assert_eq!((point.succeeded, point.queued, point.oldest), (4, 2, 70));
    let near = |seconds: Option<f64>| (seconds.unwrap() / 20.0 - 1.0).abs() < 0.06;
    assert!(near(point.median) && near(point.p95), "{point:?}");
    world.pause(true).await;
    minute(&world).await;
    let point = minutes(&world, "worker").await.pop().unwrap();
    assert!(point.reason.starts_with("paused until"), "{point:?}");
}

#[tokio::test]
async fn a_labourer_that_left_the_config_keeps_its_history_and_its_last_ends_count() {
    let mut world = World::of([busy("old", 2), labourer("other")]).await;
    world.create("old", (0..2).map(|n| json!({ "n": n }))).await;
    world.orchestrate_and_record().await;
    world.scavenge().await;
    let events = world.events().await;
    world.configure(|config| {
        let renamed = config.labourers.remove(&id("old")).unwrap();
        config.labourers.insert(id("new"), Labourer { id: id("new"), ..renamed });
    });
    world.pass(59.0);
    for event in &events {
        world.succeed(event).await;
    }
    world.scavenge().await;
    for _ in 0..3 {
        minute(&world).await;
        world.scavenge().await;
    }
    let points = minutes(&world, "old").await;
    assert_eq!(sums(&points)[..2], [2, 2]);
    assert!(minutes(&world, "new").await.is_empty());
    assert_eq!(series("old"), Ok(Series::Labourer(id("old"))));
    assert_eq!(series("labourer stack"), Ok(Series::Labourer(id("stack"))));
}

#[tokio::test]
async fn what_others_closed_counts_too() {
    let world = World::of_slots(2).await;
    // Of sosw 0.7, marked by its worker assistant; and one that a version before this one closed.
    let marked = with(invoked_by_sosw(&world, "marked", 10.0), json!({ "completed_at": 1 }));
    world.put(In::Tasks, marked).await;
    let event = world.started().await;
    world.succeed(&event).await;
    let closed = json!({
        "task_id": "theirs", "labourer_id": "worker", "labourer_id_task_status": "worker_1",
        "closed_at": world.now().seconds() + 1.0, "payload": "{}",
    });
    world.put(In::Closed, closed).await;
    world.scavenge().await;
    world.pass(10.0);
    minute(&world).await;
    assert_eq!(sums(&minutes(&world, "worker").await)[1], 3);
}

#[tokio::test]
async fn a_record_expires_with_its_days() {
    let mut world = World::of_slots(1).await;
    world.configure(|config| config.keep_history = Duration::from_secs(7 * 86_400));
    world.create_numbered(1).await;
    world.wire.calls();
    world.orchestrate_and_record().await;
    let table = &world.manager.config().names.history;
    let puts: Vec<_> =
        world.wire.calls().into_iter().filter(|call| call.operation == "PutItem").collect();
    let puts: Vec<_> = puts
        .into_iter()
        .map(|call| call.body())
        .filter(|put| put["TableName"] == **table)
        .collect();
    assert_eq!(puts.len(), 2);
    for put in puts {
        let number =
            |field: &str| put["Item"][field]["N"].as_str().unwrap().parse::<u64>().unwrap();
        assert_eq!(number("expires_at") - number("minute"), 7 * 86_400);
    }
}

#[tokio::test]
async fn a_success_says_the_same_when_its_result_comes_later() {
    let world = World::of_slots(1).await;
    let event = world.started().await;
    world.succeed(&event).await;
    let with_result = with(success(&event), json!({ "result": { "rows": 7 } }));
    world.report(with_result).await;
    world.pass(10.0);
    minute(&world).await;
    let point = minutes(&world, "worker").await.pop().unwrap();
    assert_eq!(point.succeeded, 1);
    assert!(point.median.is_some());
}
