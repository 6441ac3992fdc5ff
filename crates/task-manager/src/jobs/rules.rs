//! What a job is checked against: the part of the scheduler's config that chunking uses.

use super::{calendar::Calendar, problem::Problem, schema::JobSchemas};
use crate::{ids::LabourerId, limits::MAX_PAYLOAD};

/// What a job is checked against.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    pub schemas: JobSchemas,
    pub calendar: Calendar,
    /// The labourers that jobs may be for.
    pub labourers: Vec<LabourerId>,
    /// The most bytes of JSON text that a task's payload may have.
    pub max_payload: usize,
}

impl Rules {
    /// What fits into the row of a job, less room for its progress.
    pub const MAX_JOB: usize = 350 * 1024;

    /// Rules for jobs of these labourers, everything else at its default.
    pub fn of(labourers: impl IntoIterator<Item = LabourerId>) -> Self {
        Self {
            schemas: JobSchemas::default(),
            calendar: Calendar::default(),
            labourers: labourers.into_iter().collect(),
            max_payload: MAX_PAYLOAD,
        }
    }

    pub(super) fn known(&self, labourer: LabourerId) -> Result<LabourerId, Problem> {
        if self.labourers.contains(&labourer) {
            return Ok(labourer);
        }
        let known = self.labourers.iter().map(LabourerId::as_str);
        Err(Problem::unknown("labourer", labourer.as_str(), known))
    }
}
