//! What is found while a config is read: mistakes, which refuse it, and warnings.

use std::fmt;

use serde::Serialize;
use thiserror::Error;

/// One thing that is worth telling about a config, in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Where in the config: `labourers.resize.duration`.
    pub path: String,
    /// What is wrong, and the way out.
    pub text: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.text)
    }
}

/// Every mistake of a config, one line each.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", lines(.0))]
pub struct Mistakes(pub Vec<Remark>);

/// Every key of a config that is accepted without effect, and every doubtful value.
pub type Warnings = Vec<Remark>;

fn lines(remarks: &[Remark]) -> String {
    remarks.iter().map(Remark::to_string).collect::<Vec<_>>().join("\n")
}

/// Mistakes and warnings as they are collected.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub mistakes: Vec<Remark>,
    pub warnings: Warnings,
}

impl Findings {
    pub fn mistake(&mut self, path: &Path, text: impl fmt::Display) {
        self.mistakes.push(Remark { path: path.shown(), text: text.to_string() });
    }

    pub fn warning(&mut self, path: &Path, text: impl fmt::Display) {
        self.warnings.push(Remark { path: path.shown(), text: text.to_string() });
    }

    /// The value, or nothing and a mistake.
    pub fn keep<T, E: fmt::Display>(&mut self, path: &Path, result: Result<T, E>) -> Option<T> {
        result.map_err(|mistake| self.mistake(path, mistake)).ok()
    }
}

/// Where a value stands in the config.
#[derive(Clone, Debug, Default)]
pub(super) struct Path(String);

impl Path {
    /// The path of `key` in the object at this path.
    pub fn key(&self, key: &str) -> Self {
        let plain = !key.is_empty()
            && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '*'));
        match (plain, self.0.is_empty()) {
            (true, true) => Self(key.into()),
            (true, false) => Self(format!("{}.{key}", self.0)),
            (false, _) => Self(format!("{}[{key:?}]", self.0)),
        }
    }

    /// The path of an item of the list at this path.
    pub fn item(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// Labourers may be written in two places; they are called the same in both.
    fn shown(&self) -> String {
        match self.0.strip_prefix("task_config.") {
            Some(rest) if rest.starts_with("labourers") => rest.into(),
            _ if self.0.is_empty() => "config".into(),
            _ => self.0.clone(),
        }
    }
}
