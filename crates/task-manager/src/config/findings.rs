//! What is found while a config is read: mistakes, which refuse it, and warnings.

use std::fmt;

use crate::{
    jobs::schema::JobSchemas,
    mistakes::{Concerns, Mistakes, Path, Remark},
};

/// Every key of a config that is accepted without effect, and every doubtful value.
pub type Warnings = Vec<Remark>;

#[derive(Debug, Default)]
pub(super) struct Findings {
    pub mistakes: Mistakes,
    pub warnings: Warnings,
}

impl Findings {
    pub fn mistake(&mut self, path: &Path, text: impl fmt::Display) {
        self.mistakes.extend([remark(path, text)]);
    }

    pub fn warning(&mut self, path: &Path, text: impl fmt::Display) {
        self.warnings.push(remark(path, text));
    }

    /// Is there a mistake in the section of the resource of this name?
    pub fn is_wrong_resource(&self, name: &str) -> bool {
        let of_it = |concerns: &Concerns| matches!(concerns, Concerns::Resource(it) if it == name);
        self.mistakes.iter().any(|mistake| of_it(&mistake.concerns))
    }

    /// The value, or nothing and a mistake.
    pub fn keep<T, E: fmt::Display>(&mut self, path: &Path, result: Result<T, E>) -> Option<T> {
        result.map_err(|mistake| self.mistake(path, mistake)).ok()
    }
}

fn remark(path: &Path, text: impl fmt::Display) -> Remark {
    Remark { concerns: concerns(path), ..Remark::new(in_short_form(path), text) }
}

fn concerns(path: &Path) -> Concerns {
    match path.keys().as_slice() {
        ["labourers", name, ..] | ["task_config", "labourers", name, ..] => {
            Concerns::Labourer((*name).to_owned())
        }
        ["resources", name, ..] => Concerns::Resource((*name).to_owned()),
        ["local", ..] => Concerns::Local,
        ["job_schema", ..] => Concerns::JobSchema(JobSchemas::DEFAULT.to_owned()),
        ["job_schema_variants", name, ..] => Concerns::JobSchema((*name).to_owned()),
        _ => Concerns::Everybody,
    }
}

/// Labourers may be written in two places; they are called the same in both.
fn in_short_form(path: &Path) -> String {
    let path = path.to_string();
    match path.strip_prefix("task_config.") {
        Some(rest) if rest.starts_with("labourers") => rest.into(),
        _ if path.is_empty() => "config".into(),
        _ => path,
    }
}
