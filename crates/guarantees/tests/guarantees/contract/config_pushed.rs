//! A config that is pushed while functions run: all of them follow within a minute, what was granted
//! before is kept, and what cannot be used changes nothing.

use std::{sync::Arc, time::Duration};

use function::follow::Follower;
use guarantees::{
    wire::WireFault,
    world::{World, assist, id, labourer, orchestrate, scavenge, success, task_id},
};
use operator::{config::push, tasks::TaskState};
use serde_json::{Value, json};
use task_manager::{
    TaskManager, attributes::s, config::Names, sources::Sources, storage::config::ConfigTable,
    time::Timestamp,
};

const ROW: &str = Sources::ESSENTIAL;

/// A stack at work, with its config in a table.
struct Stack {
    world: World,
    table: ConfigTable,
    /// In the order of a task.
    functions: [Follower; 4],
}

impl Stack {
    async fn of(config: &Value) -> Self {
        let world = World::of([labourer("worker"), labourer("late")]).await;
        let names = world.manager.config().names.clone();
        let table = ConfigTable { name: format!("{}-config", names.tasks), env: "test".into() };
        table.create(&world.clients.dynamodb).await.unwrap();
        push(&world.clients, &table, ROW, config).await.unwrap();
        let text = task_config(&names);
        let follower = async |function: &str| {
            let sources = Sources {
                table: Some(table.clone()),
                function: Some(function.to_owned()),
                file: None,
                text: Some(text.to_string()),
            };
            let manager = world.manager.clone();
            let with = |config: Arc<_>| manager.with_config(config);
            Follower::begin(sources, world.clients.dynamodb.clone(), with).await.unwrap()
        };
        let functions = [
            follower("sosw_scheduler").await,
            follower("sosw_orchestrator").await,
            follower("sosw_worker_assistant").await,
            follower("sosw_scavenger").await,
        ];
        Self { world, table, functions }
    }

    async fn push(&self, config: &Value) {
        push(&self.world.clients, &self.table, ROW, config).await.unwrap();
    }

    /// Puts a text into the row that no push would let through.
    async fn write(&self, text: &str) {
        let put = self.world.clients.dynamodb.put_item().table_name(&self.table.name);
        let put = put.item("env", s(&self.table.env)).item("config_name", s(ROW));
        put.item("config_value", s(text)).send().await.unwrap();
    }

    /// What the four functions work with at their next events.
    async fn managers(&self) -> [TaskManager; 4] {
        let [scheduler, orchestrator, assistant, scavenger] = &self.functions;
        [
            scheduler.manager().await,
            orchestrator.manager().await,
            assistant.manager().await,
            scavenger.manager().await,
        ]
    }

    /// The slots of the worker, as each function has them.
    async fn slots(&self) -> [u32; 4] {
        self.managers().await.map(|manager| slots(&manager))
    }

    async fn state(&self, event: &Value) -> TaskState {
        let [.., scavenger] = self.managers().await;
        let row = scavenger.store().labourers().row(&id("worker")).await.unwrap();
        let task = self.world.find(&task_id(event)).await;
        TaskState::of(&task, scavenger.config(), row.as_ref(), scavenger.now())
    }
}

/// The part of a config that names the tables.
fn task_config(names: &Names) -> Value {
    json!({ "task_config": {
        "dynamo_db_config": { "table_name": names.tasks },
        "sosw_retry_tasks_table": names.retry, "sosw_closed_tasks_table": names.closed,
        "sosw_labourers_table": names.labourers, "sosw_jobs_table": names.jobs,
        "sosw_history_table": names.history,
    } })
}

/// The slots of the worker, by the config of a manager.
fn slots(manager: &TaskManager) -> u32 {
    manager.labourers().get(&id("worker")).unwrap().max_simultaneous_invocations
}

fn worker(slots: u32, lease: u32) -> Value {
    json!({
        "max_simultaneous_invocations": slots, "duration": lease - 30, "cooldown": 30,
    })
}

#[tokio::test]
async fn all_four_functions_follow_within_a_minute_and_leases_granted_before_are_honoured() {
    let stack = Stack::of(&json!({ "labourers": { "worker": worker(1, 660) } })).await;
    let world = &stack.world;
    world.create_numbered(4).await;
    let [_, orchestrator, ..] = stack.managers().await;
    orchestrate(&orchestrator).await;
    let long = world.next_event().await;

    stack.push(&json!({ "labourers": { "worker": worker(2, 60), "late": {} } })).await;
    world.pass(59.0);
    assert_eq!(stack.slots().await, [1; 4], "each reads its rows once a minute at most");
    world.pass(1.0);
    assert_eq!(stack.slots().await, [2; 4]);

    let [scheduler, orchestrator, assistant, scavenger] = stack.managers().await;
    let job = json!({ "lambda_name": "late" });
    scheduler::run(&scheduler, &job.into(), None, world.soon()).await.unwrap();
    let of_late = world.next_event().await;
    assert_eq!(of_late["labourer_id"], "late");
    assist(&assistant, success(&of_late)).await.unwrap();
    orchestrate(&orchestrator).await;
    let short = world.next_event().await;
    world.pass(61.0);
    scavenge(&scavenger).await;
    assert_eq!(stack.state(&short).await, TaskState::Parked);
    assert_eq!(stack.state(&long).await, TaskState::Running, "it was granted 660 s");
    world.pass(540.0);
    scavenge(&scavenger).await;
    assert_eq!(stack.state(&long).await, TaskState::Parked);
    world.pass(10.0);
}

#[tokio::test]
async fn a_lease_that_becomes_longer_counts_for_attempts_at_work_too() {
    let stack = Stack::of(&json!({ "labourers": { "worker": worker(1, 60) } })).await;
    let world = &stack.world;
    world.create_numbered(1).await;
    let [_, orchestrator, ..] = stack.managers().await;
    orchestrate(&orchestrator).await;
    let event = world.next_event().await;
    stack.push(&json!({ "labourers": { "worker": worker(1, 660) } })).await;
    world.pass(61.0);
    let [.., scavenger] = stack.managers().await;
    scavenge(&scavenger).await;
    assert_eq!(stack.state(&event).await, TaskState::Running);
    world.pass(600.0);
    scavenge(&scavenger).await;
    assert_eq!(stack.state(&event).await, TaskState::Parked);
}

#[tokio::test]
async fn a_config_that_cannot_be_used_changes_nothing_until_a_sound_one_comes() {
    let stack = Stack::of(&json!({ "labourers": { "worker": worker(1, 60) } })).await;
    for broken in ["{", "[]", r#"{"labourers": 5}"#] {
        stack.write(broken).await;
        stack.world.pass(60.0);
        assert_eq!(stack.slots().await, [1; 4], "{broken}");
    }
    stack.world.wire.calls();
    assert_eq!(stack.slots().await, [1; 4]);
    assert!(stack.world.wire.calls().is_empty(), "what is broken is not read at every event");
    stack.push(&json!({ "labourers": { "worker": worker(3, 60) } })).await;
    stack.world.pass(60.0);
    assert_eq!(stack.slots().await, [3; 4]);
}

#[tokio::test]
async fn a_table_that_does_not_answer_stops_nobody() {
    let stack = Stack::of(&json!({ "labourers": { "worker": worker(1, 60) } })).await;
    stack.push(&json!({ "labourers": { "worker": worker(2, 60) } })).await;
    stack.world.pass(60.0);
    let refused = WireFault::Refused(400, json!({ "__type": "AccessDeniedException" }));
    stack.world.wire.cut(1, refused, |call| call.operation == "BatchGetItem");
    let [scheduler, _, _, scavenger] = &stack.functions;
    assert_eq!(slots(&scheduler.manager().await), 1);
    assert_eq!(slots(&scavenger.manager().await), 2, "the others ask for themselves");
    stack.world.pass(60.0);
    assert_eq!(slots(&scheduler.manager().await), 2);
}

/// A table for configs, in a world that does not read it.
async fn table() -> (World, ConfigTable) {
    let world = World::of_slots(1).await;
    let name = format!("{}-config", world.manager.config().names.tasks);
    let table = ConfigTable { name, env: "test".into() };
    table.create(&world.clients.dynamodb).await.unwrap();
    (world, table)
}

async fn pushed_at(world: &World, table: &ConfigTable) -> u64 {
    table.read_all(&world.clients.dynamodb, &[ROW]).await.unwrap()[ROW].pushed_at
}

async fn write(world: &World, table: &ConfigTable, at: Timestamp) {
    table.write(&world.clients.dynamodb, ROW, &json!({}), at).await.unwrap();
}

#[tokio::test]
async fn a_config_is_always_newer_than_the_one_it_replaces_whoevers_clock_is_ahead() {
    let (world, table) = table().await;
    let config = json!({ "labourers": { "worker": {} } });
    let mut last = 0;
    for _ in 0..3 {
        let before = (Timestamp::now().seconds() * 1000.0) as u64;
        push(&world.clients, &table, ROW, &config).await.unwrap();
        let pushed = pushed_at(&world, &table).await;
        assert!(pushed > last && pushed >= before, "{pushed} after {last}, at {before}");
        last = pushed;
    }
    let ahead = Timestamp::from_millis(last + 60_000);
    write(&world, &table, ahead).await;
    assert_eq!(pushed_at(&world, &table).await, last + 60_000);
    write(&world, &table, ahead - Duration::from_secs(30)).await;
    assert_eq!(pushed_at(&world, &table).await, last + 60_001);
    push(&world.clients, &table, ROW, &config).await.unwrap();
    assert_eq!(pushed_at(&world, &table).await, last + 60_002);
}

#[tokio::test]
async fn of_configs_that_are_pushed_at_once_each_has_a_time_of_its_own() {
    let (world, table) = table().await;
    let write = || write(&world, &table, world.now());
    tokio::join!(write(), write(), write(), write());
    let millis = (world.now().seconds() * 1000.0) as u64;
    assert_eq!(pushed_at(&world, &table).await, millis + 3);
}

#[tokio::test]
async fn a_row_that_somebody_wrote_by_hand_has_no_time_until_it_is_pushed() {
    let (world, table) = table().await;
    for odd in [None, Some("yesterday")] {
        let put = world.clients.dynamodb.put_item().table_name(&table.name);
        let put = put.item("env", s(&table.env)).item("config_name", s(ROW));
        let put = put.item("config_value", s("{}"));
        let put = odd.into_iter().fold(put, |put, odd| put.item("pushed_at", s(odd)));
        put.send().await.unwrap();
        assert_eq!(pushed_at(&world, &table).await, 0);
        write(&world, &table, Timestamp::from_seconds(1.0)).await;
        assert_eq!(pushed_at(&world, &table).await, 1000);
    }
}

#[tokio::test]
async fn the_same_config_pushed_again_is_noticed_by_its_age_and_costs_nothing_else() {
    let (world, table) = table().await;
    let mut config = task_config(&world.manager.config().names);
    config["labourers"] = json!({ "worker": worker(1, 60) });
    push(&world.clients, &table, ROW, &config).await.unwrap();
    let sources = Sources { table: Some(table.clone()), ..Sources::default() };
    let manager = world.manager.clone();
    let with = |config: Arc<_>| manager.with_config(config);
    let follower = Follower::begin(sources, world.clients.dynamodb.clone(), with).await.unwrap();
    let first = follower.manager().await;
    assert_eq!(first.config().pushed, pushed_at(&world, &table).await);

    push(&world.clients, &table, ROW, &config).await.unwrap();
    world.pass(60.0);
    world.wire.calls();
    let again = follower.manager().await;
    let calls: Vec<_> = world.wire.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(calls, ["BatchGetItem"]);
    assert!(again.config().pushed > first.config().pushed);
    assert_eq!(again.config().pushed, pushed_at(&world, &table).await);
    let mut same = again.config().clone();
    same.pushed = first.config().pushed;
    assert_eq!(same, *first.config());
}

#[tokio::test]
async fn all_functions_know_the_age_of_their_config_though_the_environment_names_the_tables() {
    let stack = Stack::of(&json!({ "labourers": { "worker": worker(1, 60) } })).await;
    let at = pushed_at(&stack.world, &stack.table).await;
    assert_eq!(stack.managers().await.map(|manager| manager.config().pushed), [at; 4]);
}
