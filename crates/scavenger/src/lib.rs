//! Time-driven transitions: everything that happens to tasks because time passes.
//!
//! At every tick, for each labourer: attempts whose lease has passed are ended (their tasks
//! parked, or closed as exhausted), tasks that a Python worker assistant marked as completed are
//! closed, and parked tasks that are due go back to the head of the queue and start if a slot is free.
//! Then [`jobs`]: those whose scheduler stopped are resumed, those that are done are ended. Then the tick
//! waits for parked tasks that fall due before the next one ([`due`]).

use std::time::Duration;

use function::{
    Invocation,
    tick::{self, TickError, Ticked, TurnResult, each_labourer},
};
use serde::Serialize;
use task_manager::{
    TaskManager,
    json::Json,
    labourer::{self, Labourer},
    storage::StoreError,
    time::Timestamp,
};

mod notifier;
pub mod due;
pub mod jobs;

pub use due::Turn;
pub use jobs::{JobsSummary, Scheduler};
pub use notifier::Notifier;

#[derive(Debug, Serialize)]
pub struct Scavenged {
    #[serde(flatten)]
    pub ticked: Ticked<Turn>,
    pub jobs: TurnResult<JobsSummary>,
}

/// The time between two ticks when `SOSW_TICK` does not set it in seconds.
pub const TICK: Duration = Duration::from_secs(60);

/// Runs one tick for all labourers, also those that left the config, or for the one that `event` names, then
/// for the jobs, until the time is up.
///
/// # Errors
/// When the event names an unknown labourer, or no row can be read.
pub async fn run(
    manager: &TaskManager,
    scheduler: &Scheduler,
    notifier: &Notifier,
    event: &Json,
    until: Timestamp,
) -> Result<Scavenged, TickError> {
    // A quarter of the time is reserved for jobs, however much there is to do for labourers.
    let (now, end) = (manager.now(), until);
    let until = now + end.since(now) * 3 / 4;
    let visits = tick::of_everybody(manager, event).await?;
    let serve = async |labourer: Labourer, row| {
        serve_labourer(manager, notifier, &labourer, row, until, end).await
    };
    let ticked = each_labourer(manager, visits, until, serve).await;
    let jobs = TurnResult::of("jobs", jobs::advance(manager, scheduler, notifier, end).await);
    Ok(Scavenged { ticked, jobs })
}

async fn serve_labourer(
    manager: &TaskManager,
    notifier: &Notifier,
    labourer: &Labourer,
    row: Option<labourer::State>,
    until: Timestamp,
    horizon: Timestamp,
) -> Result<Turn, StoreError> {
    let may_go_on = || manager.now() < until;
    let row = row.as_ref();
    let attempts = manager.attempts();
    // Succeeded tasks are closed first, so that none of them is taken for expired.
    let archived = attempts.archive(labourer, row, may_go_on).await?;
    let expired = attempts.expire(labourer, row, may_go_on).await?;
    let turn = due::serve(manager, labourer, 0, horizon, may_go_on).await?;
    notifier.notify_exhausted(manager, labourer, row).await?;
    let turn = turn.after(archived + expired);
    // The index may not show yet what this tick has queued.
    let is_unknown = !manager.config().labourers.contains_key(&labourer.id);
    if is_unknown && turn == Turn::default() {
        manager.labourers().forget_if_idle(labourer).await?;
    }
    Ok(turn)
}

/// Serves Lambda until Lambda ends the process.
///
/// # Errors
/// When the function cannot start, or the Runtime API fails.
pub async fn serve() -> Result<(), function::Error> {
    let (follower, clients) = function::start("scavenger").await?;
    let notifier = Notifier::new(&clients.shared);
    let function = std::env::var("SOSW_SCHEDULER").unwrap_or(Scheduler::FUNCTION.to_owned());
    let scheduler = Scheduler::new(clients.lambda.clone(), function);
    let tick = std::env::var("SOSW_TICK").ok().and_then(|seconds| seconds.parse().ok());
    let tick = tick.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(TICK);
    function::serve(follower, async |manager, Invocation { event, until, .. }: Invocation<Json>| {
        let next_tick = manager.now() + tick;
        let work = run(&manager, &scheduler, &notifier, &event, until);
        let scavenged = tick::timed("scavenger", work).await;
        let scavenged = scavenged.map_err(|error| function::failed(error.name(), &error))?;
        Ok(due::wait(&manager, scavenged, until.min(next_tick), tokio::time::sleep).await)
    })
    .await
}
