//! What a mistake of a config stops: one wrong section need not stop the others.

/// What a mistake of a config stops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Concerns {
    /// Every function and labourer.
    #[default]
    Everybody,
    /// The labourer of this name, whose section it is in.
    Labourer(String),
    /// The labourers that use the resource of this name, whose section it is in.
    Resource(String),
    /// Jobs of the schema of this name.
    JobSchema(String),
    /// `sosw local`.
    Local,
}
