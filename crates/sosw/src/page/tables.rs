//! Where the answers of the page come from: tables, the config that counts now, and what labourers printed.

use std::{path::PathBuf, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use operator::{
    Clients, StoreError, TaskManager,
    config::{Config, Layers, Sources},
    tasks::TaskDetails,
    words::argument,
};
use tokio::{sync::Mutex, time::Instant};
use web::stack::{Attempt, Line, Printed, Stack};

use crate::{
    connect::Where,
    error::{Error, unreachable},
    hint,
    output::{
        place,
        read::{Invocation, Reader, Wanted},
    },
};

/// How old the config may be that a page goes by. One that was pushed counts for the functions within a minute.
const FRESH: Duration = Duration::from_secs(30);
/// The most lines of an attempt that are shown: the first and the last of more are one command away.
const MOST_LINES: usize = 1_000;
/// Who does what the page's buttons do, in the history of tasks.
const AUTHOR: &str = "page";

/// Tables of an AWS account, or of this machine.
pub struct Tables {
    name: String,
    clients: Clients,
    /// Where the config is; nothing if it stays as it is.
    sources: Option<Sources>,
    is_local: bool,
    /// What labourers printed, if it is kept on this machine.
    output: Option<PathBuf>,
    last: Mutex<Option<(Instant, TaskManager)>>,
}

impl Tables {
    /// Those that a command finds there.
    pub async fn of(clients: Clients, place: &Where) -> Self {
        let (name, output) = match place.data() {
            Some(directory) => (directory.display().to_string(), Some(place::of(directory))),
            None => (stack(), place::announced(&clients).await),
        };
        let is_local = place.data().is_some();
        let sources = Some(place.sources());
        Self { name, clients, sources, is_local, output, last: Mutex::default() }
    }

    /// Those of a `sosw local`, whose config stays as it is.
    pub fn of_local(clients: Clients, config: Config, output: Option<PathBuf>) -> Self {
        let manager = TaskManager::new(&clients, Arc::new(config), AUTHOR).unpaced();
        let last = Mutex::new(Some((Instant::now(), manager)));
        Self { name: "local".to_owned(), clients, sources: None, is_local: true, output, last }
    }

    async fn read(&self, sources: &Sources) -> Result<TaskManager, Error> {
        let layers = Layers::read(sources, &self.clients.dynamodb).await;
        let usable = layers.and_then(|layers| layers.usable());
        let (config, _) = usable.map_err(|error| Error::NoConfig(Box::new(error)))?;
        let manager = TaskManager::new(&self.clients, Arc::new(config), AUTHOR);
        Ok(if self.is_local { manager.unpaced() } else { manager })
    }

    /// The one with the config that was read last, or reads it again. One that cannot be read takes nothing away from
    /// who has an older one: what does not answer then says so itself.
    async fn manager_of_now(&self) -> Result<TaskManager, String> {
        let mut last = self.last.lock().await;
        match (&*last, &self.sources) {
            (Some((_, manager)), None) => return Ok(manager.clone()),
            (Some((at, manager)), _) if at.elapsed() < FRESH => return Ok(manager.clone()),
            _ => {}
        }
        let Some(sources) = &self.sources else { return Err("there is no config".to_owned()) };
        let manager = match (self.read(sources).await, &*last) {
            (Ok(manager), _) => manager,
            (Err(error), Some((_, manager))) => {
                tracing::warn!(%error, "the config cannot be read again: the last one counts");
                manager.clone()
            }
            (Err(error), None) => return Err(hint::complete(&error.to_string())),
        };
        *last = Some((Instant::now(), manager.clone()));
        Ok(manager)
    }

    fn output_of(&self, task: &TaskDetails) -> Result<Printed, String> {
        let Some(path) = &self.output else {
            return Ok(Printed::Elsewhere {
                command: hint::command(&format!("logs {}", argument(task.name()))),
            });
        };
        let read = || -> Result<Vec<Attempt>, rusqlite::Error> {
            let reader = Reader::open(path)?;
            let invocations = reader.invocations(&Wanted::from(task))?;
            invocations.into_iter().map(|invocation| attempt(&reader, invocation)).collect()
        };
        let attempts = read().map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Printed::Attempts(attempts))
    }
}

/// What the stack of this environment is called.
fn stack() -> String {
    let given = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    given("SOSW_STACK").or_else(|| given("AWS_PROFILE")).unwrap_or_else(|| "AWS".to_owned())
}

fn attempt(reader: &Reader, invocation: Invocation) -> Result<Attempt, rusqlite::Error> {
    let mut lines = reader.lines(invocation.id, 0)?;
    let is_cut = invocation.too_many > 0 || invocation.is_beheaded || lines.len() > MOST_LINES;
    lines.drain(..lines.len().saturating_sub(MOST_LINES));
    let lines = lines.into_iter().map(|line| Line {
        at: line.at,
        is_error: line.stream == "stderr",
        text: line.text,
    });
    Ok(Attempt {
        attempt: invocation.attempt,
        request_id: invocation.request_id,
        lines: lines.collect(),
        is_cut,
    })
}

impl Stack for Tables {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn as_typed(&self, text: &str) -> String {
        hint::complete(text)
    }

    fn describe(&self, error: &StoreError) -> String {
        hint::complete(&unreachable(error))
    }

    fn manager(&self) -> BoxFuture<'_, Result<TaskManager, String>> {
        Box::pin(self.manager_of_now())
    }

    fn printed<'a>(&'a self, task: &'a TaskDetails) -> BoxFuture<'a, Result<Printed, String>> {
        Box::pin(std::future::ready(self.output_of(task)))
    }
}

#[cfg(test)]
mod tests {
    use operator::LabourerId;
    use serde_json::json;

    use super::*;
    use crate::clients;

    /// Tables that are never read, with a config in a file.
    fn tables(file: &std::path::Path) -> Tables {
        Tables {
            name: "test".to_owned(),
            clients: clients::of("http://127.0.0.1:9", "http://127.0.0.1:9"),
            sources: Some(Sources::file(file)),
            is_local: true,
            output: None,
            last: Mutex::default(),
        }
    }

    fn config(labourer: &str) -> String {
        json!({ "labourers": { labourer: {} } }).to_string()
    }

    async fn labourers(tables: &Tables) -> Result<Vec<String>, String> {
        let manager = tables.manager().await?;
        Ok(manager.config().labourers.keys().map(LabourerId::to_string).collect())
    }

    #[tokio::test(start_paused = true)]
    async fn a_config_that_changes_counts_after_half_a_minute_and_one_that_breaks_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config.json");
        let tables = tables(&file);
        std::fs::write(&file, config("first")).unwrap();
        assert_eq!(labourers(&tables).await.unwrap(), ["first"]);
        std::fs::write(&file, config("second")).unwrap();
        assert_eq!(labourers(&tables).await.unwrap(), ["first"], "it is not read at every request");
        tokio::time::advance(FRESH).await;
        assert_eq!(labourers(&tables).await.unwrap(), ["second"]);
        std::fs::write(&file, "{").unwrap();
        tokio::time::advance(FRESH).await;
        assert_eq!(labourers(&tables).await.unwrap(), ["second"]);
    }

    #[tokio::test]
    async fn where_there_is_no_config_the_page_says_why_until_there_is_one() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config.json");
        let tables = tables(&file);
        let why = labourers(&tables).await.unwrap_err();
        assert!(why.contains("config.json"), "{why}");
        std::fs::write(&file, config("first")).unwrap();
        assert_eq!(labourers(&tables).await.unwrap(), ["first"]);
    }
}
