//! The tables that a command uses: those of a `sosw local`, running or not, or those that the standard
//! AWS environment names.

use std::{
    cell::Cell,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use local::dynamodb::{DynamoDb, DynamoDbConfig, Storage};
use operator::{
    Clients, TaskManager,
    config::{Config, Layers, Sources, Warnings, load, show},
};
use serde_json::Value;

use crate::{
    clients,
    data::{self, Data, Reached},
    error::Error,
    print, words,
};

#[derive(Debug, clap::Args)]
pub struct Where {
    /// Config file; without it, SOSW_CONFIG or the table `config`
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of a `sosw local --data`, running or not; without it, the AWS environment
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

pub struct Connected<'t> {
    pub manager: TaskManager,
    tables: &'t Connection,
    is_on_aws: bool,
}

impl Connected<'_> {
    /// The clients of an AWS account; `None` for a `sosw local`.
    pub fn aws(&self) -> Option<&Clients> {
        self.is_on_aws.then_some(&self.tables.clients)
    }

    /// Is there a Lambda service, or are there tables only?
    pub fn has_lambda(&self) -> bool {
        self.tables.opened.is_none()
    }
}

impl Where {
    /// Finds tables and config, works with them, and closes the tables whatever the work returned. As for the
    /// functions, a mistake in the config stops only what it concerns.
    pub async fn with<T>(
        &self,
        work: impl AsyncFnOnce(&Connected<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.with_tables(async |tables| {
            let read = Layers::read(&self.sources(), &tables.clients.dynamodb).await;
            let usable = read.and_then(|layers| layers.usable());
            let (config, _) = usable.map_err(|error| Error::NoConfig(Box::new(error)))?;
            for mistake in config.mistakes.iter() {
                print::err(format_args!("config: {mistake}"));
            }
            work(&self.connected(tables, config)).await
        })
        .await
    }

    /// The same for work that goes on until something ends, and says when it was answered. A `sosw local` that ends
    /// meanwhile takes its services along, and holds its tables for a moment: they are tried again.
    pub async fn follow<T>(
        &self,
        mut work: impl AsyncFnMut(&Connected<'_>, &Answered) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let answered = Answered::default();
        loop {
            match self.with(async |sosw| work(sosw, &answered).await).await {
                Err(error)
                    if self.data.is_some() && error.is_unanswered() && answered.is_recent() =>
                {
                    tokio::time::sleep(Answered::AGAIN).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// The same, but any mistake in the config is an error.
    pub async fn with_sound_config<T>(
        &self,
        work: impl AsyncFnOnce(&Connected<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.with_tables(async |tables| {
            let (config, _) = config(&self.sources(), &tables.clients).await?;
            work(&self.connected(tables, config)).await
        })
        .await
    }

    fn connected<'t>(&self, tables: &'t Connection, config: Config) -> Connected<'t> {
        let manager = TaskManager::new(&tables.clients, Arc::new(config), &author());
        let is_on_aws = self.data.is_none();
        let manager = if is_on_aws { manager } else { manager.unpaced() };
        Connected { manager, tables, is_on_aws }
    }

    /// Finds the tables for work that needs another config, or none.
    pub async fn with_tables<T>(
        &self,
        work: impl AsyncFnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        with_tables(self.data.as_deref(), work).await
    }

    /// Says so if nobody works on the tables of a directory: what waits in them goes on waiting.
    pub fn note_if_idle(&self, sosw: &Connected<'_>) {
        if let Some(data) = self.data().filter(|_| !sosw.has_lambda()) {
            let data = data.display();
            print::err(format_args!(
                "no `sosw local` works on {data}: start it with `sosw local --config … --data {data}`"
            ));
        }
    }

    /// The directory of a `sosw local`, if it was named.
    pub fn data(&self) -> Option<&Path> {
        self.data.as_deref()
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

/// Who has done what commands do, in the history of tasks and beside limits: the user of this machine.
fn author() -> String {
    const LONGEST: usize = 64;
    let variables = ["USER", "LOGNAME", "USERNAME"].iter();
    let name = variables.filter_map(|name| std::env::var(name).ok()).find(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "operator".to_owned());
    words::printable(&name).chars().take(LONGEST).collect()
}

/// When tables last answered.
#[derive(Debug, Default)]
pub struct Answered(Cell<Option<Instant>>);

impl Answered {
    /// The longest from the last answer of a `sosw local` until others may open its tables.
    const ENDING: Duration = Duration::from_secs(5);
    /// How often it is tried until then.
    const AGAIN: Duration = Duration::from_millis(250);

    /// They have just done so.
    pub fn note(&self) {
        self.0.set(Some(Instant::now()));
    }

    fn is_recent(&self) -> bool {
        self.0.get().is_some_and(|at| at.elapsed() < Self::ENDING)
    }
}

/// Clients, and what must live as long as they are used.
pub struct Connection {
    pub clients: Clients,
    opened: Option<(DynamoDb, Data)>,
}

/// Finds the tables, in a directory of `sosw local --data` or by the AWS environment, works with them,
/// and closes them, if they were opened for this, whatever the work returned.
pub async fn with_tables<T>(
    data: Option<&Path>,
    work: impl AsyncFnOnce(&Connection) -> Result<T, Error>,
) -> Result<T, Error> {
    let (clients, opened) = match data {
        Some(directory) => open(directory).await?,
        None => (clients::of_environment().await, None),
    };
    let tables = Connection { clients, opened };
    let result = work(&tables).await;
    if let Some((engine, _data)) = tables.opened {
        engine.stop().await;
    }
    result
}

/// The config from these sources.
pub async fn config(sources: &Sources, clients: &Clients) -> Result<(Config, Warnings), Error> {
    let loaded = load(sources, &clients.dynamodb).await;
    loaded.map_err(|error| Error::NoConfig(Box::new(error)))
}

/// The same config as JSON, every default written out.
pub async fn shown(sources: &Sources, clients: &Clients) -> Result<(Value, Warnings), Error> {
    let shown = show(sources, &clients.dynamodb).await;
    shown.map_err(|error| Error::NoConfig(Box::new(error)))
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
            // Reading tables invokes nothing, so there need not be a Lambda service.
            let clients = clients::of(&engine.url(), &engine.url());
            Ok((clients, Some((engine, data))))
        }
        Reached::Served(endpoints) => {
            Ok((clients::of(&endpoints.dynamodb, &endpoints.lambda), None))
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn tables_are_closed_even_when_the_work_fails() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("tables.db"), "").unwrap();
        let mut address = String::new();
        let failed = with_tables(Some(directory.path()), async |tables| {
            let url = tables.opened.as_ref().unwrap().0.url();
            address = url.trim_start_matches("http://").to_owned();
            TcpStream::connect(&address).await.unwrap();
            Err::<(), _>(Error::NoCloudWatch)
        });
        assert!(matches!(failed.await, Err(Error::NoCloudWatch)));
        assert!(TcpStream::connect(&address).await.is_err(), "nobody listens any more");
    }
}
