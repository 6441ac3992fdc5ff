//! Whom a mistake of a config concerns: one wrong section need not stop the others.

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
