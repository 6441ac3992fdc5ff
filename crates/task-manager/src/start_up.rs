//! What a function does once, before its first event.

use std::{sync::Arc, time::Duration};

use thiserror::Error;
use tracing::warn;

use crate::{
    clients::Clients,
    config::{LoadError, Sources, load},
    describe,
    manager::TaskManager,
    metrics, telemetry,
    time::Timestamp,
};

/// Why a function does not start.
#[derive(Debug, Error)]
#[error("{function} cannot start: {}", describe(reason))]
pub struct StartError {
    function: String,
    reason: LoadError,
}

/// Logs, clients, config: a manager that signs as `author`, and the clients it uses.
///
/// # Errors
/// When there is no config, or a mistake in it: all of them are told.
pub async fn start(author: &str) -> Result<(TaskManager, Clients), StartError> {
    telemetry::init();
    metrics::init();
    let clients = Clients::from_env().await;
    let mut sources = Sources::from_environment(|name| std::env::var(name).ok());
    let function = sources.function.get_or_insert_with(|| format!("sosw_{author}")).clone();
    let loaded = load(&sources, &clients.dynamodb).await;
    let (config, warnings) = loaded.map_err(|reason| StartError { function, reason })?;
    for remark in warnings {
        warn!(%remark, "config");
    }
    Ok((TaskManager::new(&clients, Arc::new(config), author), clients))
}

/// The part of a function's time that is kept for finishing what was begun.
const MARGIN: Duration = Duration::from_secs(10);

/// Until when a function may begin new work, when Lambda stops it at `deadline`.
pub fn begin_until(deadline: std::time::SystemTime) -> Timestamp {
    let epoch = deadline.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(epoch.as_secs_f64()) - MARGIN
}
