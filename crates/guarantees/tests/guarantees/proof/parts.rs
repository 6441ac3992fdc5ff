//! The parts of the system, as lives call them: each with one thing to do, for one labourer.

use std::{collections::BTreeMap, time::Duration};

use guarantees::{
    blocks::partly,
    world::{self, id, labourer},
};
use serde_json::{Value, json};
use task_manager::{
    TaskManager,
    ids::{ClaimToken, JobId, TaskId},
    labourer::{Labourer, backoff::Backoff},
    manager::{attempts::receive::Receipt, queue::create::NewTask},
    time::Timestamp,
};
use worker_assistant::ReportAnswer;

use super::sharing;

/// Slots of the labourer.
pub const SLOTS: u32 = 2;
/// Attempts of a task.
pub const ATTEMPTS: u32 = 2;
/// Tasks of the job.
pub const JOB_TASKS: usize = 4;
/// Tasks of the job in blocks.
pub const TASKS_IN_BLOCKS: usize = 9;
/// Tasks of a block.
pub const BLOCK: usize = 3;
/// How often a block can be halved.
pub const HALVINGS: u32 = BLOCK.next_power_of_two().ilog2();
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
    /// A scheduler gets the job in blocks.
    SubmitBlocks,
    /// An operator cancels the job.
    Cancel,
    /// An operator sends back what of the job is exhausted.
    RetryFailed,
    /// A client creates the task of this name.
    Create(u8),
    /// A scheduler gets a job of so many tasks for one who shares.
    Fill {
        labourer: usize,
        number: u32,
        tasks: usize,
    },
    /// An operator sets the permits of a resource.
    SetPermits {
        resource: usize,
        to: u32,
    },
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
            Self::SubmitBlocks => {
                drop(scheduler::run(manager, &job_in_blocks().into(), None, until).await);
            }
            Self::Cancel => drop(manager.jobs().cancel(&job_id()).await),
            Self::RetryFailed => drop(manager.jobs().retry_failed(&job_id(), None).await),
            Self::Create(n) => drop(manager.queue().create_task(named(n)).await),
            Self::Fill { labourer, number, tasks } => {
                let job = job_of(&sharing::name(labourer), &format!("job {number}"), tasks);
                drop(scheduler::run(manager, &job.into(), None, until).await);
            }
            Self::SetPermits { resource, to } => {
                let resource = sharing::resource(resource);
                drop(manager.resources().set_permits(&resource, to, None).await);
            }
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
    job_of("worker", KEY, JOB_TASKS)
}

fn job_of(labourer: &str, key: &str, tasks: usize) -> Value {
    json!({ "job": days(labourer, tasks), "idempotency_key": key })
}

fn job_in_blocks() -> Value {
    let blocks = json!({ "tasks_per_invocation": BLOCK });
    let job = world::with(days("worker", TASKS_IN_BLOCKS), blocks);
    json!({ "job": job, "idempotency_key": KEY })
}

fn days(labourer: &str, count: usize) -> Value {
    let period = format!("last_{count}_days");
    json!({ "lambda_name": labourer, "period": period, "isolate_days": true })
}

fn named(n: u8) -> NewTask {
    let task = TaskId::new(format!("named-{n}")).unwrap();
    NewTask { id: Some(task), ..NewTask::new(id("worker"), json!({ "n": n })) }
}

/// An attempt that a labourer works on.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The task or block that was invoked.
    pub item: TaskId,
    /// The tasks of the block; or the one that is none.
    pub tasks: Vec<TaskId>,
    pub claim: ClaimToken,
    expires: Timestamp,
    event: Value,
}

/// How a labourer's work ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Succeed,
    Fail,
    /// The first task of the block fails in its way, all but the last in another, and that one succeeds.
    FailInPart,
    Snooze,
    /// Silently.
    Die,
}

impl Attempt {
    pub fn of(event: Value) -> Self {
        let expires = Timestamp::from_seconds(event["sosw"]["expires_at"].as_f64().unwrap());
        let claim = ClaimToken::new(event["sosw"]["claim"].as_str().unwrap()).unwrap();
        let item = world::task_id(&event);
        let id = |task: &Value| TaskId::new(task["task_id"].as_str().unwrap()).unwrap();
        let tasks = match event["tasks"].as_array() {
            Some(tasks) => tasks.iter().map(id).collect(),
            None => vec![item.clone()],
        };
        Self { item, tasks, claim, expires, event }
    }

    pub fn is_of_block(&self) -> bool {
        self.event.get("tasks").is_some()
    }

    /// The tasks that succeed if it ends so.
    pub fn succeeded(&self, end: End) -> &[TaskId] {
        match (end, self.tasks.as_slice()) {
            (End::Succeed, all) => all,
            (End::FailInPart, [.., _, last]) => std::slice::from_ref(last),
            _ => &[],
        }
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
            End::Succeed if self.is_of_block() => self.report_of_block(end),
            End::Succeed => {
                world::with(world::success(&self.event), json!({ "result": { "by": self.claim } }))
            }
            End::FailInPart if self.is_of_block() => self.report_of_block(end),
            End::Fail | End::FailInPart => failure,
            End::Snooze => world::with(failure, json!({ "snooze": 10 })),
        };
        Some(Part::Assist(report))
    }

    /// What of the block succeeded, each with a result of its own, and what failed.
    fn report_of_block(&self, end: End) -> Value {
        let succeeded = self.succeeded(end);
        let failed = self.tasks.iter().filter(|task| !succeeded.contains(task)).map(TaskId::as_str);
        let kinds = std::iter::once("Odd").chain(std::iter::repeat("Even"));
        let failed: Vec<_> = failed.zip(kinds).collect();
        let results: BTreeMap<_, _> =
            succeeded.iter().map(|task| (task, result_of(&self.claim, task))).collect();
        world::with(partly(&self.event, &failed), json!({ "results": results }))
    }
}

/// What the attempt of this claim produces with a task of its block.
pub fn result_of(claim: &ClaimToken, task: &TaskId) -> String {
    format!("{task} by {}", claim.as_str())
}
