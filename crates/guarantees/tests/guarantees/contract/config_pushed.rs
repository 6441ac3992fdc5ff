//! A config that is pushed while functions run: all of them follow within a minute, what was granted
//! before is kept, and what cannot be used changes nothing.

use std::sync::Arc;

use function::follow::Follower;
use guarantees::{
    wire::WireFault,
    world::{World, assist, id, labourer, orchestrate, scavenge, success, task_id},
};
use operator::{config::push, tasks::TaskState};
use serde_json::{Value, json};
use task_manager::{TaskManager, attributes::s, sources::Sources, storage::config::ConfigTable};

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
        let text = json!({ "task_config": {
            "dynamo_db_config": { "table_name": names.tasks },
            "sosw_retry_tasks_table": names.retry, "sosw_closed_tasks_table": names.closed,
            "sosw_labourers_table": names.labourers, "sosw_jobs_table": names.jobs,
            "sosw_history_table": names.history,
        } });
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
