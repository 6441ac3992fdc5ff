//! Queue to labourer: at every tick, each labourer's free slots are filled from its queue.
//!
//! A slot that an attempt leaves is handed over by the worker assistant, so in a steady flow there
//! is little to do here: the tick decides how many slots there are ([`surroundings`]), confirms
//! it, and starts what nothing else has started.

pub mod measures;
pub mod surroundings;
mod turn;

use std::time::Instant;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;
use task_manager::{
    TaskManager, describe,
    manager::create::CreateError,
    metrics, start_up,
    tick::{Ticked, each_labourer},
    time::Timestamp,
};

pub use surroundings::Surroundings;
pub use turn::Tally;

/// One tick: all labourers, or the one that `event` names, until the time is up.
///
/// # Errors
/// When the event names an unknown labourer, or no row can be read.
pub async fn run(
    manager: &TaskManager,
    surroundings: &Surroundings,
    event: &Value,
    until: Timestamp,
) -> Result<Ticked<Tally>, CreateError> {
    let readings = surroundings.read(manager.labourers(), manager.now()).await;
    let readings = &readings;
    each_labourer(manager, event, until, |labourer, row| {
        turn::serve(manager, labourer, row, readings.get(&labourer.id), until)
    })
    .await
}

/// Serves Lambda until it ends the process.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    let (manager, clients) = start_up::start("orchestrator").await?;
    let (manager, surroundings) = (&manager, &Surroundings::of(&clients.shared));
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let until = start_up::begin_until(event.context.deadline());
        let start = Instant::now();
        let ticked = Box::pin(run(manager, surroundings, &event.payload, until)).await;
        if let Ok(ticked) = &ticked {
            Box::pin(measures::tell(manager, ticked)).await;
        }
        metrics::ticked("orchestrator", start.elapsed());
        metrics::flush();
        ticked.map_err(|error| Diagnostic {
            error_type: error.name().to_owned(),
            error_message: describe(&error),
        })
    }))
    .await
}
