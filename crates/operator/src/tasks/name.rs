//! What an operator calls a task.

use std::{fmt, str::FromStr};

use task_manager::ids::{InvalidId, JobId, TaskId};

/// A task by its id, or by its number in its job, which is the only name of one that is in a block with
/// others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskName {
    Id(TaskId),
    /// `JOB#n`; the first task of a job is 0.
    OfJob(JobId, u64),
}

impl FromStr for TaskName {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let number = |digits: &str| {
            let is_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
            is_digits.then(|| digits.parse().ok())?
        };
        match text.rsplit_once('#').and_then(|(job, n)| Some((job, number(n)?))) {
            Some((job, n)) => Ok(Self::OfJob(JobId::new(job)?, n)),
            None => Ok(Self::Id(TaskId::new(text)?)),
        }
    }
}

impl From<TaskId> for TaskName {
    fn from(id: TaskId) -> Self {
        Self::Id(id)
    }
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::OfJob(job, n) => write!(f, "{job}#{n}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("j1#0", TaskName::OfJob(JobId::new("j1").unwrap(), 0))]
    #[case("a#b#12", TaskName::OfJob(JobId::new("a#b").unwrap(), 12))]
    #[case("73e711083c035da4", TaskName::Id(TaskId::new("73e711083c035da4").unwrap()))]
    #[case("j1#", TaskName::Id(TaskId::new("j1#").unwrap()))]
    #[case("j1#+1", TaskName::Id(TaskId::new("j1#+1").unwrap()))]
    fn a_task_is_named_by_its_id_or_by_its_number_in_its_job(
        #[case] text: &str,
        #[case] name: TaskName,
    ) {
        assert_eq!(text.parse(), Ok(name.clone()));
        assert_eq!(name.to_string(), text);
    }

    #[rstest]
    fn what_can_be_neither_is_refused(#[values("", "#1", "two words", "two words#1")] text: &str) {
        assert!(text.parse::<TaskName>().is_err());
    }
}
