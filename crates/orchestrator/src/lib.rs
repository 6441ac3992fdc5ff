//! Queue to labourer: at every tick, each labourer's free slots are filled from its queue.
//!
//! A slot that an attempt leaves is handed over by the worker assistant, so in a steady flow there
//! is little to do here: the tick starts what nothing else has started, decides how many slots
//! there are, and confirms it.

use std::time::Duration;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::Value;
use task_manager::{
    TaskManager,
    labourer::Labourer,
    manager::{
        create::CreateError,
        labourers::Function,
        start::{Limit, Started},
    },
    slots::Row,
    start_up,
    storage::{StoreError, rows::Refresh},
    tick::{Ticked, describe, each_labourer},
    time::Timestamp,
};

/// What a tick did for a labourer.
#[derive(Debug, Serialize)]
pub struct Tally {
    /// What was started.
    #[serde(flatten)]
    pub started: Started,
    /// Slots there are.
    pub slot_limit: u32,
    /// What an operator should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// One tick: all labourers, or the one that `event` names, until the time is up.
///
/// # Errors
/// When the event names an unknown labourer, or no row can be read.
pub async fn run(
    manager: &TaskManager,
    event: &Value,
    until: Timestamp,
) -> Result<Ticked<Tally>, CreateError> {
    each_labourer(manager, event, until, |labourer, row| serve_one(manager, labourer, row, until))
        .await
}

async fn serve_one(
    manager: &TaskManager,
    labourer: &Labourer,
    row: Option<Row>,
    until: Timestamp,
) -> Result<Tally, StoreError> {
    let mut row = match row {
        Some(row) => row,
        None => manager.register(labourer).await?,
    };
    let mut remark = None;
    let learnt = learn_timeout(manager, labourer, &row, &mut remark).await;
    row.function_timeout = learnt.or(row.function_timeout);
    let slots = labourer.max_simultaneous_invocations;
    let limit = Limit { slots, confirmed: true };
    let may_go_on = || manager.now() < until;
    let started = manager.fill_slots(labourer, row.clone(), limit, may_go_on).await?;
    // A claim confirms the limit by itself; without one, it is confirmed while attempts live, so
    // that they may hand their slots over. A labourer without work costs no write.
    let unconfirmed = started.invoked == 0 && row.running > 0 && row.wants_renewal(manager.now());
    if unconfirmed || learnt.is_some() || slots != row.slot_limit {
        let refresh =
            Refresh { slot_limit: slots, health: None, ecology: None, function_timeout: learnt };
        manager.refresh(labourer, &refresh).await?;
    }
    Ok(Tally { started, slot_limit: slots, remark })
}

/// Asks Lambda for the function's time-out, when neither config nor row tells it.
async fn learn_timeout(
    manager: &TaskManager,
    labourer: &Labourer,
    row: &Row,
    remark: &mut Option<String>,
) -> Option<Duration> {
    if labourer.duration.is_some() || row.function_timeout.is_some() {
        return None;
    }
    match manager.ask_function(labourer).await {
        Function::Known(timeout) => Some(timeout),
        Function::Missing => {
            *remark = Some(format!("Lambda has no function {}", labourer.function));
            None
        }
        Function::Untold(why) => {
            *remark = Some(format!("Lambda does not tell about {}: {why}", labourer.function));
            None
        }
    }
}

/// Serves Lambda until it ends the process.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    let (manager, _) = start_up::start("orchestrator").await?;
    let manager = &manager;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let until = start_up::begin_until(event.context.deadline());
        run(manager, &event.payload, until).await.map_err(|error| Diagnostic {
            error_type: error.name().to_owned(),
            error_message: describe(&error),
        })
    }))
    .await
}
