//! Set-up of a function, once per process, before its first event.

use task_manager::{
    TaskManager,
    clients::Clients,
    describe,
    sources::{LoadError, Sources},
};
use thiserror::Error;

use crate::{certificates, export, follow::Follower, telemetry};

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
pub async fn start(author: &str) -> Result<(Follower, Clients), StartError> {
    telemetry::init();
    certificates::find();
    export::init();
    let clients = Clients::from_env().await;
    let mut sources = Sources::from_environment(|name| std::env::var(name).ok());
    let function = sources.function.get_or_insert_with(|| format!("sosw_{author}")).clone();
    let is_unpaced = std::env::var("SOSW_PACE").is_ok_and(|pace| pace == "off");
    let manager = |config| {
        let manager = TaskManager::new(&clients, config, author);
        if is_unpaced { manager.unpaced() } else { manager }
    };
    let follower = Follower::begin(sources, clients.dynamodb.clone(), manager).await;
    Ok((follower.map_err(|reason| StartError { function, reason })?, clients))
}
