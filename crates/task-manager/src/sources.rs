//! Where the config comes from: the `config` table, a file, the environment.

use std::{fs, path::PathBuf};

use aws_sdk_dynamodb::Client;
use serde_json::Value;
use thiserror::Error;

use crate::{
    config::{Config, Warnings},
    mistakes::{Mistakes, Remark, json},
    storage::config::{ConfigTable, TableError},
};

/// The places to read. Each is laid over the ones before it: defaults, the row for all
/// functions, the row of this function, the file, the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    pub table: Option<ConfigTable>,
    /// Name of the function whose row `{name}_config` is read besides the one for all.
    pub function: Option<String>,
    pub file: Option<PathBuf>,
    pub text: Option<String>,
}

impl Sources {
    /// The row that is read for all functions.
    pub const ESSENTIAL: &str = "sosw_essential_config";

    /// The sources that the environment of a function names; `variable` reads a variable.
    ///
    /// `SOSW_CONFIG` is a config as text. Without it, or when `SOSW_CONFIG_TABLE` is set too, the
    /// table is read (by default `config`), its rows for `SOSW_ENV` (by default `production`).
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let text = set("SOSW_CONFIG");
        let name = set("SOSW_CONFIG_TABLE").or(match text {
            None => Some(ConfigTable::NAME.into()),
            Some(_) => None,
        });
        let env = set("SOSW_ENV").unwrap_or_else(|| ConfigTable::PRODUCTION.into());
        let table = name.map(|name| ConfigTable { name, env });
        Self { table, function: set("AWS_LAMBDA_FUNCTION_NAME"), file: None, text }
    }

    /// One file and nothing else.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { file: Some(path.into()), ..Self::default() }
    }
}

/// Why there is no config.
#[derive(Debug, Error)]
pub enum LoadError {
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table has none of the rows.
    #[error(
        "table {table} has neither {} nor any other row for this function (env {env}): push a \
         config into it, or put one into SOSW_CONFIG",
        Sources::ESSENTIAL
    )]
    NoRows { table: String, env: String },
    #[error("config file {} cannot be read: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
}

/// What the sources held when they were read.
#[derive(Clone, Debug, PartialEq)]
pub struct Layers {
    /// From the lowest one up.
    layers: Vec<Value>,
    missing_rows: Warnings,
}

impl Layers {
    /// Reads all sources.
    ///
    /// # Errors
    /// When one of them cannot be read, is not JSON, or the table has no row for the function.
    pub async fn read(sources: &Sources, client: &Client) -> Result<Self, LoadError> {
        let (mut layers, missing_rows) = match &sources.table {
            Some(table) => rows(table, sources.function.as_deref(), client).await?,
            None => Default::default(),
        };
        if let Some(path) = &sources.file {
            let text = fs::read_to_string(path)
                .map_err(|error| LoadError::File { path: path.clone(), error })?;
            layers.push(json::parse(&text, &path.display().to_string())?);
        }
        if let Some(text) = &sources.text {
            layers.push(json::parse(text, "SOSW_CONFIG")?);
        }
        Ok(Self { layers, missing_rows })
    }

    /// Their config for a function: mistakes stop only what they concern ([`Config::usable_from_layers`]).
    ///
    /// # Errors
    /// When a mistake concerns everybody: all mistakes.
    pub fn usable(&self) -> Result<(Config, Warnings), LoadError> {
        self.made_by(Config::usable_from_layers)
    }

    fn made_by<T>(
        &self,
        make: impl FnOnce(Vec<Value>) -> Result<(T, Warnings), Mistakes>,
    ) -> Result<(T, Warnings), LoadError> {
        let (made, mut warnings) = make(self.layers.clone())?;
        warnings.extend(self.missing_rows.clone());
        Ok((made, warnings))
    }
}

/// The config of all sources.
///
/// # Errors
/// When they cannot be read, or it has any mistake.
pub async fn load(sources: &Sources, client: &Client) -> Result<(Config, Warnings), LoadError> {
    Layers::read(sources, client).await?.made_by(Config::from_layers)
}

/// The same as JSON, every default written out.
///
/// # Errors
/// The same.
pub async fn show(sources: &Sources, client: &Client) -> Result<(Value, Warnings), LoadError> {
    Layers::read(sources, client).await?.made_by(Config::complete)
}

/// The rows, from the one for all functions to the one of this function; and which are missing.
async fn rows(
    table: &ConfigTable,
    function: Option<&str>,
    client: &Client,
) -> Result<(Vec<Value>, Warnings), LoadError> {
    let own = function.map(|function| format!("{function}_config"));
    let own = own.as_deref().filter(|own| *own != Sources::ESSENTIAL);
    let names: Vec<_> = std::iter::once(Sources::ESSENTIAL).chain(own).collect();
    let mut found = table.read_all(client, &names).await?;
    let (mut layers, mut missing) = (Vec::new(), Warnings::new());
    for name in names {
        match found.remove(name) {
            Some(layer) => layers.push(layer),
            None => missing.push(Remark::new(
                format_args!("{}/{}/{name}", table.name, table.env),
                "there is no such row",
            )),
        }
    }
    if layers.is_empty() {
        return Err(LoadError::NoRows { table: table.name.clone(), env: table.env.clone() });
    }
    Ok((layers, missing))
}

#[cfg(test)]
mod tests;
