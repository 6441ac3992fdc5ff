//! What is tried under AWS's conditions, and what it must show.

use std::{fmt, sync::Arc, time::Duration};

use futures::{FutureExt, future::LocalBoxFuture};
use serde_json::{
    json,
    value::{RawValue, to_raw_value},
};
use task_manager::{
    ids::{InvalidId, LabourerId},
    labourer::Labourer,
    manager::{
        jobs::JobError,
        queue::create::{CreateError, NewTask},
    },
    storage::StoreError,
};
use thiserror::Error;

use super::{
    parameters::Parameters,
    stack::{Stack, Work},
};

mod ceilings;
mod demand;
mod fill;
mod frees;
mod lag;
mod permits;
mod rate;
mod shortage;

/// Why a scenario could not be tried.
#[derive(Debug, Error)]
pub enum ScenarioError {
    #[error(transparent)]
    Engine(#[from] dynoxide::DynoxideError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error(transparent)]
    Job(#[from] JobError),
    #[error(transparent)]
    Id(#[from] InvalidId),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("there is no runtime: {0}")]
    Runtime(#[from] std::io::Error),
}

/// One thing that a scenario must show.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub what: String,
    /// What was found, with what is wanted.
    pub figure: String,
    pub is_met: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_met { "met" } else { "missed" };
        write!(f, "{verdict:<7} {}: {}", self.what, self.figure)
    }
}

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// In seconds, for the tests.
    Bounded,
    /// As the goals are stated.
    Whole,
    /// With so many tasks to fill, where a scenario fills any.
    Tasks(u32),
}

type Findings = LocalBoxFuture<'static, Result<Vec<Finding>, ScenarioError>>;

/// A scenario.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub about: &'static str,
    run: fn(Parameters, u64, Size) -> Findings,
}

impl Scenario {
    /// Tries it. Needs a local set on a runtime of one thread with paused time.
    ///
    /// # Errors
    /// When the stack cannot be set up.
    pub async fn run(
        &self,
        parameters: Parameters,
        seed: u64,
        size: Size,
    ) -> Result<Vec<Finding>, ScenarioError> {
        (self.run)(parameters, seed, size).await
    }
}

/// All scenarios.
pub const ALL: [Scenario; 7] = [
    Scenario {
        name: "ceilings",
        about: "more slots than the tables can serve",
        run: |parameters, seed, size| ceilings::run(parameters, seed, size).boxed_local(),
    },
    Scenario {
        name: "fill",
        about: "a large job is filled while its labourer is at work",
        run: |parameters, seed, size| fill::run(parameters, seed, size).boxed_local(),
    },
    Scenario {
        name: "frees",
        about: "a thousand slots are freed at once",
        run: |parameters, seed, size| frees::run(parameters, seed, size).boxed_local(),
    },
    Scenario {
        name: "lag",
        about: "the index lags behind the queue",
        run: |parameters, seed, size| lag::run(parameters, seed, size).boxed_local(),
    },
    Scenario {
        name: "permits",
        about: "six labourers whose demand changes share 50 permits",
        run: |parameters, seed, size| permits::run(parameters, seed, size).boxed_local(),
    },
    Scenario {
        name: "rate",
        about: "three labourers call an API that takes 90 calls in ten seconds",
        run: |parameters, seed, size| rate::run(parameters, seed, size).boxed_local(),
    },
    Scenario {
        name: "shortage",
        about: "there is concurrency for a sixth of the slots",
        run: |parameters, seed, size| shortage::run(parameters, seed, size).boxed_local(),
    },
];

const WORKER: &str = "worker";

/// The labourer of most scenarios.
fn worker(slots: u32, duration: u64) -> Result<Labourer, InvalidId> {
    Ok(Labourer {
        max_simultaneous_invocations: slots,
        duration: Some(Duration::from_secs(duration)),
        cooldown: Duration::from_secs(150),
        event_age: Some(Duration::from_secs(120)),
        ..Labourer::new(LabourerId::new(WORKER)?)
    })
}

fn taking(time: Duration) -> Work {
    Arc::new(move || time)
}

/// Queues so many tasks for the worker, at once: a scenario begins after it.
async fn queue(stack: &Stack, count: usize) -> Result<(), ScenarioError> {
    queue_for(WORKER, stack, count).await
}

async fn queue_for(labourer: &str, stack: &Stack, count: usize) -> Result<(), ScenarioError> {
    let (client, labourer) = (stack.client().unpaced(), LabourerId::new(labourer)?);
    let build = |n| client.queue().build(NewTask::new(labourer.clone(), json!({ "n": n })));
    let tasks = (0..count).map(build).collect::<Result<Vec<_>, _>>()?;
    client.queue().create_tasks(&labourer, tasks).await?;
    Ok(())
}

/// The message of a job of so many tasks, as the scheduler gets it.
fn job(labourer: &str, tasks: u32, number: usize) -> Result<Box<RawValue>, ScenarioError> {
    Ok(to_raw_value(&json!({
        "lambda_name": labourer,
        "isolate_shops": true,
        "shops": (0..tasks).collect::<Vec<_>>(),
        "idempotency_key": format!("job {number}"),
    }))?)
}
