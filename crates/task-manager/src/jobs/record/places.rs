//! Where a job's tasks line up.

use serde::{Deserialize, Serialize};

use crate::{
    greenfield::{Greenfield, Scale},
    ids::{JobId, TaskId},
    time::Timestamp,
};

/// The places of a job's tasks on the number line: a function of their number alone, so that its
/// ranges can be filled side by side and keep one order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Places {
    /// The place before the first.
    pub base: f64,
    /// The distance of two.
    pub step: f64,
}

impl Places {
    /// Room for `total` tasks behind `newest`.
    pub fn behind(
        newest: Option<Greenfield>,
        now: Timestamp,
        total: u64,
        job: &JobId,
        scale: Scale,
    ) -> Self {
        let step = scale.step_after(newest, now, total);
        Self { base: scale.base_after(newest, step, &TaskId::of_job(job, 0)), step }
    }

    /// The place of task `n`.
    pub fn of(self, n: u64) -> Greenfield {
        Greenfield(self.base + self.step * (n + 1) as f64)
    }
}
