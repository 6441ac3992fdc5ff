//! Set-up of a function, once per process, before its first event.

use std::sync::Arc;

use task_manager::{
    TaskManager,
    clients::Clients,
    describe,
    sources::{LoadError, Sources, load_usable},
};
use thiserror::Error;
use tracing::{error, warn};

use crate::{export, telemetry};

/// Why a function does not start.
#[derive(Debug, Error)]
#[error("{function} cannot start: {}", describe(reason))]
pub struct StartError {
    function: String,
    reason: LoadError,
}

/// Sets up logs, metrics, clients and config. The manager signs the history of tasks as `author`.
/// `SOSW_PACE=off` says that the tables have no partitions that could be full: those of `sosw local`.
///
/// # Errors
/// When there is no config, or it has a mistake that concerns everybody: the error lists all mistakes.
pub async fn start(author: &str) -> Result<(TaskManager, Clients), StartError> {
    telemetry::init();
    export::init();
    let clients = Clients::from_env().await;
    let mut sources = Sources::from_environment(|name| std::env::var(name).ok());
    let function = sources.function.get_or_insert_with(|| format!("sosw_{author}")).clone();
    let loaded = load_usable(&sources, &clients.dynamodb).await;
    let (config, warnings) = loaded.map_err(|reason| StartError { function, reason })?;
    for remark in warnings {
        warn!(%remark, "config");
    }
    for mistake in config.mistakes.iter() {
        error!(%mistake, "config: what this concerns is stopped, the others go on");
    }
    let manager = TaskManager::new(&clients, Arc::new(config), author);
    let is_unpaced = std::env::var("SOSW_PACE").is_ok_and(|pace| pace == "off");
    Ok((if is_unpaced { manager.unpaced() } else { manager }, clients))
}
