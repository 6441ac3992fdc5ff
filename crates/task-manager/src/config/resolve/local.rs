//! `local`.

use std::{collections::BTreeMap, path::PathBuf};

use super::seconds_or;
use crate::{
    config::{
        Local, LocalLabourer,
        findings::Findings,
        local::Destinations,
        raw::{RawCommand, RawDestination, RawDestinations, RawLocal, RawLocalLabourer},
    },
    ids::LabourerId,
    labourer::Labourer,
    mistakes::{Path, did_you_mean},
};

/// The local section; its labourers must be among the config's.
pub(super) fn local(
    raw: &mut RawLocal,
    known: &BTreeMap<LabourerId, Labourer>,
    path: &Path,
    findings: &mut Findings,
) -> Local {
    let section = path.key("labourers");
    let mut labourers = BTreeMap::new();
    for (name, raw) in raw.labourers.get_or_insert_default() {
        let path = section.key(name);
        let labourer = known.values().find(|labourer| labourer.id.as_str() == name.as_str());
        let process = process(raw, labourer, &path, findings);
        match labourer {
            Some(labourer) => drop(labourers.insert(labourer.id.clone(), process)),
            None => {
                let hint = did_you_mean(name, known.keys().map(LabourerId::as_str));
                findings.mistake(&path, format_args!("no such labourer in labourers{hint}"));
            }
        }
    }
    Local { tick: seconds_or(&mut raw.tick, Local::TICK), labourers }
}

fn process(
    raw: &mut RawLocalLabourer,
    labourer: Option<&Labourer>,
    path: &Path,
    findings: &mut Findings,
) -> LocalLabourer {
    let command = match &raw.command {
        RawCommand::Shell(line) => vec!["sh".into(), "-c".into(), line.clone()],
        RawCommand::Program(words) => words.clone(),
    };
    raw.command = RawCommand::Program(command.clone());
    if command.first().is_none_or(|program| program.trim().is_empty()) {
        findings.mistake(&path.key("command"), "the program is empty");
    }
    let env = raw.env.get_or_insert_default();
    for name in env.keys().filter(|name| name.is_empty() || name.contains(['=', '\0'])) {
        findings.mistake(&path.key("env").key(name), "is no name of an environment variable");
    }
    LocalLabourer {
        directory: raw.directory.as_ref().map(PathBuf::from),
        timeout: seconds_or(&mut raw.timeout, LocalLabourer::default_timeout(labourer)),
        concurrency: raw.concurrency,
        env: env.clone(),
        retries: *raw.retries.get_or_insert(0),
        destinations: destinations(*raw.destinations.get_or_insert(RawDestinations::Both(true))),
        ..LocalLabourer::new(command)
    }
}

fn destinations(raw: RawDestinations) -> Destinations {
    match raw {
        RawDestinations::Both(true) => Destinations::All,
        RawDestinations::Both(false) => Destinations::None,
        RawDestinations::Only(RawDestination::OnFailure) => Destinations::OnFailure,
    }
}
