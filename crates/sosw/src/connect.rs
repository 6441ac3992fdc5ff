//! The tables that a command talks to: those of a `sosw local`, running or not, or those that the
//! standard AWS environment leads to.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use local::dynamodb::{DynamoDb, DynamoDbConfig, Storage};
use task_manager::{
    TaskManager,
    clients::Clients,
    config::{Config, Sources, Warnings, load},
};

use crate::{
    error::Error,
    local::{
        clients,
        data::{self, Data, Reached},
    },
};

/// Which sosw is meant.
#[derive(Debug, clap::Args)]
pub struct Where {
    /// Config file; without it, SOSW_CONFIG or the table `config`
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of a `sosw local --data`, running or not; without it, the AWS environment
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// A manager, and the tables it works on.
pub struct Connected {
    pub manager: TaskManager,
    tables: Tables,
    is_on_aws: bool,
}

impl Connected {
    /// The clients of an AWS account; nothing for a `sosw local`.
    pub fn aws(&self) -> Option<&Clients> {
        self.is_on_aws.then_some(&self.tables.clients)
    }

    /// Are there tables only, and no Lambda beside them?
    pub fn is_without_lambda(&self) -> bool {
        self.tables.opened.is_some()
    }

    /// Closes the tables, if they were opened for this.
    pub async fn close(self) {
        self.tables.close().await;
    }
}

/// Clients, and what must live as long as they are used.
pub struct Tables {
    pub clients: Clients,
    opened: Option<(DynamoDb, Data)>,
}

impl Tables {
    /// Those that somebody else has open.
    pub fn of(clients: Clients) -> Self {
        Self { clients, opened: None }
    }

    /// Finds them: in a directory of `sosw local --data`, or by the AWS environment.
    pub async fn find(data: Option<&Path>) -> Result<Self, Error> {
        let (clients, opened) = match data {
            Some(directory) => open(directory).await?,
            None => (Clients::from_env().await, None),
        };
        Ok(Self { clients, opened })
    }

    /// Closes them, if they were opened for this.
    pub async fn close(self) {
        if let Some((engine, _data)) = self.opened {
            engine.stop().await;
        }
    }
}

impl Where {
    /// Its tables.
    pub async fn tables(&self) -> Result<Tables, Error> {
        Tables::find(self.data.as_deref()).await
    }

    /// Where its config is.
    pub fn sources(&self) -> Sources {
        match &self.config {
            Some(file) => Sources::file(file),
            None if self.data.is_some() => Sources::from_environment(|_| None),
            None => Sources::from_environment(|name| std::env::var(name).ok()),
        }
    }
}

/// Finds tables and config.
pub async fn connect(place: &Where) -> Result<Connected, Error> {
    let tables = place.tables().await?;
    let (config, _) = config(&place.sources(), &tables).await?;
    let manager = TaskManager::new(&tables.clients, Arc::new(config), "operator");
    Ok(Connected { manager, tables, is_on_aws: place.data.is_none() })
}

/// The config from these sources.
pub async fn config(sources: &Sources, tables: &Tables) -> Result<(Config, Warnings), Error> {
    let loaded = load(sources, &tables.clients.dynamodb).await;
    loaded.map_err(|error| Error::NoConfig(Box::new(error)))
}

/// The tables of a directory: through the process that has them open, or by opening them.
async fn open(directory: &Path) -> Result<(Clients, Option<(DynamoDb, Data)>), Error> {
    if !data::holds_tables(directory) {
        return Err(Error::NoData(directory.to_owned()));
    }
    match data::reach(directory).await? {
        Reached::Free(data) => {
            let storage = Storage::File(data.tables());
            let engine = DynamoDb::start(DynamoDbConfig { storage, ..DynamoDbConfig::default() });
            let engine = engine.await.map_err(local::EmbeddedError::from)?;
            // Nothing is invoked by looking at tables.
            let clients = clients::of(&engine.url(), &engine.url());
            Ok((clients, Some((engine, data))))
        }
        Reached::Served(endpoints) => {
            Ok((clients::of(&endpoints.dynamodb, &endpoints.lambda), None))
        }
    }
}
