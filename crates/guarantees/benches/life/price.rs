//! Calls and units of a life, step by step.

use std::collections::VecDeque;

use guarantees::{
    table::{self, any, one},
    world::{World, as_sosw, success},
};
use serde_json::{Value, json};
use task_manager::jobs::{job::JobSnapshot, message::Message};

use crate::meter::{Cost, Meter};

/// Two full batches.
const TASKS: usize = 2 * 99;
const SLOTS: u32 = 10;

/// How tasks come to be, and how they are reported.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// By themselves; the report names its labourer and its attempt.
    Plain,
    /// By a job, which counts its progress.
    OfJob,
    /// By themselves; the report names nothing but the task.
    ReportedAsBySosw,
}

/// What each step cost, for one task.
struct Life {
    create: Cost,
    start: Cost,
    hand_over: Cost,
    end: Cost,
    whole: Cost,
}

impl Life {
    /// While the queue is not empty, a task is created, and started and closed by handovers.
    fn steady(&self) -> Cost {
        self.create + self.hand_over
    }
}

pub async fn print() {
    let plain = life(Kind::Plain).await;
    let of_job = life(Kind::OfJob).await;
    let as_sosw = life(Kind::ReportedAsBySosw).await;
    let row = |step: &str, cost: Cost| {
        let calls = format!("{:.2}", cost.calls);
        [any(step), calls, one(cost.invokes), one(cost.written), one(cost.read)]
    };
    let reference = |step: &str, calls: &str, invokes: &str, written: &str| {
        [any(step), any(calls), any(invokes), any(written), any("")]
    };
    table::print(
        "Price of a task, small items, by AWS's rules",
        ["", "calls", "invokes", "write units", "read units"],
        vec![
            row("create, 99 at a time", plain.create),
            row("close, and start the next in its slot", plain.hand_over),
            row("  together: a life in a steady flow", plain.steady()),
            row("  the same in a job, with its progress", of_job.steady()),
            row("  the same, reported by sosw's own code", as_sosw.steady()),
            reference("aim", "<= 5", "1", "<= 13, in a job 15"),
            reference("sosw 0.7.51", "10", "1", "14 to 15"),
            row("start by a tick, 10 at a time", plain.start),
            row("close, with nothing left to start", plain.end),
            row(&format!("mean of {TASKS} tasks, from the first start"), plain.whole),
            row("  the same in a job, its own rows included", of_job.whole),
        ],
    );
}

async fn life(kind: Kind) -> Life {
    let world = World::of_slots(SLOTS).await;
    let mut meter = Meter::of(world.manager.store());
    let mut read = || meter.read(&world.wire.calls());
    let mut job = Cost::default();
    match kind {
        Kind::OfJob => {
            let snapshot = submit_job(&world).await;
            job = read();
            let snapshot = world.manager.jobs().fill(snapshot, || true, async || ()).await.unwrap();
            assert_eq!(snapshot.progress.made, TASKS as u64);
        }
        Kind::Plain | Kind::ReportedAsBySosw => drop(world.create_numbered(TASKS).await),
    }
    let create = read();
    world.orchestrate().await;
    let start = read();
    let mut events = VecDeque::from(world.events().await);
    assert_eq!(events.len(), SLOTS as usize);
    let (mut hand_over, mut end) = (Cost::default(), Cost::default());
    while let Some(event) = events.pop_front() {
        let has_next = world.report(report(kind, &event)).await.handed_over_to.is_some();
        let step = if has_next { &mut hand_over } else { &mut end };
        *step = *step + read();
        events.extend(world.events().await);
    }
    world.assert_all_succeeded("worker", TASKS as u64).await;
    Life {
        create: create.each(TASKS),
        start: start.each(SLOTS as usize),
        hand_over: hand_over.each(TASKS - SLOTS as usize),
        end: end.each(SLOTS as usize),
        whole: (job + create + start + hand_over + end).each(TASKS),
    }
}

async fn submit_job(world: &World) -> JobSnapshot {
    let period = format!("last_{TASKS}_days");
    let job = json!({ "lambda_name": "worker", "period": period, "isolate_days": true });
    let Message::Submit(submission) = world.manager.jobs().read_message(&job.into()).unwrap()
    else {
        panic!("this is a job");
    };
    world.manager.jobs().submit(&submission, None).await.unwrap()
}

fn report(kind: Kind, event: &Value) -> Value {
    match kind {
        Kind::ReportedAsBySosw => as_sosw(success(event)),
        Kind::Plain | Kind::OfJob => success(event),
    }
}
