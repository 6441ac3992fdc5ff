//! `sosw config push` and `sosw config pull`: rows of the table `config`.

use std::path::PathBuf;

use operator::config::{self, ConfigTable, PushError, Sources};

use serde_json::json;

use super::{layer, print_json, refused, warn};
use crate::{connect::with_tables, error::Error, print};

#[derive(Debug, clap::Args)]
struct Row {
    /// The row: that of all functions, or FUNCTION_config, which overrides it
    #[arg(long, value_name = "NAME", default_value = Sources::ESSENTIAL)]
    row: String,
    /// Environment of the row; without it, SOSW_ENV or `production`
    #[arg(long)]
    env: Option<String>,
    /// The table; without it, SOSW_CONFIG_TABLE or `config`
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Directory of a `sosw local --data`, running or not; without it, the AWS environment
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Push {
    /// JSON file with the config
    file: PathBuf,
    #[command(flatten)]
    row: Row,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub struct Pull {
    #[command(flatten)]
    row: Row,
    /// Print it in one line
    #[arg(long)]
    json: bool,
}

impl Row {
    /// The table as it is named here, else as the functions find it.
    fn table(&self) -> ConfigTable {
        let variable = |name: &str| std::env::var(name).ok().filter(|_| self.data.is_none());
        let set = |given: &Option<String>, name: &str, default: &str| {
            let given = given.clone().or_else(|| variable(name).filter(|text| !text.is_empty()));
            given.unwrap_or_else(|| default.to_owned())
        };
        ConfigTable {
            name: set(&self.table, "SOSW_CONFIG_TABLE", ConfigTable::NAME),
            env: set(&self.env, "SOSW_ENV", ConfigTable::PRODUCTION),
        }
    }

    fn shown(&self) -> String {
        let ConfigTable { name, env } = self.table();
        format!("{name}/{env}/{}", self.row)
    }

    /// Who reads the row, and when.
    fn effect(&self) -> &'static str {
        match self.data {
            None => "functions follow within a minute, each at its next event",
            Some(_) => "commands read it; `sosw local` uses the file given by its --config",
        }
    }
}

pub async fn push(Push { file, row, json }: Push) -> Result<(), Error> {
    let (own, table) = (layer(&file)?, row.table());
    let pushed = with_tables(row.data.as_deref(), async |tables| {
        config::push(&tables.clients, &table, &row.row, &own).await.map_err(|error| match error {
            PushError::Mistakes(mistakes) => refused(file.display(), mistakes),
            PushError::Table(error) => error.into(),
        })
    });
    let warnings = pushed.await?;
    if json {
        let ConfigTable { name, env } = table;
        let row = row.row;
        return print::json(
            &json!({ "table": name, "env": env, "row": row, "warnings": warnings }),
        );
    }
    warn(&warnings);
    print::out(format_args!("{} -> {}; {}", file.display(), row.shown(), row.effect()))
}

pub async fn pull(Pull { row, json }: Pull) -> Result<(), Error> {
    let table = row.table();
    let found = with_tables(row.data.as_deref(), async |tables| {
        Ok(config::pull(&tables.clients, &table, &row.row).await?)
    });
    match found.await? {
        Some(config) => print_json(&config, json),
        None => Err(Error::NoRow(row.shown())),
    }
}
