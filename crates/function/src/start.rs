//! Set-up of a function, once per process, before its first event.

use task_manager::{
    TaskManager,
    clients::Clients,
    describe,
    sources::{LoadError, Sources},
    storage::config::{ConfigTable, TableError},
};
use thiserror::Error;

use crate::{certificates, export, follow::Follower, telemetry};

/// Why a function does not start.
#[derive(Debug, Error)]
#[error("{function} cannot start: {}", describe(reason))]
pub struct StartError {
    function: String,
    sources: Sources,
    reason: LoadError,
}

impl StartError {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        let Some(ConfigTable { name, env }) = &self.sources.table else {
            return "correct SOSW_CONFIG: `sosw config check FILE` lists every mistake".into();
        };
        let push = format!("`sosw config push FILE --table {name} --env {env}`");
        match &self.reason {
            LoadError::NoRows { .. } => format!("write the config into the table: {push}"),
            LoadError::Mistakes(_) | LoadError::File { .. } => {
                let text = self.sources.text.as_ref().map(|_| " or SOSW_CONFIG");
                let text = text.unwrap_or_default();
                format!("correct the rows of table {name}{text}: {push} refuses every mistake")
            }
            LoadError::Table(TableError::NoText { .. } | TableError::NoJson(_)) => {
                format!("correct the row: {push} refuses every mistake")
            }
            LoadError::Table(TableError::NoTable { .. }) => {
                "set SOSW_CONFIG_TABLE to the config table of the stack, {Prefix}_config".into()
            }
            LoadError::Table(_) => format!(
                "the function's role must allow dynamodb:BatchGetItem on table {name}, and DynamoDB \
                 must be within reach; Lambda starts the function again at the next event"
            ),
        }
    }
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
    let follower = Follower::begin(sources.clone(), clients.dynamodb.clone(), manager).await;
    Ok((follower.map_err(|reason| StartError { function, sources, reason })?, clients))
}
