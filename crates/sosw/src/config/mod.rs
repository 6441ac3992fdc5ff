//! `sosw config`.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use operator::config::{self, Config, Mistakes, Sources, Warnings};
use serde_json::{Value, json};

use crate::{
    connect::{self, Where},
    error::Error,
    print, words,
};

mod row;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a config file: list every mistake and every warning
    Check {
        /// JSON of the config; each file overrides those before it, as a function's row overrides the common one
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Print JSON: the number of labourers and the warnings, or the mistakes
        #[arg(long)]
        json: bool,
    },
    /// Print the config that the functions use, including every default
    Show(Show),
    /// Write a config file to a row of the table `config`, if it has no mistakes
    Push(row::Push),
    /// Print a row of the table `config`
    Pull(row::Pull),
    /// Print the JSON Schema of a config
    Schema {
        /// Print it in one line
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Show {
    /// As this function reads it: its row FUNCTION_config overrides the one for all functions
    #[arg(long, conflicts_with = "config")]
    function: Option<String>,
    #[command(flatten)]
    place: Where,
    /// Print it in one line
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    match args.command {
        Command::Check { files, json } => check(&files, json),
        Command::Show(args) => show(&args).await,
        Command::Push(args) => row::push(args).await,
        Command::Pull(args) => row::pull(args).await,
        Command::Schema { json } => print_json(Config::schema(), json),
    }
}

/// In one line, or for people.
fn print_json(value: &Value, in_one_line: bool) -> Result<(), Error> {
    match in_one_line {
        true => print::json(value),
        false => print::out(format_args!("{value:#}")),
    }
}

fn check(files: &[PathBuf], json: bool) -> Result<(), Error> {
    let names: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    let name = names.join(" + ");
    let layers = files.iter().map(|file| layer(file)).collect::<Result<Vec<_>, _>>()?;
    let checked = match config::check(layers) {
        Ok(checked) => checked,
        Err(mistakes) => {
            if json {
                let mistakes: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
                print::json(&json!({ "mistakes": mistakes }))?;
            }
            return Err(refused(&name, mistakes));
        }
    };
    if json {
        return print::json(&checked);
    }
    warn(&checked.warnings);
    let labourers = words::count(checked.labourers, "labourer");
    let warnings = match checked.warnings.len() {
        0 => String::new(),
        more => format!(", {}", words::count(more as u64, "warning")),
    };
    print::out(format_args!("{name}: ok, {labourers}{warnings}"))
}

fn warn(warnings: &Warnings) {
    for remark in warnings {
        print::err(format_args!("warning: {remark}"));
    }
}

async fn show(args: &Show) -> Result<(), Error> {
    let sources = Sources { function: args.function.clone(), ..args.place.sources() };
    let shown =
        args.place.with_tables(async |tables| connect::shown(&sources, &tables.clients).await);
    let (config, warnings) = shown.await?;
    warn(&warnings);
    print_json(&config, args.json)
}

/// Reads a config file: its text, the config, and warnings.
pub fn read(file: &Path) -> Result<(String, Config, Warnings), Error> {
    let text = text(file)?;
    let read = Config::from_text(&text);
    let (config, warnings) = read.map_err(|mistakes| refused(file.display(), mistakes))?;
    Ok((text, config, warnings))
}

/// The JSON of one layer, which need not be complete without the others.
fn layer(file: &Path) -> Result<Value, Error> {
    Config::parse(&text(file)?).map_err(|mistakes| refused(file.display(), mistakes))
}

fn text(file: &Path) -> Result<String, Error> {
    let failed = |error| Error::File { what: "config", path: file.to_owned(), error };
    std::fs::read_to_string(file).map_err(failed)
}

fn refused(name: impl Display, mistakes: Mistakes) -> Error {
    Error::Config { name: name.to_string(), mistakes }
}
