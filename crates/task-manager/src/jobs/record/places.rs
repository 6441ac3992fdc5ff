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

    /// The number of the task at or before `place`; the first one's if all are behind it.
    pub fn number(self, place: Greenfield) -> u64 {
        (((place.0 - self.base) / self.step).floor() as u64).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_at_a_place_is_found_and_none_before_it_is_missed() {
        for step in [1000.0, 0.1, 1.0 / 3.0] {
            let places = Places { base: 2000.0, step };
            for n in [0, 1, 7, 999_999] {
                let found = places.number(places.of(n));
                assert!(found <= n && n - found <= 1, "{found} for {n}");
            }
        }
        assert_eq!(Places { base: 2000.0, step: 1000.0 }.number(Greenfield(5.0)), 0);
    }
}
