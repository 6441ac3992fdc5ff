//! Which of our crates may depend on which.

use std::fmt;

use super::workspace::{Dependency, Section};

/// Each crate, and the crates that it may depend on (in its tests as well), from bottom to top.
///
/// Data flows up: `protocol` says what goes over the wire between us and labourers,
/// `task-manager` is the domain and the only one that knows tables, `function` is what the four
/// Lambdas share, `operator` is what a person can ask and do, and `sosw`, at the top, is their
/// command line and starts all of them on one machine. Two lines stand beside that one and must not
/// reach into the domain: labourers (`protocol`, `labourer`, `tracker`), because they are
/// compiled into users' programs, and `local`, because it pretends to be AWS and not to be sosw.
/// `guarantees` sees all of the libraries, and nothing depends on it.
pub const TABLE: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("task-manager", &["protocol"]),
    ("function", &["task-manager"]),
    ("orchestrator", &["function", "task-manager"]),
    ("scavenger", &["function", "task-manager"]),
    ("worker-assistant", &["function", "task-manager"]),
    ("scheduler", &["function", "task-manager"]),
    ("labourer", &["protocol"]),
    ("tracker", &["labourer"]),
    ("local", &[]),
    ("operator", &["task-manager"]),
    ("web", &["operator"]),
    (
        "sosw",
        &[
            "operator",
            "web",
            "local",
            "function",
            "orchestrator",
            "scavenger",
            "worker-assistant",
            "scheduler",
        ],
    ),
    (
        "guarantees",
        &[
            "protocol",
            "task-manager",
            "function",
            "orchestrator",
            "scavenger",
            "worker-assistant",
            "scheduler",
            "labourer",
            "tracker",
            "local",
            "operator",
            "web",
        ],
    ),
];

/// Where the workspace and the table differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    Forbidden { name: String, on: String, section: Section, allowed: Vec<String> },
    NotInTable { name: String },
    NoSuchCrate { name: String },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = "TABLE in crates/guarantees/src/house/table.rs";
        match self {
            Self::Forbidden { name, on, section, allowed } => {
                let allowed = match allowed.is_empty() {
                    true => "none of our crates".to_owned(),
                    false => allowed.join(", "),
                };
                write!(f, "`{name}` must not depend on `{on}` ({}): ", section.name())?;
                write!(f, "it may depend on {allowed}. {}", section.remedy(name))
            }
            Self::NotInTable { name } => write!(
                f,
                "crate `{name}` is not in the table: add a row for it, below all rows that may \
                 depend on it, to {table}"
            ),
            Self::NoSuchCrate { name } => write!(
                f,
                "the table has a row for `{name}`, but there is no such crate: remove the row from \
                 {table}"
            ),
        }
    }
}

impl Section {
    fn name(self) -> &'static str {
        match self {
            Self::Normal => "dependencies",
            Self::Build => "build-dependencies",
            Self::Dev => "dev-dependencies",
        }
    }

    fn remedy(self, name: &str) -> String {
        match self {
            Self::Normal | Self::Build => format!(
                "Move what both need into a crate that both may depend on, or let the caller pass \
                 it to `{name}`."
            ),
            Self::Dev => "Move the test to `guarantees`, which sees all libraries.".to_owned(),
        }
    }
}

/// All violations of `table`: by crate in the order of `crates`, then the rows without a crate.
pub fn check<'a>(
    table: &[(&str, &[&str])],
    crates: impl IntoIterator<Item = (&'a str, &'a [Dependency])>,
) -> Vec<Violation> {
    let crates: Vec<_> = crates.into_iter().collect();
    let known = |row: &str| crates.iter().any(|(name, _)| *name == row);
    let unused = table.iter().filter(|(row, _)| !known(row));
    let unused = unused.map(|(row, _)| Violation::NoSuchCrate { name: (*row).to_owned() });
    crates.iter().flat_map(|(name, needs)| check_crate(table, name, needs)).chain(unused).collect()
}

fn check_crate(table: &[(&str, &[&str])], name: &str, needs: &[Dependency]) -> Vec<Violation> {
    let Some((_, allowed)) = table.iter().find(|(row, _)| *row == name) else {
        return vec![Violation::NotInTable { name: name.to_owned() }];
    };
    let forbidden = needs.iter().filter(|need| !allowed.contains(&need.on.as_str()));
    forbidden
        .map(|need| Violation::Forbidden {
            name: name.to_owned(),
            on: need.on.clone(),
            section: need.section,
            allowed: allowed.iter().map(|&name| name.to_owned()).collect(),
        })
        .collect()
}
