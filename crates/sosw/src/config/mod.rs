//! `sosw config`.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use task_manager::config::{Config, Warnings};

use crate::{error::Error, print};

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
}

pub fn run(args: Args) -> Result<(), Error> {
    let Command::Check { file } = args.command;
    let (_, config, warnings) = read(&file)?;
    for remark in &warnings {
        print::out(format_args!("warning: {remark}"))?;
    }
    let labourers = print::count(config.labourers.len() as u64, "labourer");
    let warnings = match warnings.len() {
        0 => String::new(),
        more => format!(", {}", print::count(more as u64, "warning")),
    };
    print::out(format_args!("{}: ok, {labourers}{warnings}", file.display()))
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
