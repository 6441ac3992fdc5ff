//! `sosw config push` and `sosw config pull`: rows of the table `config`.

use std::path::PathBuf;

use serde_json::Value;
use task_manager::config::{ConfigTable, Sources};

use super::{read, warn};
use crate::{connect::Tables, error::Error, print};

/// Which row is meant.
#[derive(Debug, clap::Args)]
struct Row {
    /// Row: that of all functions, or FUNCTION_config
    #[arg(long, default_value = Sources::ESSENTIAL)]
    row: String,
    /// Environment of the row
    #[arg(long, default_value = ConfigTable::PRODUCTION)]
    env: String,
    /// The table
    #[arg(long, default_value = ConfigTable::NAME)]
    table: String,
    /// Directory of a `sosw local --data`, running or not; without it, the AWS environment
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Push {
    /// JSON, as sosw's essential config
    file: PathBuf,
    #[command(flatten)]
    row: Row,
}

#[derive(Debug, clap::Args)]
pub struct Pull {
    #[command(flatten)]
    row: Row,
}

impl Row {
    fn table(&self) -> ConfigTable {
        ConfigTable { name: self.table.clone(), env: self.env.clone() }
    }

    fn shown(&self) -> String {
        format!("{}/{}/{}", self.table, self.env, self.row)
    }
}

pub async fn push(args: Push) -> Result<(), Error> {
    let (text, _, warnings) = read(&args.file)?;
    warn(&warnings)?;
    let config: Value = serde_json::from_str(&text).unwrap_or_default();
    let tables = Tables::find(args.row.data.as_deref()).await?;
    args.row.table().write(&tables.clients.dynamodb, &args.row.row, &config).await?;
    tables.close().await;
    print::out(format_args!("{} -> {}", args.file.display(), args.row.shown()))
}

pub async fn pull(Pull { row }: Pull) -> Result<(), Error> {
    let tables = Tables::find(row.data.as_deref()).await?;
    let found = row.table().read(&tables.clients.dynamodb, &row.row).await?;
    tables.close().await;
    match found {
        Some(config) => print::out(format_args!("{config:#}")),
        None => Err(Error::NoRow(row.shown())),
    }
}
