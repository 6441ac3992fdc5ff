//! A life: steps that the components take one after the other, each of which may be cut short.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Value, json};
use task_manager::{
    backoff::Backoff,
    ids::{ClaimToken, JobId, TaskId},
    labourer::Labourer,
    manager::{create::NewTask, receive::Effect},
    task::Status,
    time::Timestamp,
};

use crate::{
    books::Books,
    fault::{Cut, Injector},
    world::{self, World, id, labourer},
};

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

/// What a component does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// The scheduler gets the job.
    Submit,
    /// A client creates a task of a given name.
    Create,
    Orchestrate,
    Scavenge,
    Pass(f64),
    /// The oldest event ends so.
    Finish(End),
}

/// How a labourer's work on an event ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Succeed,
    SucceedTwice,
    Fail,
    Snooze,
    /// Silently.
    Die,
    /// Not yet: it goes behind the others.
    Wait,
}

/// The life that the sweep cuts: everything that can happen to a task happens to one of them.
pub const SCRIPT: &[Step] = {
    use {End::*, Step::*};
    &[
        Submit,
        Create,
        Orchestrate, // two of five at work
        Finish(Succeed),
        Finish(Fail), // handed over twice
        Finish(Snooze),
        Finish(Die), // handed over, and one is lost
        Orchestrate,
        Finish(Wait),
        Finish(SucceedTwice),
        Pass(LEASE),
        Scavenge, // two leases pass
        Pass(DELAY),
        Scavenge,
        Orchestrate,     // all are back
        Finish(Succeed), // the one that waited: late, or of an older attempt
        Finish(Fail),
        Finish(Die),
        Orchestrate,
        Finish(Fail),
        Pass(LEASE),
        Scavenge,
        Pass(DELAY),
        Scavenge,
        Orchestrate,
        Finish(Succeed),
        Finish(Succeed),
        Finish(Fail),
    ]
};

/// A world, a life in it, and the books of what it promised.
pub struct Life {
    pub world: World,
    pub injector: Injector,
    pub books: Books,
    /// Events that no labourer has ended.
    events: Vec<Value>,
}

impl Life {
    pub async fn begin(seed: u64, injector: impl FnOnce(&World) -> Injector) -> Self {
        let wait = Backoff::Linear { base: std::time::Duration::from_secs(10) };
        let worker = Labourer {
            max_simultaneous_invocations: SLOTS,
            max_attempts: ATTEMPTS,
            after_failure: wait,
            after_expiry: Some(wait),
            ..labourer("worker")
        };
        let mut world = World::of([worker]).await;
        world.manager = world.manager.clone().with_luck(luck(seed));
        let injector = injector(&world);
        Self { world, injector, books: Books::default(), events: Vec::new() }
    }

    /// Does a step, as far as it gets, and checks the books.
    pub async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Pass(seconds) => self.world.pass(seconds),
            Step::Submit => drop(self.cut(submit(&self.world)).await),
            Step::Create => drop(self.cut(create(&self.world)).await),
            Step::Orchestrate => drop(self.cut(orchestrate(&self.world)).await),
            Step::Scavenge => drop(self.cut(scavenge(&self.world)).await),
            Step::Finish(_) if self.events.is_empty() => return Ok(()),
            Step::Finish(end) => self.end(end).await?,
        }
        self.check().await
    }

    /// Does `work` with the wire as broken as it is. When it is held up, time passes and others
    /// tick; when it is killed, nothing more is heard of it.
    async fn cut<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.injector.arm(true);
        let mut work = Box::pin(work);
        let done = loop {
            let cut = tokio::select! {
                done = &mut work => break Some(done),
                cut = self.injector.cut() => cut,
            };
            match cut {
                Cut::Killed => break None,
                Cut::Held(gate) => {
                    self.injector.arm(false);
                    self.world.pass(LEASE);
                    let elsewhere = self.world.elsewhere(0.0);
                    world::scavenge(&elsewhere).await;
                    world::orchestrate(&elsewhere).await;
                    self.injector.arm(true);
                    gate.open();
                }
            }
        };
        self.injector.arm(false);
        done
    }

    /// A labourer ends its work on the oldest event.
    async fn end(&mut self, end: End) -> Result<(), String> {
        let event = self.events.remove(0);
        let result = json!({ "by": event["sosw"]["claim"] });
        let success = || world::with(world::success(&event), json!({ "result": result }));
        let failure = || world::failure(&event);
        let reports = match end {
            End::Die => vec![],
            End::Wait => {
                self.events.push(event);
                return Ok(());
            }
            End::Succeed => vec![success()],
            End::SucceedTwice => vec![success(), success()],
            End::Fail => vec![failure()],
            End::Snooze => vec![world::with(failure(), json!({ "snooze": 10 }))],
        };
        for report in reports {
            let told = self.cut(worker_assistant::run(&self.world.manager, report)).await;
            if let Some(Ok(worker_assistant::Answer::One(receipt))) = told {
                let is_success = matches!(end, End::Succeed | End::SucceedTwice);
                if is_success && receipt.outcome == Effect::Unknown {
                    return Err(format!("6: the success of {} is unknown", receipt.task_id));
                }
                let is_acknowledged =
                    [Effect::Succeeded, Effect::Accepted].contains(&receipt.outcome);
                if is_success && is_acknowledged {
                    self.books.acknowledge(receipt.task_id, claim(&event));
                }
            }
        }
        Ok(())
    }

    /// Takes what reached the labourer, and looks into the tables.
    pub async fn check(&mut self) -> Result<(), String> {
        for event in self.world.events().await {
            // The labourer's SDK refuses an event whose lease has passed.
            let expires = Timestamp::from_seconds(event["sosw"]["expires_at"].as_f64().unwrap());
            if self.world.now() <= expires {
                self.books.start(&world::task_id(&event), claim(&event))?;
                self.events.push(event);
            }
        }
        self.books.check(&self.world).await
    }

    /// Does an event wait for its end?
    pub fn is_busy(&self) -> bool {
        !self.events.is_empty()
    }

    /// How many tasks there must be in the end.
    pub fn tasks(&self) -> usize {
        JOB_TASKS + 1
    }

    /// The job's counters equal the tables.
    pub async fn check_job(&self) -> Result<(), String> {
        let Ok(account) = self.world.manager.job(&job_id()).await else {
            return Err("9: no job".into());
        };
        let of_job = self.books.closed().filter(|task| task.job_id.is_some());
        let mut tally = HashMap::new();
        for task in of_job {
            *tally.entry(task.closed.unwrap().status).or_insert(0) += 1;
        }
        let counted = [
            (Status::Succeeded, account.progress.succeeded),
            (Status::Exhausted, account.progress.exhausted),
        ];
        for (status, count) in counted {
            let closed = tally.get(&status).copied().unwrap_or(0);
            if closed != count {
                return Err(format!("8: the job counts {count} {status:?}, the tables {closed}"));
            }
        }
        Ok(())
    }
}

pub async fn submit(world: &World) {
    let until = world.now() + std::time::Duration::from_secs(60);
    let days = format!("last_{JOB_TASKS}_days");
    let job = json!({
        "job": { "lambda_name": "worker", "period": days, "isolate_days": true },
        "idempotency_key": KEY,
    });
    let _ = scheduler::run(&world.manager, &job, None, until).await;
}

pub async fn create(world: &World) {
    let id = Some(TaskId::new("named").unwrap());
    let task = NewTask { id, ..NewTask::new(id_of_worker(), json!({ "n": 0 })) };
    let _ = world.manager.create_task(task).await;
}

pub async fn orchestrate(world: &World) {
    let until = world.now() + std::time::Duration::from_secs(60);
    let unknown = orchestrator::Surroundings::unknown();
    let _ = orchestrator::run(&world.manager, &unknown, &json!({}), until).await;
}

pub async fn scavenge(world: &World) {
    let until = world.now() + std::time::Duration::from_secs(60);
    let (none, nobody) = (scavenger::Scheduler::none(), scavenger::News::to_nobody());
    let _ = scavenger::run(&world.manager, &none, &nobody, &json!({}), until).await;
}

const KEY: &str = "the job";

pub fn job_id() -> JobId {
    JobId::of_key(KEY)
}

fn id_of_worker() -> task_manager::ids::LabourerId {
    id("worker")
}

fn claim(event: &Value) -> ClaimToken {
    ClaimToken::new(event["sosw"]["claim"].as_str().unwrap()).unwrap()
}

/// The same draws for the same seed.
fn luck(seed: u64) -> task_manager::manager::Luck {
    use rand::{Rng, SeedableRng};
    let draws = std::sync::Mutex::new(rand::rngs::StdRng::seed_from_u64(seed));
    Arc::new(move || draws.lock().unwrap().random())
}
