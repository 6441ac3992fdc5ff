//! The floor below a life: its transactions and nothing else. No reads, no decisions, no Lambda.

use std::time::Duration;

use futures::future::join_all;
use guarantees::world::World;
use task_manager::{
    attempt::dispatch::claim,
    greenfield::Greenfield,
    ids::ClaimToken,
    storage::TransactionOutcome,
    task::{Closed, Status, Task},
    transition::{Expected, Write},
};

/// Moves `count` tasks from creation to closed, each in a slot that it gets from the one before.
pub async fn run(world: &World, slots: usize, count: usize) {
    let tasks = world.create_numbered(count).await;
    let lanes = (0..slots).map(|lane| {
        let tasks: Vec<Task> = tasks.iter().skip(lane).step_by(slots).cloned().collect();
        pass_through(world, tasks)
    });
    join_all(lanes).await;
}

async fn pass_through(world: &World, tasks: Vec<Task>) {
    let mut running = None;
    for next in tasks.into_iter().map(Some).chain([None]) {
        let mut writes = running.take().map(closing).unwrap_or_default();
        if let Some(task) = next {
            let (attempt, write) = begin(world, task);
            writes.push(write);
            running = Some(attempt);
        }
        let applied = world.manager.store().apply(&writes).await.unwrap();
        assert_eq!(applied, TransactionOutcome::Applied);
    }
}

/// The task as its claim leaves it, and the claim.
fn begin(world: &World, task: Task) -> (Task, Write) {
    let (now, scale) = (world.now(), world.manager.config().scale);
    let token = ClaimToken::from_random(rand::random());
    let (attempt, write) = claim(task, token, now, Duration::from_secs(60), scale, "floor");
    let mut task = attempt.task;
    task.claim = Some(attempt.token);
    task.greenfield = Greenfield::claimed_at(now, scale);
    task.attempts = 1;
    (task, write)
}

fn closing(task: Task) -> Vec<Write> {
    let dequeue = Write::Dequeue(Expected::from(&task));
    let at = task.created_at.unwrap();
    let closed = Task {
        closed: Some(Closed { status: Status::Succeeded, at, expires_at: None, success: None }),
        ..task
    };
    vec![dequeue, Write::Close(Box::new(closed))]
}
