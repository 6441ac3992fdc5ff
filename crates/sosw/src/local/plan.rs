//! What is to be run: config and job, read and checked before anything is started or written.

use std::path::{Path, PathBuf};

use operator::{
    Json, Labourer, Timestamp,
    config::{Config, Local, LocalLabourer, Warnings},
    jobs,
};
use serde_json::Value;

use super::{
    Args,
    files::{OpenFiles, Processes},
    screen::Screen,
};
use crate::{config, error::Error};

/// An environment variable can hold little more.
const LARGEST_CONFIG: usize = 120_000;

pub struct RunPlan {
    pub config: Config,
    /// The config as compact JSON, for the functions.
    pub text: String,
    pub local: Local,
    pub files: OpenFiles,
    pub job: Option<Json>,
    warnings: Warnings,
}

impl RunPlan {
    /// Reads what the command line names.
    pub fn read(args: &Args) -> Result<Self, Error> {
        let (text, config, warnings) = config::read(&args.config)?;
        let refused = |why: String| Error::NotLocal { path: args.config.clone(), why };
        let local = config.local.clone().filter(|local| !local.labourers.is_empty());
        let local = local.ok_or_else(|| refused(NO_PROCESS.to_owned()))?;
        let json: Value = serde_json::from_str(&text).unwrap_or_default();
        let text = json.to_string();
        if text.len() > LARGEST_CONFIG {
            let (size, most) = (text.len(), LARGEST_CONFIG);
            return Err(refused(format!("it has {size} bytes; locally the most is {most}")));
        }
        let job = args.job.as_deref().map(|path| read_job(path, &config)).transpose()?;
        Ok(Self { config, text, local, files: OpenFiles::raise(), job, warnings })
    }

    /// The labourers that are started here, each with its process.
    pub fn labourers(&self) -> impl Iterator<Item = (&Labourer, &LocalLabourer)> {
        let local = &self.local.labourers;
        self.config.labourers.values().filter_map(|l| Some((l, local.get(&l.id)?)))
    }

    /// What can run at once, at most.
    pub fn processes(&self) -> Processes {
        let slots = self.labourers().map(|(labourer, process)| {
            process.concurrency.unwrap_or(u32::MAX).min(labourer.max_simultaneous_invocations)
        });
        let has_rates = self.labourers().any(|(labourer, _)| !labourer.uses.rates.is_empty());
        Processes {
            labourers: slots.fold(0, u32::saturating_add),
            // With tasks that wait for a rate it stays for two ticks at most, which must not wait for it.
            orchestrators: if has_rates { 3 } else { 1 },
        }
    }

    /// Prints warnings, which do not prevent the start.
    pub fn warn(&self, screen: &Screen) {
        for remark in &self.warnings {
            screen.warn(format_args!("config: {remark}"));
        }
        if let Some(shortage) = self.files.shortage(self.processes()) {
            screen.warn(shortage);
        }
        for id in self.config.labourers.keys().filter(|id| !self.local.labourers.contains_key(id)) {
            screen.warn(format_args!(
                "labourer {id}: its tasks cannot run, because local.labourers.{id}.command is not set"
            ));
        }
        for (labourer, process) in self.labourers() {
            if let Some(why) = unrunnable(process) {
                let id = &labourer.id;
                screen.warn(format_args!("labourer {id}: {why}; its attempts will fail"));
            }
        }
    }
}

const NO_PROCESS: &str = "\
local.labourers is not set: it gives the command that starts each labourer, for example
  \"local\": {\"labourers\": {\"resize\": {\"command\": [\"python3\", \"-m\", \"awslambdaric\", \"resize.handler\"]}}}";

fn read_job(path: &Path, config: &Config) -> Result<Json, Error> {
    let refused = |why: String| Error::Job { path: path.to_owned(), why };
    let text = std::fs::read_to_string(path).map_err(|error| Error::File {
        what: "job",
        path: path.to_owned(),
        error,
    })?;
    let job = Json::parse(&text).map_err(|error| refused(format!("it is not JSON: {error}")))?;
    jobs::check(config, &job, Timestamp::now())
        .map_err(|mistakes| refused(mistakes.to_string()))?;
    Ok(job)
}

/// Why a command cannot be run, as far as can be checked without running it.
fn unrunnable(process: &LocalLabourer) -> Option<String> {
    if let Some(directory) = process.directory.as_ref().filter(|directory| !directory.is_dir()) {
        return Some(format!("its directory {} does not exist", directory.display()));
    }
    let program = process.command.first()?;
    let place = process.directory.clone().unwrap_or_default();
    let found = match program.contains('/') {
        true => place.join(program).is_file(),
        false => search_path(process).any(|directory| directory.join(program).is_file()),
    };
    let place = if program.contains('/') { "" } else { " in PATH" };
    (!found).then(|| format!("its command `{program}` is not found{place}"))
}

fn search_path(process: &LocalLabourer) -> impl Iterator<Item = PathBuf> {
    let own = process.env.get("PATH").map(Into::into);
    let path = own.or_else(|| std::env::var_os("PATH")).unwrap_or_default();
    std::env::split_paths(&path).collect::<Vec<_>>().into_iter()
}
