//! What the end of an attempt counts for in the health of its labourer.

use super::{closing::Fate, dispatch::InvokeAnswer};
use crate::{
    ecology::Trouble,
    report::{Again, Outcome},
    task::Status,
};

impl Trouble {
    /// Of attempts that failed or expired.
    pub fn failed(count: u32) -> Self {
        Self { failed: count, ..Self::default() }
    }

    /// Of a report with this effect. To come back later without spending an attempt is no trouble.
    pub fn of_report(outcome: &Outcome, fate: Fate) -> Self {
        match (outcome, fate) {
            (_, Fate::SuccessKept | Fate::Closed(Status::Succeeded | Status::Ignored))
            | (Outcome::Success, _) => Self::default(),
            (Outcome::NeverRan { .. }, _) => Self { throttled: 1, ..Self::default() },
            (Outcome::Failure(failure), _) => match failure.again {
                Again::Snooze(_) => Self::default(),
                Again::RetryAfter(_) => Self { deferred: 1, ..Self::default() },
                Again::Usual => Self::failed(1),
            },
        }
    }

    pub fn of_answer(answer: &InvokeAnswer) -> Self {
        match answer {
            InvokeAnswer::Throttled => Self { throttled: 1, ..Self::default() },
            InvokeAnswer::Refused { .. } => Self::failed(1),
            InvokeAnswer::Accepted
            | InvokeAnswer::TooLate
            | InvokeAnswer::Unacceptable { .. }
            | InvokeAnswer::Unknown(_) => Self::default(),
        }
    }
}
