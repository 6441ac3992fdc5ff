//! The config of a stack: checks it, and reads and writes the table that the functions read it from.
//! [`load`] finds the config that the functions use.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use task_manager::{TaskManager, clients::Clients, time::Timestamp};
pub use task_manager::{
    config::{Config, Destinations, Local, LocalLabourer, Mistakes, Remark, Warnings},
    sources::{Layers, LoadError, Sources, load, show},
    storage::config::{ConfigTable, TableError},
};
use thiserror::Error;

use crate::resources;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedConfig {
    pub labourers: u64,
    /// What is accepted but has no effect, or is probably not meant.
    pub warnings: Warnings,
}

/// Checks a config: each layer overrides those before it.
///
/// # Errors
/// Every mistake in it.
pub fn check(layers: impl IntoIterator<Item = Value>) -> Result<CheckedConfig, Mistakes> {
    let (config, warnings) = Config::from_layers(layers)?;
    Ok(CheckedConfig { labourers: config.labourers.len() as u64, warnings })
}

/// Why a config was not pushed. The row is as it was.
#[derive(Debug, Error)]
pub enum PushError {
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// The table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Writes a config to a row of the table if it has no mistakes. The row of one function is checked on
/// top of the row for all functions, since it need not be complete without it. The warnings name the shared
/// limits that were set by hand, which end, if these can be read.
///
/// # Errors
/// When it has mistakes, or the table does not answer.
pub async fn push(
    clients: &Clients,
    table: &ConfigTable,
    row: &str,
    config: &Value,
) -> Result<Warnings, PushError> {
    let client = &clients.dynamodb;
    let below = match row == Sources::ESSENTIAL {
        true => None,
        false => table.read(client, Sources::ESSENTIAL).await?,
    };
    let (checked, mut warnings) = Config::from_layers(below.into_iter().chain([config.clone()]))?;
    let has_resources = !checked.resources.is_empty();
    let manager = TaskManager::new(clients, Arc::new(checked), "operator");
    // Before anybody follows it. The other tables may not be there yet, or not be for whoever pushes.
    let set = if has_resources { resources::set_by_hand(&manager).await } else { Ok(Vec::new()) };
    table.write(client, row, config, Timestamp::now()).await?;
    warnings.extend(set.unwrap_or_default());
    Ok(warnings)
}

/// The config in a row of the table, if there is such a row.
///
/// # Errors
/// When the table does not answer, or the row is not JSON.
pub async fn pull(
    clients: &Clients,
    table: &ConfigTable,
    row: &str,
) -> Result<Option<Value>, TableError> {
    table.read(&clients.dynamodb, row).await
}
