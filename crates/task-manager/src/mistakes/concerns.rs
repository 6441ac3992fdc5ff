//! Whom a mistake of a config concerns: one wrong section need not stop the others.

use super::Path;

/// Whom a mistake of a config concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Concerns {
    /// Every function and labourer.
    #[default]
    Everybody,
    /// The labourer of this name, whose section it is in.
    Labourer(String),
    /// Jobs of the schema of this name.
    JobSchema(String),
}

impl Concerns {
    /// The schema that `job_schema` is short for.
    const DEFAULT_SCHEMA: &str = "default";

    /// Whom the section of a config at `path` concerns.
    pub(crate) fn of(path: &Path) -> Self {
        let keys = path.keys();
        match keys.as_slice() {
            ["labourers", name, ..] | ["task_config", "labourers", name, ..] => {
                Self::Labourer((*name).to_owned())
            }
            ["job_schema", ..] => Self::JobSchema(Self::DEFAULT_SCHEMA.to_owned()),
            ["job_schema_variants", name, ..] => Self::JobSchema((*name).to_owned()),
            _ => Self::Everybody,
        }
    }
}
