//! How far a job is.

use std::{fmt, time::Duration};

use serde::Serialize;

use crate::time::Timestamp;

/// How far a job is, computed from its ranges and its counters: read with the job itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Progress {
    pub total: u64,
    pub made: u64,
    pub succeeded: u64,
    pub exhausted: u64,
    pub ignored: u64,
    /// Times that a task was parked after a failure or an expiry.
    pub retried: u64,
    /// Times that a task was parked because the labourer snoozed it.
    pub snoozed: u64,
    /// When its first tasks were made, which start at once where slots are free.
    pub started: Option<Timestamp>,
    /// When a task was last closed or parked.
    pub last_change: Option<Timestamp>,
}

impl Progress {
    pub fn closed(&self) -> u64 {
        self.succeeded + self.exhausted + self.ignored
    }

    /// Tasks that are made and not closed.
    pub fn open(&self) -> u64 {
        self.made.saturating_sub(self.closed())
    }

    /// Is every task made and closed?
    pub fn is_done(&self) -> bool {
        self.made >= self.total && self.closed() >= self.total
    }

    /// When the last task was closed, if all are.
    pub fn ended(&self) -> Option<Timestamp> {
        self.last_change.filter(|_| self.is_done())
    }

    /// How long the rest takes if tasks go on being closed as fast as until `now`; nothing before
    /// the first is, nor once all are.
    pub fn eta(&self, now: Timestamp) -> Option<Duration> {
        let (closed, left) = (self.closed(), self.total.saturating_sub(self.closed()));
        (closed > 0 && left > 0).then(|| self.duration(now).mul_f64(left as f64 / closed as f64))
    }

    /// From the first tasks to the end, or to `now`. Does not shrink when the end is noticed: it
    /// has been the end since the last task was closed.
    pub fn duration(&self, now: Timestamp) -> Duration {
        let started = self.started.unwrap_or(now);
        self.ended().unwrap_or(now).since(started)
    }
}

/// Where the tasks of a job are that are made and not closed. Counters of that would cost each claim
/// and each retry a further write; so they are searched in the tables, among the tasks of the
/// labourer. A search has a limit: beyond it, only a bound is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Breakdown {
    pub queued: Count,
    /// Attempts that no report has ended.
    pub running: Count,
    pub parked: Count,
}

/// How many, as far as a search found: in JSON a number, or `{"at_least": 2000}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    AtLeast(u64),
    AtMost(u64),
    #[serde(untagged)]
    Exactly(u64),
}

impl Count {
    /// So many were found by a search that has read all, or not.
    pub fn found(count: u64, is_all: bool) -> Self {
        if is_all { Self::Exactly(count) } else { Self::AtLeast(count) }
    }

    /// Without so many of them.
    pub fn less(self, count: u64) -> Self {
        match self {
            Self::Exactly(all) => Self::Exactly(all.saturating_sub(count)),
            Self::AtLeast(all) => Self::AtLeast(all.saturating_sub(count)),
            Self::AtMost(all) => Self::AtMost(all.saturating_sub(count)),
        }
    }

    /// What is left of `whole` without these.
    pub fn rest_of(self, whole: u64) -> Self {
        match self {
            Self::Exactly(count) => Self::Exactly(whole.saturating_sub(count)),
            Self::AtLeast(count) => Self::AtMost(whole.saturating_sub(count)),
            Self::AtMost(count) => Self::AtLeast(whole.saturating_sub(count)),
        }
    }

    /// These and those, both of which were found.
    pub fn and(self, other: Self) -> Self {
        let is_all = matches!((self, other), (Self::Exactly(_), Self::Exactly(_)));
        Self::found(self.number() + other.number(), is_all)
    }

    pub fn is_surely_zero(self) -> bool {
        matches!(self, Self::Exactly(0) | Self::AtMost(0))
    }

    /// The number that was found, whether there are more or not.
    pub fn number(self) -> u64 {
        match self {
            Self::AtLeast(count) | Self::AtMost(count) | Self::Exactly(count) => count,
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = match self {
            Self::AtLeast(_) => " or more",
            Self::AtMost(_) => " or fewer",
            Self::Exactly(_) => "",
        };
        write!(f, "{}{bound}", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_search_did_not_read_is_a_bound() {
        let (few, many) = (Count::found(3, true), Count::found(2000, false));
        assert_eq!((few.to_string(), many.to_string()), ("3".into(), "2000 or more".into()));
        assert_eq!(few.and(many).rest_of(5000).to_string(), "2997 or fewer");
        assert_eq!(few.and(few).rest_of(6), Count::Exactly(0));
        assert!(
            many.rest_of(2000).is_surely_zero() && !many.is_surely_zero() && !few.is_surely_zero()
        );
        assert_eq!(serde_json::json!([few, many]), serde_json::json!([3, { "at_least": 2000 }]));
    }

    #[test]
    fn the_rest_of_a_job_is_expected_to_go_on_as_its_beginning_did() {
        let started = Timestamp::from_seconds(1000.0);
        let of = |succeeded| Progress {
            total: 40,
            made: 40,
            succeeded,
            started: Some(started),
            ..Progress::default()
        };
        let now = started + Duration::from_secs(30);
        assert_eq!(of(0).eta(now), None);
        assert_eq!(of(10).eta(now), Some(Duration::from_secs(90)));
        assert_eq!(of(40).eta(now), None);
    }
}
