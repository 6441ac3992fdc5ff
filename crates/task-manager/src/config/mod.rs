//! What the operator decides: labourers, limits, names of tables. Raw config becomes resolved
//! config once, at start.
//!
//! The way of a config: [`source`] finds its texts, `layers` lays one over the other, `check`
//! holds the result against the schema of `raw`, `resolve` gives it its meaning. Every mistake on
//! the way is collected, none stops the search for the others.

use std::{collections::BTreeMap, time::Duration};

use crate::{ecology::Coefficients, greenfield::Scale, ids::LabourerId, labourer::Labourer};

mod arn;
mod check;
mod findings;
mod kinds;
mod layers;
pub mod local;
pub mod names;
mod raw;
mod read;
mod resolve;
pub mod source;
mod suggest;
mod table;
mod write;

pub use findings::{Mistakes, Remark, Warnings};
pub use local::{Local, LocalLabourer};
pub use names::{FieldNames, Names};
pub use source::{LoadError, Sources, load};
pub use table::{ConfigTable, TableError};

/// The whole config, resolved: every default filled in, every value checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Tables, indexes and fields.
    pub names: Names,
    /// Constants of the queue's number line.
    pub scale: Scale,
    /// The labourers, by name.
    pub labourers: BTreeMap<LabourerId, Labourer>,
    /// The part of its slots that a labourer may use in each health.
    pub coefficients: Coefficients,
    /// Closed tasks that the average duration of a labourer is taken from. Default 10.
    pub closed_to_analyse: u32,
    /// Is every step of a task written to the event log? Default no.
    pub write_meta: bool,
    /// Where news of exhausted tasks is sent.
    pub sns: Option<Sns>,
    /// The attributes by which jobs are chunked, outermost first, by the name of the schema.
    /// [`Config::DEFAULT_JOB_SCHEMA`] is always among them.
    pub job_schemas: BTreeMap<String, Vec<String>>,
    /// The time before its time-out at which a function saves its work and stops. Default 60 s.
    pub shutdown_period: Duration,
    /// The labourers as processes, for `sosw local`.
    pub local: Option<Local>,
}

/// An SNS topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sns {
    /// ARN of the topic.
    pub recipient: String,
    /// Subject of the messages.
    pub subject: String,
}

impl Sns {
    /// `subject` when the config does not tell it.
    pub const SUBJECT: &str = "sosw";
}

impl Config {
    /// The job schema of jobs that name none.
    pub const DEFAULT_JOB_SCHEMA: &str = "default";
    /// `shutdown_period` when the config does not tell it.
    pub const SHUTDOWN_PERIOD: Duration = Duration::from_secs(60);

    /// A config of these labourers, everything else at its default.
    pub fn of(labourers: impl IntoIterator<Item = Labourer>) -> Self {
        Self {
            names: Names::default(),
            scale: Scale::default(),
            labourers: labourers.into_iter().map(|l| (l.id.clone(), l)).collect(),
            coefficients: Coefficients::SOSW,
            closed_to_analyse: 10,
            write_meta: false,
            sns: None,
            job_schemas: [(Self::DEFAULT_JOB_SCHEMA.into(), Vec::new())].into(),
            shutdown_period: Self::SHUTDOWN_PERIOD,
            local: None,
        }
    }
}

#[cfg(test)]
mod tests;
