//! Metrics cross their thresholds while tasks run.

use serde_json::{Value, json};
use task_manager::ecology::Health;

use super::{Surrounded, less_is_better, limits, memory, worker};

async fn with_cpu() -> Surrounded {
    let nature =
        Surrounded::of(worker(json!({ "health_metrics": { "DbCpu": less_is_better("CPU") } })))
            .await;
    nature.world.create_numbered(60).await;
    nature
}

/// Every live attempt succeeds. Answers how many slots are in use then.
async fn all_end(nature: &Surrounded) -> u32 {
    for event in nature.world.events().await {
        nature.world.succeed(&event).await;
    }
    nature.world.slots_in_use("worker").await
}

fn slots_and_health(tally: &Value) -> (u64, &str) {
    (tally["slot_limit"].as_u64().unwrap(), tally["health"].as_str().unwrap())
}

#[tokio::test]
async fn the_slots_in_use_follow_a_metric_within_one_tick() {
    let nature = with_cpu().await;
    let tally = nature.tick_with("CPU", 20.0).await;
    assert_eq!(slots_and_health(&tally), (8, "4 High: DbCpu 20 <= 25"));
    assert_eq!(all_end(&nature).await, 8, "slots are handed over");

    let tally = nature.tick_with("CPU", 61.3).await;
    assert_eq!(slots_and_health(&tally), (4, "2 Moderate: DbCpu 61.3 > 50"));
    assert_eq!(tally["invoked"], 0);
    assert_eq!(all_end(&nature).await, 4, "four slots are given back, four handed over");
    assert_eq!(all_end(&nature).await, 4);

    let tally = nature.tick_with("CPU", 90.0).await;
    assert_eq!(slots_and_health(&tally), (0, "0 Bad: DbCpu 90 > 75"));
    assert_eq!(all_end(&nature).await, 0, "nothing is handed over");
    assert_eq!(nature.tick_with("CPU", 95.0).await["invoked"], 0);
}

#[tokio::test]
async fn health_rises_a_step_a_tick_and_each_tick_fills_its_slots() {
    let nature = with_cpu().await;
    nature.tick_with("CPU", 80.0).await;
    let mut in_use = Vec::new();
    for _ in 0..4 {
        nature.tick_with("CPU", 10.0).await;
        in_use.push(nature.world.slots_in_use("worker").await);
    }
    assert_eq!(in_use, [0, 4, 6, 8]);
    let memory = memory(&nature.world).await;
    assert_eq!(limits(&memory.changes), [0, 0, 4, 6, 8]);
    assert_eq!(memory.changes[2].reason, "2 Moderate, rising to 4 High: DbCpu 10 <= 25");
    assert_eq!((memory.health, memory.since), (Health::High, nature.world.now()));
}

#[tokio::test]
async fn the_worst_metric_decides_in_whichever_direction_it_is_better() {
    let free = json!({
        "details": { "MetricName": "Free", "Namespace": "Test", "MetricAggregationTimeSlice": 60 },
        "feelings": { "4": 100, "3": 50 },
        "feeling_comparison_operator": ">=",
    });
    let metrics = json!({ "DbCpu": less_is_better("CPU"), "DbFree": free });
    let nature = Surrounded::of(worker(json!({ "health_metrics": metrics }))).await;
    nature.put("CPU", 10.0);
    nature.put("Free", 70.0);
    let tally = nature.tick().await["labourers"]["worker"].clone();
    assert_eq!(slots_and_health(&tally), (6, "3 Good: DbFree 70 < 100"));
}

#[tokio::test]
async fn the_row_agrees_with_the_tally() {
    let nature = with_cpu().await;
    let tally = nature.tick_with("CPU", 61.3).await;
    let row =
        nature.world.manager.store().labourers().row(&super::id("worker")).await.unwrap().unwrap();
    assert_eq!(slots_and_health(&tally), (row.slot_limit.into(), row.health.as_deref().unwrap()));
    assert_eq!(row.refreshed_at, Some(nature.world.now()));
}

#[tokio::test]
async fn a_labourer_without_work_is_written_for_news_alone() {
    let nature =
        Surrounded::of(worker(json!({ "health_metrics": { "DbCpu": less_is_better("CPU") } })))
            .await;
    nature.tick_with("CPU", 20.0).await;
    nature.world.wire.calls();
    for value in [21.0, 22.0, 24.0] {
        nature.tick_with("CPU", value).await;
    }
    let writes = || nature.world.wire.calls().into_iter().filter(|call| call.is_write()).count();
    assert_eq!(writes(), 0);
    nature.tick_with("CPU", 30.0).await;
    assert_eq!(writes(), 1, "its health has changed");
}

#[tokio::test]
async fn a_labourer_without_slots_has_the_latest_reason_at_every_tick() {
    let nature = with_cpu().await;
    for value in [90.0, 95.0, 99.0] {
        nature.tick_with("CPU", value).await;
        let row = nature
            .world
            .manager
            .store()
            .labourers()
            .row(&super::id("worker"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.health, Some(format!("0 Bad: DbCpu {value} > 75")));
    }
}

#[tokio::test]
async fn the_last_value_of_a_labourer_without_work_is_held_however_long_nothing_was_written() {
    let nature =
        Surrounded::of(worker(json!({ "health_metrics": { "DbCpu": less_is_better("CPU") } })))
            .await;
    nature.world.wire.calls();
    for _ in 0..60 {
        nature.tick_with("CPU", 20.0).await;
    }
    let writes = nature.world.wire.calls().into_iter().filter(|call| call.is_write()).count();
    assert!(writes <= 10, "{writes} writes in an hour");
    nature.world.pass(60.0);
    let tally = nature.tick().await["labourers"]["worker"].clone();
    let (slots, health) = slots_and_health(&tally);
    assert_eq!(slots, 8);
    assert!(health.starts_with("4 High: DbCpu 20 <= 25, "), "{health}");
    assert!(health.ends_with("ago: no data points in 1m"), "{health}");
}

#[tokio::test]
async fn what_the_config_no_longer_asks_for_leaves_the_row() {
    let nature = with_cpu().await;
    nature.tick_with("CPU", 90.0).await;
    let mut config = nature.world.manager.config().clone();
    config.labourers.get_mut(&super::id("worker")).unwrap().health.metrics.clear();
    let clock = nature.world.now();
    let manager = task_manager::TaskManager::new(&nature.world.clients, config.into(), "test")
        .with_clock(std::sync::Arc::new(move || clock));
    let tally = super::tick(&manager, &nature.health_source).await;
    assert_eq!(tally["labourers"]["worker"]["invoked"], 8);
    let row = manager.store().labourers().row(&super::id("worker")).await.unwrap().unwrap();
    assert_eq!((row.slot_limit, row.health, row.ecology), (8, None, None));
}
