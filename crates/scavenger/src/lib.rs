//! Beside the queue: what time does to tasks.
//!
//! At every tick, for each labourer: attempts whose lease has passed are ended (their tasks
//! parked, or closed as exhausted), tasks that a Python worker assistant marked as completed are
//! closed, and parked tasks that are due go back to the head of the queue. Then [`jobs`]: those
//! whose scheduler is gone go on, those that are done are settled.

use function::{
    Invocation,
    tick::{self, Ticked, TurnResult, each_labourer},
};
use serde::Serialize;
use serde_json::Value;
use task_manager::{
    TaskManager,
    labourer::{self, Labourer},
    manager::{create::CreateError, upkeep::Upkeep},
    storage::StoreError,
    time::Timestamp,
};

mod notifier;
pub mod jobs;

pub use jobs::{Jobs, Scheduler};
pub use notifier::Notifier;

/// What a tick did.
#[derive(Debug, Serialize)]
pub struct Scavenged {
    /// By labourer.
    #[serde(flatten)]
    pub ticked: Ticked<Upkeep>,
    /// About open jobs, or why nothing.
    pub jobs: TurnResult<Jobs>,
}

/// One tick: all labourers, or the one that `event` names, until the time is up; then the jobs.
///
/// # Errors
/// When the event names an unknown labourer, or no row can be read.
pub async fn run(
    manager: &TaskManager,
    scheduler: &Scheduler,
    notifier: &Notifier,
    event: &Value,
    until: Timestamp,
) -> Result<Scavenged, CreateError> {
    // However much there is to do for labourers, jobs get a part of the time.
    let (now, end) = (manager.now(), until);
    let until = now + end.since(now) * 3 / 4;
    let ticked = each_labourer(manager, event, until, |labourer, row| {
        put_in_order(manager, notifier, labourer, row, until)
    });
    let ticked = ticked.await?;
    let jobs = TurnResult::of("jobs", jobs::look_after(manager, scheduler, notifier, end).await);
    Ok(Scavenged { ticked, jobs })
}

async fn put_in_order(
    manager: &TaskManager,
    notifier: &Notifier,
    labourer: &Labourer,
    row: Option<labourer::State>,
    until: Timestamp,
) -> Result<Upkeep, StoreError> {
    let may_go_on = || manager.now() < until;
    let mut upkeep = Upkeep::default();
    let row = row.as_ref();
    // What has succeeded is closed before anything is taken for lost.
    manager.archive(labourer, row, may_go_on, &mut upkeep).await?;
    manager.expire(labourer, row, may_go_on, &mut upkeep).await?;
    manager.requeue(labourer, may_go_on, &mut upkeep).await?;
    notifier.tell_of_exhausted(manager, labourer, row).await?;
    Ok(upkeep)
}

/// Serves Lambda until it ends the process.
///
/// # Errors
/// When the function cannot start, or the Runtime API fails.
pub async fn serve() -> Result<(), function::Error> {
    let (manager, clients) = function::start("scavenger").await?;
    let notifier = Notifier::new(&clients.shared, manager.config().sns.clone());
    let function = std::env::var("SOSW_SCHEDULER").unwrap_or(Scheduler::FUNCTION.to_owned());
    let scheduler = Scheduler::new(clients.lambda.clone(), function);
    function::serve(async |Invocation { event, until, .. }: Invocation<Value>| {
        let work = run(&manager, &scheduler, &notifier, &event, until);
        let scavenged = tick::timed("scavenger", work).await;
        scavenged.map_err(|error| function::failed(error.name(), &error))
    })
    .await
}
