//! How far a job is.

use std::time::Duration;

use serde::Serialize;

use crate::time::Timestamp;

/// How far a job is, as its ranges and its counters tell: read with the job itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Progress {
    /// Tasks it has.
    pub total: u64,
    /// Of those, made so far.
    pub made: u64,
    /// Closed as succeeded.
    pub succeeded: u64,
    /// Closed as exhausted.
    pub exhausted: u64,
    /// Closed as ignored.
    pub ignored: u64,
    /// Times that a task was parked after a failure or an expiry.
    pub retried: u64,
    /// Times that a task was parked at the labourer's wish.
    pub snoozed: u64,
    /// When its first tasks were made, which start at once where slots are free.
    pub started: Option<Timestamp>,
    /// When a task was last closed or parked.
    pub last_change: Option<Timestamp>,
}

impl Progress {
    /// Tasks that are closed.
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
    /// the first is.
    pub fn eta(&self, now: Timestamp) -> Option<Duration> {
        let (closed, left) = (self.closed(), self.total.saturating_sub(self.closed()));
        (closed > 0).then(|| self.duration(now).mul_f64(left as f64 / closed as f64))
    }

    /// From the first tasks to the end, or to `now`. Does not shrink when the end is noticed: it
    /// has been the end since the last task was closed.
    pub fn duration(&self, now: Timestamp) -> Duration {
        let started = self.started.unwrap_or(now);
        self.ended().unwrap_or(now).since(started)
    }
}

/// Where the tasks of a job are that are made and not closed. They are looked for among those of
/// its labourer, and a look has its limits: what it would take too long to count is not told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Whereabouts {
    /// Waiting in the queue.
    pub queued: Option<u64>,
    /// Attempts that no report has ended.
    pub running: Option<u64>,
    /// In the retry table.
    pub parked: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(of(40).eta(now), Some(Duration::ZERO));
    }
}
