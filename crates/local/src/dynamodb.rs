//! DynamoDB: an embedded engine behind its own HTTP server.
//!
//! The engine differs from AWS in ways a caller should know: expired items stay until [`DynamoDb::sweep`]
//! is called (or [`DynamoDbConfig::sweep_every`] is set), a new table is answered as `CREATING`, streams are
//! never enabled here (they make writes several times slower), and it neither throttles nor conflicts.
//!
//! It takes and frees many small pieces of memory for each item. With the allocator of most systems they lie
//! between the pages of the tables, and tables of some 100,000 items halve its speed: a program that runs the
//! engine should have mimalloc as its global allocator, for C as well (its feature `override`).

use std::path::PathBuf;
use std::time::Duration;

use dynoxide::Database;

use crate::database::{self, DatabaseError};
use crate::server::{BindError, Server, bind};
use crate::sync::Background;

/// Where the tables live.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Storage {
    /// In memory, gone at shutdown.
    #[default]
    Memory,
    /// In this file, made if absent; its directory must exist.
    File(PathBuf),
}

#[derive(Debug, Clone, Default)]
pub struct DynamoDbConfig {
    pub storage: Storage,
    /// Port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// How often expired items are removed; never when `None`.
    pub sweep_every: Option<Duration>,
}

/// Why the engine did not start, or refused.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    #[error(transparent)]
    Open(#[from] DatabaseError),
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A sweep of expired items failed.
    #[error("expired items could not be removed: {0}; they are tried again at the next sweep")]
    Sweep(String),
}

/// A running engine. [`DynamoDb::stop`] ends it cleanly, dropping it does so without waiting.
pub struct DynamoDb {
    database: Database,
    server: Server,
    sweeper: Option<Background>,
}

impl DynamoDb {
    /// Opens the tables and serves them.
    pub async fn start(config: DynamoDbConfig) -> Result<Self, DynamoDbError> {
        let (listener, address) = bind("DynamoDB", config.port).await?;
        let database = match &config.storage {
            Storage::Memory => database::in_memory()?,
            Storage::File(path) => database::open(path)?,
        };
        let served = database.clone();
        let server = Server::spawn(address, move |stop| async move {
            if let Err(error) =
                dynoxide::server::serve_with_shutdown(listener, served, stop.wait()).await
            {
                tracing::error!(%address, %error, "local DynamoDB ended");
            }
        });
        let sweeper = config
            .sweep_every
            .map(|every| Background::spawn(keep_sweeping(database.clone(), every)));
        Ok(Self { database, server, sweeper })
    }

    /// The endpoint, for `AWS_ENDPOINT_URL_DYNAMODB`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Removes the items whose TTL has passed, as DynamoDB does by itself. Returns how many.
    pub async fn sweep(&self) -> Result<usize, DynamoDbError> {
        sweep(self.database.clone()).await
    }

    /// Stops serving and closes the tables; every acknowledged write is kept.
    pub async fn stop(self) {
        drop(self.sweeper);
        self.server.stop().await;
    }
}

/// The engine's lock is a blocking one, so a sweep keeps off the async threads.
async fn sweep(database: Database) -> Result<usize, DynamoDbError> {
    let swept = tokio::task::spawn_blocking(move || database.sweep_ttl()).await;
    match swept {
        Ok(Ok(removed)) => Ok(removed),
        Ok(Err(error)) => Err(DynamoDbError::Sweep(error.to_string())),
        Err(error) => Err(DynamoDbError::Sweep(error.to_string())),
    }
}

async fn keep_sweeping(database: Database, every: Duration) {
    let mut ticks = tokio::time::interval(every.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = sweep(database.clone()).await {
            tracing::warn!(%error, "local DynamoDB");
        }
    }
}
