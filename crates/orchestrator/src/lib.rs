//! Queue to labourer: every tick fills each labourer's free slots from its queue.
//!
//! When an attempt ends, the worker assistant hands its slot over, so in a steady flow there is little
//! to do here: the tick decides how many slots there are ([`health_source`]), confirms that limit, and
//! starts whatever nothing else has started. Those who [`share`] permits start when all have decided how many slots
//! they could use. Then it records how everybody stands ([`standing`]): as metrics
//! ([`gauges`]), and as the minute's [`history`]. At last it may [`stay`] with those who wait for a rate.

pub mod health_source;
mod turn;
mod share;
pub mod standing;
pub mod gauges;
pub mod history;
pub mod stay;

use std::time::Duration;

use function::tick::{self, TickError, Ticked, each_labourer};
use task_manager::{TaskManager, describe, json::Json, labourer::Labourer, time::Timestamp};
use tracing::warn;

pub use health_source::HealthSource;
pub use history::Recorder;
pub use turn::TurnSummary;

/// The time between two ticks when `SOSW_TICK` does not set it in seconds.
const TICK: Duration = Duration::from_secs(60);

/// How long the turns of a tick may take: the next one is a minute later.
const TURNS: Duration = Duration::from_secs(45);

/// Runs one tick for all labourers, or for the one that `event` names, until the time is up.
///
/// # Errors
/// When the event names an unknown labourer, or no row can be read.
pub async fn run(
    manager: &TaskManager,
    health_source: &HealthSource,
    event: &Json,
    until: Timestamp,
) -> Result<Ticked<TurnSummary>, TickError> {
    let readings = &health_source.read(manager.config(), manager.now()).await;
    let visits = tick::of_config(manager, event).await?;
    if let Err(error) = manager.resources().adopt_rates().await {
        warn!(error = describe(&error), "rates stay as they were; the next tick looks again");
    }
    let is_shared = share::concerns(&visits);
    let serve = |labourer: Labourer, row| async move {
        turn::serve(manager, &labourer, row, readings.labourers.get(&labourer.id), until).await
    };
    let mut ticked = each_labourer(manager, visits, until, serve).await;
    if is_shared {
        share::among_all(manager, &readings.resources, &mut ticked, until).await;
    }
    Ok(ticked)
}

/// Serves Lambda until Lambda ends the process.
///
/// # Errors
/// When the function cannot start, or the Runtime API fails.
pub async fn serve() -> Result<(), function::Error> {
    let (follower, clients) = function::start("orchestrator").await?;
    let health_source = HealthSource::of(&clients.shared);
    let recorder = &Recorder::default();
    let tick = std::env::var("SOSW_TICK").ok().and_then(|seconds| seconds.parse().ok());
    let tick = tick.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(TICK);
    function::serve(follower, async |manager, invocation: function::Invocation<Json>| {
        let (began, end) = (manager.now(), invocation.until);
        let work = async {
            let until = end.min(began + TURNS);
            let ticked = run(&manager, &health_source, &invocation.event, until).await?;
            recorder.record(&manager, &ticked).await;
            Ok(ticked)
        };
        let ticked: Result<_, TickError> = tick::timed("orchestrator", work).await;
        let ticked = ticked.map_err(|error| function::failed(error.name(), &error))?;
        // Should the next tick fail, the one after it looks after those who wait.
        let end = end.min(began + tick * 2);
        Ok(stay::stay(&manager, ticked, began, end, tokio::time::sleep).await)
    })
    .await
}
