//! The parts of the system, as lives call them: each with one thing to do, for one labourer.

use std::time::Duration;

use guarantees::world::{self, id, labourer};
use serde_json::{Value, json};
use task_manager::{
    TaskManager,
    ids::{ClaimToken, JobId, TaskId},
    labourer::{Labourer, backoff::Backoff},
    manager::{attempts::receive::Receipt, queue::create::NewTask},
    time::Timestamp,
};
use worker_assistant::ReportAnswer;

/// Slots of the labourer.
pub const SLOTS: u32 = 2;
/// Attempts of a task.
pub const ATTEMPTS: u32 = 2;
/// Tasks of the job.
pub const JOB_TASKS: usize = 4;
/// Longer than a lease.
pub const LEASE: f64 = 61.0;
/// Longer than any delay.
pub const DELAY: f64 = 61.0;

/// Leases of a minute, delays of ten seconds.
pub fn worker() -> Labourer {
    let wait = Backoff::Linear { base: Duration::from_secs(10) };
    Labourer {
        max_simultaneous_invocations: SLOTS,
        max_attempts: ATTEMPTS,
        after_failure: wait,
        after_expiry: Some(wait),
        ..labourer("worker")
    }
}

/// Who has what to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A scheduler gets the job.
    Submit,
    /// A client creates the task of this name.
    Create(u8),
    Orchestrate,
    Scavenge,
    /// A worker assistant gets a report.
    Assist(Value),
}

impl Part {
    /// Does it once, within a minute. What goes wrong with it shows in the tables; for a report
    /// it returns the answer to the labourer.
    pub async fn work(self, manager: &TaskManager) -> Option<Receipt> {
        let until = manager.now() + Duration::from_secs(60);
        match self {
            Self::Submit => drop(scheduler::run(manager, &job().into(), None, until).await),
            Self::Create(n) => drop(manager.queue().create_task(named(n)).await),
            Self::Orchestrate => {
                let unknown = orchestrator::HealthSource::unknown();
                drop(orchestrator::run(manager, &unknown, &json!({}).into(), until).await);
            }
            Self::Scavenge => {
                let (none, nobody) =
                    (scavenger::Scheduler::none(), scavenger::Notifier::disabled());
                drop(scavenger::run(manager, &none, &nobody, &json!({}).into(), until).await);
            }
            Self::Assist(report) => match world::assist(manager, report).await {
                Ok(ReportAnswer::One(receipt)) => return Some(receipt),
                _ => return None,
            },
        }
        None
    }
}

const KEY: &str = "the job";

pub fn job_id() -> JobId {
    JobId::of_key(KEY)
}

fn job() -> Value {
    let days = format!("last_{JOB_TASKS}_days");
    json!({
        "job": { "lambda_name": "worker", "period": days, "isolate_days": true },
        "idempotency_key": KEY,
    })
}

fn named(n: u8) -> NewTask {
    let task = TaskId::new(format!("named-{n}")).unwrap();
    NewTask { id: Some(task), ..NewTask::new(id("worker"), json!({ "n": n })) }
}

/// An attempt that a labourer works on.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub task: TaskId,
    pub claim: ClaimToken,
    expires: Timestamp,
    event: Value,
}

/// How a labourer's work ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Succeed,
    Fail,
    Snooze,
    /// Silently.
    Die,
}

impl Attempt {
    pub fn of(event: Value) -> Self {
        let expires = Timestamp::from_seconds(event["sosw"]["expires_at"].as_f64().unwrap());
        let claim = ClaimToken::new(event["sosw"]["claim"].as_str().unwrap()).unwrap();
        Self { task: world::task_id(&event), claim, expires, event }
    }

    /// The labourer's SDK refuses an event whose lease has passed.
    pub fn may_start(&self, now: Timestamp) -> bool {
        now <= self.expires
    }

    /// The report of this end, if it has one.
    pub fn report(&self, end: End) -> Option<Part> {
        let failure = world::failure(&self.event);
        let report = match end {
            End::Die => return None,
            End::Succeed => {
                world::with(world::success(&self.event), json!({ "result": { "by": self.claim } }))
            }
            End::Fail => failure,
            End::Snooze => world::with(failure, json!({ "snooze": 10 })),
        };
        Some(Part::Assist(report))
    }
}
