//! What the operator decides: labourers, limits, names of tables. Raw config becomes resolved
//! config once, at start.

use std::collections::BTreeMap;

use crate::{greenfield::Scale, ids::LabourerId, labourer::Labourer};

pub mod names;

pub use names::{FieldNames, Names};

/// The whole config, resolved: every default filled in, every value checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Tables, indexes and fields.
    pub names: Names,
    /// Constants of the queue's number line.
    pub scale: Scale,
    /// The labourers, by name.
    pub labourers: BTreeMap<LabourerId, Labourer>,
    /// Closed tasks that the average duration of a labourer is taken from. Default 10.
    pub closed_to_analyse: u32,
    /// Is every step of a task written to the event log? Default no.
    pub write_meta: bool,
}

impl Config {
    /// A config of these labourers, everything else at its default.
    pub fn of(labourers: impl IntoIterator<Item = Labourer>) -> Self {
        Self {
            names: Names::default(),
            scale: Scale::default(),
            labourers: labourers.into_iter().map(|l| (l.id.clone(), l)).collect(),
            closed_to_analyse: 10,
            write_meta: false,
        }
    }
}
