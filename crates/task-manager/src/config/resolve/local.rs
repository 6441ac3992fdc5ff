//! `local`.

use std::{collections::BTreeMap, path::PathBuf};

use super::seconds;
use crate::{
    config::{Local, LocalLabourer, findings::Findings, raw},
    ids::LabourerId,
    labourer::Labourer,
    mistakes::{Path, did_you_mean},
};

/// The local section; its labourers must be among the config's.
pub(super) fn local(
    raw: raw::Local,
    known: &BTreeMap<LabourerId, Labourer>,
    path: &Path,
    findings: &mut Findings,
) -> Local {
    let section = path.key("labourers");
    let mut labourers = BTreeMap::new();
    for (name, raw) in raw.labourers.unwrap_or_default() {
        let path = section.key(&name);
        let process = process(raw, &path, findings);
        match known.keys().find(|id| id.as_str() == name) {
            Some(id) => drop(labourers.insert(id.clone(), process)),
            None => {
                let hint = did_you_mean(&name, known.keys().map(LabourerId::as_str));
                findings.mistake(&path, format_args!("no such labourer in labourers{hint}"));
            }
        }
    }
    Local { tick: raw.tick.map_or(Local::TICK, seconds), labourers }
}

fn process(raw: raw::LocalLabourer, path: &Path, findings: &mut Findings) -> LocalLabourer {
    let command = match raw.command {
        raw::Command::Shell(line) => vec!["sh".into(), "-c".into(), line],
        raw::Command::Program(words) => words,
    };
    if command.first().is_none_or(|program| program.trim().is_empty()) {
        findings.mistake(&path.key("command"), "the program is empty");
    }
    let env = raw.env.unwrap_or_default();
    for name in env.keys().filter(|name| name.is_empty() || name.contains(['=', '\0'])) {
        findings.mistake(&path.key("env").key(name), "is no name of an environment variable");
    }
    LocalLabourer {
        directory: raw.directory.map(PathBuf::from),
        timeout: raw.timeout.map_or(LocalLabourer::TIMEOUT, seconds),
        concurrency: raw.concurrency,
        env,
        retries: raw.retries.unwrap_or(0),
        destinations: raw.destinations.unwrap_or(false),
        ..LocalLabourer::new(command)
    }
}
