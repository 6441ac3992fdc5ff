//! `sosw config`.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use task_manager::config::{Config, Warnings};

use crate::{
    connect::{Where, connect},
    error::Error,
    print,
};

mod row;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell every mistake and every doubtful value of a config file
    Check {
        /// JSON, as sosw's essential config
        file: PathBuf,
    },
    /// Print the config that the functions work with, every default written out
    Show(Where),
    /// Put a config file into the table `config`, if it has no mistake
    Push(row::Push),
    /// Print a row of the table `config`
    Pull(row::Pull),
    /// Print the JSON Schema of a config
    Schema,
}

pub async fn run(args: Args) -> Result<(), Error> {
    match args.command {
        Command::Check { file } => check(&file),
        Command::Show(place) => show(&place).await,
        Command::Push(args) => row::push(args).await,
        Command::Pull(args) => row::pull(args).await,
        Command::Schema => print::out(format_args!("{:#}", Config::schema())),
    }
}

fn check(file: &Path) -> Result<(), Error> {
    let (_, config, warnings) = read(file)?;
    warn(&warnings)?;
    let labourers = print::count(config.labourers.len() as u64, "labourer");
    let warnings = match warnings.len() {
        0 => String::new(),
        more => format!(", {}", print::count(more as u64, "warning")),
    };
    print::out(format_args!("{}: ok, {labourers}{warnings}", file.display()))
}

fn warn(warnings: &Warnings) -> Result<(), Error> {
    warnings.iter().try_for_each(|remark| print::out(format_args!("warning: {remark}")))
}

async fn show(place: &Where) -> Result<(), Error> {
    let connected = connect(place).await?;
    let config = connected.manager.config().to_json();
    connected.close().await;
    print::out(format_args!("{config:#}"))
}

/// A config file: its text, its meaning, and what is doubtful about it.
pub fn read(file: &Path) -> Result<(String, Config, Warnings), Error> {
    let path = || file.to_owned();
    let text = std::fs::read_to_string(file).map_err(|error| Error::File {
        what: "config",
        path: path(),
        error,
    })?;
    let (config, warnings) =
        Config::from_text(&text).map_err(|mistakes| Error::Config { path: path(), mistakes })?;
    Ok((text, config, warnings))
}
