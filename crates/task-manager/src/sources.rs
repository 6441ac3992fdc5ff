//! Where the config comes from: the `config` table, a file, the environment.

use std::{fs, path::PathBuf};

use aws_sdk_dynamodb::Client;
use serde_json::Value;
use thiserror::Error;

use crate::{
    config::{Config, Warnings},
    mistakes::{Mistakes, Remark, json},
    storage::config::{ConfigRow, ConfigTable, TableError},
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layers {
    /// From the lowest one up.
    layers: Vec<Value>,
    /// When the newest row was pushed that counts for this: [`Config::pushed`].
    pushed: u64,
    missing_rows: Warnings,
}

impl Layers {
    /// Reads all sources.
    ///
    /// # Errors
    /// When one of them cannot be read, is not JSON, or the table has no row for the function.
    pub async fn read(sources: &Sources, client: &Client) -> Result<Self, LoadError> {
        let mut read = match &sources.table {
            Some(table) => rows(table, sources.function.as_deref(), client).await?,
            None => Self::default(),
        };
        if let Some(path) = &sources.file {
            let text = fs::read_to_string(path)
                .map_err(|error| LoadError::File { path: path.clone(), error })?;
            read.layers.push(json::parse(&text, &path.display().to_string())?);
        }
        if let Some(text) = &sources.text {
            read.layers.push(json::parse(text, "SOSW_CONFIG")?);
        }
        Ok(read)
    }

    /// Their config for a function: mistakes stop only what they concern ([`Config::usable_from_layers`]).
    ///
    /// # Errors
    /// When a mistake concerns everybody: all mistakes.
    pub fn usable(&self) -> Result<(Config, Warnings), LoadError> {
        self.config_by(Config::usable_from_layers)
    }

    /// Do they say the same, whenever they were pushed?
    pub fn say_the_same_as(&self, others: &Self) -> bool {
        self.layers == others.layers && self.missing_rows == others.missing_rows
    }

    /// When they were pushed: [`Config::pushed`].
    pub fn pushed(&self) -> u64 {
        self.pushed
    }

    fn config_by(
        &self,
        make: impl FnOnce(Vec<Value>) -> Result<(Config, Warnings), Mistakes>,
    ) -> Result<(Config, Warnings), LoadError> {
        let (config, warnings) = self.made_by(make)?;
        Ok((Config { pushed: self.pushed, ..config }, warnings))
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
    Layers::read(sources, client).await?.config_by(Config::from_layers)
}

/// The same as JSON, every default written out.
///
/// # Errors
/// The same.
pub async fn show(sources: &Sources, client: &Client) -> Result<(Value, Warnings), LoadError> {
    Layers::read(sources, client).await?.made_by(Config::complete)
}

/// The rows, from the one for all functions to the one of this function; when they were pushed; and which are missing.
async fn rows(
    table: &ConfigTable,
    function: Option<&str>,
    client: &Client,
) -> Result<Layers, LoadError> {
    let own = function.map(|function| format!("{function}_config"));
    let own = own.as_deref().filter(|own| *own != Sources::ESSENTIAL);
    let names: Vec<_> = std::iter::once(Sources::ESSENTIAL).chain(own).collect();
    let mut found = table.read_all(client, &names).await?;
    let has_essential = found.contains_key(Sources::ESSENTIAL);
    let mut rows = Layers::default();
    for name in names {
        match found.remove(name) {
            Some(ConfigRow { config, pushed_at }) => {
                // Of what all functions share, the config of one is no newer than that of the others because of a
                // row that says nothing about it.
                if name == Sources::ESSENTIAL || !has_essential || is_about_resources(&config) {
                    rows.pushed = rows.pushed.max(pushed_at);
                }
                rows.layers.push(config);
            }
            None => rows.missing_rows.push(Remark::new(
                format_args!("{}/{}/{name}", table.name, table.env),
                "there is no such row",
            )),
        }
    }
    if rows.layers.is_empty() {
        return Err(LoadError::NoRows { table: table.name.clone(), env: table.env.clone() });
    }
    Ok(rows)
}

/// Does it say what there is to share, or who uses how much of it?
fn is_about_resources(layer: &Value) -> bool {
    let sections = ["/labourers", "/task_config/labourers"].map(|section| layer.pointer(section));
    let labourers = sections.into_iter().flatten().filter_map(Value::as_object).flatten();
    layer.get("resources").is_some()
        || labourers.into_iter().any(|(_, labourer)| labourer.get("uses").is_some())
}

#[cfg(test)]
mod tests;
