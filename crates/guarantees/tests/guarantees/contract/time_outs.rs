//! The time-out of a labourer's function, on which its leases rest: who asks Lambda for it, when, and from
//! when on an answer counts.

use std::time::Duration;

use guarantees::{
    items::{In, invoked_by_sosw},
    wire::WireFault,
    world::{World, id, labourer, scavenge},
};
use local::lambda::Function;
use serde_json::{Value, json};
use task_manager::{ids::TaskId, labourer::Labourer};

const HOUR: f64 = 3600.0;
const COOLDOWN: f64 = 30.0;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A world of one labourer whose function may run that long, which only Lambda knows.
async fn of_timeout(timeout: u64) -> World {
    let world = World::of([Labourer { duration: None, ..labourer("worker") }]).await;
    change_timeout(&world, timeout);
    world
}

fn change_timeout(world: &World, timeout: u64) {
    let function = Function::in_process("worker", |_, _| async { Ok(Value::Null) });
    world.lambda.deploy(function.timeout(seconds(timeout))).unwrap();
}

/// A task that the orchestrator has just started.
async fn started(world: &World) -> TaskId {
    let task = world.create_numbered(1).await.remove(0);
    world.orchestrate().await;
    assert_eq!(world.slots_in_use("worker").await, 1);
    task.id
}

async fn is_running(world: &World, task: &TaskId) -> bool {
    world.scavenge().await;
    world.places(task).await == [In::Tasks]
}

async fn timeout_of_row(world: &World) -> Option<Duration> {
    let row = world.manager.store().labourers().row(&id("worker")).await.unwrap();
    row.and_then(|row| row.function_timeout)
}

/// How often Lambda was asked since the last time.
fn questions(world: &World) -> usize {
    let calls = world.wire.calls().into_iter();
    calls.filter(|call| call.operation.ends_with("/configuration")).count()
}

#[tokio::test]
async fn a_raised_time_out_counts_within_the_hour_and_for_attempts_that_are_at_work_already() {
    let world = of_timeout(30).await;
    world.orchestrate().await;
    world.pass(HOUR - 1.0);
    let task = started(&world).await;
    change_timeout(&world, 3000);
    world.pass(31.0 + COOLDOWN);
    assert!(is_running(&world, &task).await, "the scavenger asks before it ends anything");
    assert_eq!(timeout_of_row(&world).await, Some(seconds(3000)));
    world.pass(3000.0 - 31.0);
    assert!(is_running(&world, &task).await);
    world.pass(0.001);
    assert!(!is_running(&world, &task).await);
}

#[tokio::test]
async fn a_lowered_time_out_ends_silent_attempts_sooner() {
    let world = of_timeout(3000).await;
    let task = started(&world).await;
    change_timeout(&world, 30);
    world.pass(HOUR - 600.0);
    assert!(is_running(&world, &task).await);
    world.pass(600.0);
    world.orchestrate().await;
    assert!(!is_running(&world, &task).await);
}

#[tokio::test]
async fn before_anything_is_ended_the_time_out_is_known_though_no_orchestrator_ever_ticked() {
    // The lease that counts while nothing is known is of 900 s and the cooldown.
    for (ago, is_alive) in [(5430.0, true), (5430.001, false)] {
        let world = of_timeout(5400).await;
        let task = TaskId::new("of-sosw").unwrap();
        world.put(In::Tasks, invoked_by_sosw(&world, "of-sosw", ago)).await;
        assert_eq!(is_running(&world, &task).await, is_alive, "after {ago} s");
    }
}

#[tokio::test]
async fn while_nothing_is_known_and_lambda_does_not_answer_a_lease_is_of_900_s_and_the_cooldown() {
    for (ago, is_alive) in [(930.0, true), (930.001, false)] {
        let world = of_timeout(5400).await;
        let refused = WireFault::error(403, "AccessDeniedException");
        world.wire.cut(1, refused, |call| call.names("/configuration"));
        let task = TaskId::new("of-sosw").unwrap();
        world.put(In::Tasks, invoked_by_sosw(&world, "of-sosw", ago)).await;
        assert_eq!(is_running(&world, &task).await, is_alive, "after {ago} s");
    }
}

#[tokio::test]
async fn while_lambda_does_not_answer_the_last_time_out_counts_and_every_tick_asks_again() {
    let world = of_timeout(30).await;
    assert_eq!(world.orchestrate().await["labourers"]["worker"]["remark"], json!(null));
    change_timeout(&world, 60);
    world.pass(HOUR);
    let refused = WireFault::error(403, "AccessDeniedException");
    world.wire.cut(2, refused, |call| call.names("/configuration"));
    for _ in 0..2 {
        let ticked = world.orchestrate().await;
        let remark = ticked["labourers"]["worker"]["remark"].as_str().unwrap().to_owned();
        assert!(remark.contains("cannot read the configuration of worker"), "{remark}");
        assert_eq!(timeout_of_row(&world).await, Some(seconds(30)));
    }
    assert_eq!(world.orchestrate().await["labourers"]["worker"]["remark"], json!(null));
    assert_eq!(timeout_of_row(&world).await, Some(seconds(60)));
}

#[tokio::test]
async fn lambda_is_asked_once_an_hour_and_never_for_a_labourer_with_a_duration() {
    for (duration, most) in [(None, 3), (Some(seconds(30)), 0)] {
        let world = World::of([Labourer { duration, ..labourer("worker") }]).await;
        questions(&world);
        for _ in 0..170 {
            // A queue that goes on, with attempts that are silent.
            world.create_numbered(1).await;
            world.orchestrate().await;
            world.scavenge().await;
            world.pass(60.0);
        }
        assert_eq!(questions(&world), most);
    }
}

#[tokio::test]
async fn of_two_that_asked_at_once_the_later_answer_is_kept() {
    let world = of_timeout(30).await;
    world.orchestrate().await;
    world.pass(HOUR);
    started(&world).await;
    world.pass(HOUR);
    // The orchestrator has its answer, and sleeps on it.
    let gate = world.wire.hold(|call| call.operation == "UpdateItem");
    let later = async {
        gate.reached().await;
        change_timeout(&world, 600);
        scavenge(&world.elsewhere(1.0)).await;
        gate.open();
    };
    tokio::join!(world.orchestrate(), later);
    assert_eq!(timeout_of_row(&world).await, Some(seconds(600)));
}
