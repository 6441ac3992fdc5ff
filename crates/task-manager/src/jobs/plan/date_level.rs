//! The outermost level of a plan: `period`, and `isolate_days` or `isolate_hours`.

use crate::json::{Json, Object};

use super::{Basis, json_size};
use crate::{
    jobs::{dates::Dates, problem::Problem, values::flag},
    mistakes::{Mistakes, Path},
};

const PERIOD: &str = "period";
pub(super) const ISOLATE_DAYS: &str = "isolate_days";
pub(super) const ISOLATE_HOURS: &str = "isolate_hours";

/// The dates of a job: each for tasks of its own, or all for every task.
#[derive(Clone)]
pub(super) struct DateLevel {
    dates: Dates,
    isolated: bool,
}

impl DateLevel {
    /// The dates that `job` is for, if it has a period.
    pub fn read(job: &Object, basis: &Basis, path: &Path, mistakes: &mut Mistakes) -> Option<Self> {
        let period = job.get(PERIOD).unwrap_or(&Json::Null);
        let dates = basis.calendar.read(period, basis.now, &path.key(PERIOD), mistakes);
        let mut flag_of = |name| {
            let value = flag(job.get(name).unwrap_or(&Json::Null));
            mistakes.check(&path.key(name), value).unwrap_or(false)
        };
        let (days, hours) = (flag_of(ISOLATE_DAYS), flag_of(ISOLATE_HOURS));
        let dates = dates?;
        let (isolated, fits, other, is_other) = match dates.is_hours() {
            true => (hours, ISOLATE_HOURS, ISOLATE_DAYS, days),
            false => (days, ISOLATE_DAYS, ISOLATE_HOURS, hours),
        };
        if is_other {
            mistakes.push(&path.key(other), Problem::OtherUnit(fits));
        }
        Some(Self { dates, isolated })
    }

    /// Takes from `job` what the dates replace.
    pub fn remove_from(job: &mut Object, dates: Option<&Self>) {
        let replaced = dates.map(|level| match level.dates.is_hours() {
            true => [level.dates.field(), ISOLATE_HOURS],
            false => [level.dates.field(), ISOLATE_DAYS],
        });
        for name in [PERIOD, ISOLATE_DAYS].into_iter().chain(replaced.into_iter().flatten()) {
            job.shift_remove(name);
        }
    }

    /// How many tasks each combination of attributes has.
    pub fn len(&self) -> u64 {
        if self.isolated { self.dates.len() } else { 1 }
    }

    /// The field of the dates, and its value for the `n`-th of those tasks.
    pub fn of_task(&self, n: u64) -> (&'static str, Json) {
        let value = if self.isolated { self.dates.only(n) } else { self.dates.all() };
        (self.dates.field(), value.into())
    }

    /// Bytes that the dates add to a task at most.
    pub fn bytes(&self) -> usize {
        let name = usize::try_from(json_size::of_name(self.dates.field())).unwrap_or(usize::MAX);
        name.saturating_add(self.dates.bytes(self.isolated))
    }
}
