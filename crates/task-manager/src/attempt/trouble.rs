//! What the end of an attempt counts for in the health of its labourer.

use super::{
    closing::{Ending, Fate},
    dispatch::InvokeAnswer,
};
use crate::{
    ecology::Trouble,
    report::{Again, Failure, Outcome, Report},
    task::Status,
};

impl Trouble {
    /// Of attempts that failed or expired.
    pub fn failed(count: u32) -> Self {
        Self { failed: count, ..Self::default() }
    }

    /// Of a report with this effect. To come back later without spending an attempt is no trouble; nor is
    /// it that some tasks of a block failed, while others succeeded.
    pub fn of_report(report: &Report, ending: &Ending) -> Self {
        let is_well = |fate: &Fate| {
            matches!(fate, Fate::SuccessKept | Fate::Closed(Status::Succeeded | Status::Ignored))
        };
        let of_members = report.failures.first().map(|of_member| &of_member.failure);
        match &report.outcome {
            _ if ending.fates.iter().any(is_well) => Self::default(),
            Outcome::NeverRan { .. } => Self { throttled: 1, ..Self::default() },
            Outcome::Failure(failure) => Self::of_failure(failure),
            Outcome::Success => of_members.map(Self::of_failure).unwrap_or_default(),
        }
    }

    fn of_failure(failure: &Failure) -> Self {
        match failure.again {
            Again::Snooze(_) => Self::default(),
            Again::RetryAfter(_) => Self { deferred: 1, ..Self::default() },
            Again::Usual => Self::failed(1),
        }
    }

    pub fn of_answer(answer: &InvokeAnswer) -> Self {
        match answer {
            InvokeAnswer::Throttled => Self { throttled: 1, ..Self::default() },
            InvokeAnswer::Refused { .. } => Self::failed(1),
            InvokeAnswer::Accepted
            | InvokeAnswer::TooLate
            | InvokeAnswer::Unread(_)
            | InvokeAnswer::OtherTasks(_)
            | InvokeAnswer::Unacceptable { .. }
            | InvokeAnswer::Unknown(_) => Self::default(),
        }
    }
}
