//! Where a run keeps what its labourers print.

use std::path::{Path, PathBuf};

use operator::{Clients, Timestamp, config::ConfigTable};
use serde_json::json;
use tempfile::TempDir;

use super::FILE;
use crate::error::Error;

/// The row of the table `config` by which others find the output of a run whose directory they do not know.
const ROW: &str = "sosw_local";

/// The database of a run.
pub struct Place {
    pub path: PathBuf,
    /// Without `--data`. It goes with the run.
    _directory: Option<TempDir>,
}

impl Place {
    /// In this directory; without one, in one that is removed at the end.
    pub fn new(directory: Option<&Path>) -> std::io::Result<Self> {
        match directory {
            Some(directory) => Ok(Self { path: of(directory), _directory: None }),
            None => {
                let directory = tempfile::Builder::new().prefix("sosw-local-").tempdir()?;
                Ok(Self { path: of(directory.path()), _directory: Some(directory) })
            }
        }
    }

    /// Tells others where it is, by the tables that they share.
    pub async fn announce(&self, clients: &Clients) -> Result<(), Error> {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        let row = json!({ "output": path });
        Ok(table().write(&clients.dynamodb, ROW, &row, Timestamp::now()).await?)
    }
}

/// The database in a directory.
pub fn of(directory: &Path) -> PathBuf {
    directory.join(FILE)
}

/// Where the `sosw local` of these tables keeps its output; nothing if they are of a stack on AWS.
pub async fn announced(clients: &Clients) -> Option<PathBuf> {
    // A stack need not have the table.
    let row = table().read(&clients.dynamodb, ROW).await.ok()??;
    row.get("output")?.as_str().map(PathBuf::from)
}

fn table() -> ConfigTable {
    ConfigTable { name: ConfigTable::NAME.into(), env: ConfigTable::PRODUCTION.into() }
}
