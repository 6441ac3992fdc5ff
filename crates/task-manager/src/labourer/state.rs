//! The slots of a labourer: how many attempts may be live, and who may take or hand over one.

use std::time::Duration;

use super::{Labourer, counts::Counts};
use crate::{ecology::Memory, ids::LabourerId, time::Timestamp};

/// A labourer's row: its live state, shared by everyone who starts or ends attempts.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub labourer_id: LabourerId,
    /// Slots that were taken, less those that were given back at the row.
    pub taken: u64,
    /// How many counters of freed slots stand beside the row.
    pub counters: u32,
    /// Slots that were given back at these counters, as far as they were read: nothing if only the row was.
    pub freed: u64,
    /// Attempts without a claim of ours among those that hold a slot; unknown in rows of versions that did
    /// not count them apart.
    pub unclaimed: Option<u32>,
    /// Were more slots in use than there are, when a tick looked at it, or may there be? Then the
    /// counters are read before a slot is handed over.
    pub draining: bool,
    /// Slots there are, as last decided from the labourer's health.
    pub slot_limit: u32,
    /// The attempts it may have live by what it shares with others; nothing, if it uses no permits.
    pub share: Option<u32>,
    /// When `slot_limit` was last confirmed.
    pub refreshed_at: Option<Timestamp>,
    /// Until when nothing new is started.
    pub paused_until: Option<Timestamp>,
    pub paused_reason: Option<String>,
    /// The time-out of its function, as read from Lambda.
    pub function_timeout: Option<Duration>,
    /// When Lambda was asked for it. Versions before this one did not say.
    pub function_asked_at: Option<Timestamp>,
    /// Health in words, with its reasons.
    pub health: Option<String>,
    /// What ecology remembers from tick to tick; nothing, too, if it cannot be read.
    pub ecology: Option<Memory>,
    /// Trials of halving blocks that were taken since one of their pieces last succeeded.
    pub trials: u32,
    /// Its exhausted tasks closed until then were sent to people.
    pub notified_until: Option<Timestamp>,
    /// What was counted at the row, and at the counters beside it as far as they were read.
    pub counts: Counts,
    /// When an attempt of it was last begun by a claim at the row.
    pub claimed_at: Option<Timestamp>,
    /// Since when it counts. Versions before this one do not.
    pub counted_since: Option<Timestamp>,
}

impl State {
    /// How long a confirmation of `slot_limit` is good for.
    pub const FRESH: Duration = Duration::from_secs(180);
    /// How old a confirmation may grow before a tick renews it.
    pub const RENEW: Duration = Duration::from_secs(45);
    /// How old the function's time-out may grow before Lambda is asked again: somebody may have raised it,
    /// and an attempt that is ended by the old one is still at work.
    pub const ASK_AGAIN: Duration = Duration::from_secs(3600);

    pub fn new(labourer_id: LabourerId, running: u32, slot_limit: u32) -> Self {
        Self {
            labourer_id,
            taken: running.into(),
            counters: 0,
            freed: 0,
            unclaimed: Some(0),
            draining: false,
            slot_limit,
            share: None,
            refreshed_at: None,
            paused_until: None,
            paused_reason: None,
            function_timeout: None,
            function_asked_at: None,
            health: None,
            ecology: None,
            trials: 0,
            notified_until: None,
            counts: Counts::default(),
            claimed_at: None,
            counted_since: None,
        }
    }

    /// Attempts that hold a slot: at most so many, if the counters were not read.
    pub fn running(&self) -> u32 {
        u32::try_from(self.taken.saturating_sub(self.freed)).unwrap_or(u32::MAX)
    }

    /// Must handovers look at the counters, once there are `limit` slots? A lower limit than before may leave
    /// more in use than there are, whatever was in use when this row was read.
    pub fn must_drain(&self, limit: u32) -> bool {
        let limit = self.most(limit);
        self.counters > 0 && (self.running() > limit || limit < self.most(self.slot_limit))
    }

    pub fn is_paused(&self, now: Timestamp) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// The end of a pause that has none.
    pub fn until_resumed() -> Timestamp {
        Timestamp::from_seconds(253_402_300_799.0)
    }

    /// `paused until …: why`, if it is.
    pub fn pause_in_words(&self, now: Timestamp) -> Option<String> {
        let until = match self.paused_until.filter(|_| self.is_paused(now))? {
            endless if endless >= Self::until_resumed() => "it is resumed".into(),
            end => end.utc(),
        };
        let why = self.paused_reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        Some(format!("paused until {until}{why}"))
    }

    /// Was `slot_limit` confirmed lately?
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.refreshed_at.is_some_and(|at| now.since(at) <= Self::FRESH)
    }

    /// Should a tick confirm `slot_limit` again?
    pub fn wants_renewal(&self, now: Timestamp) -> bool {
        self.refreshed_at.is_none_or(|at| now.since(at) >= Self::RENEW)
    }

    /// How long the function's time-out may still be relied on; zero if Lambda is to be asked now.
    pub fn timeout_is_good_for(&self, now: Timestamp) -> Duration {
        match (self.function_timeout, self.function_asked_at) {
            (Some(_), Some(at)) => Self::ASK_AGAIN.saturating_sub(now.since(at)),
            _ => Duration::ZERO,
        }
    }

    /// The attempts it may have live when there are `limit` slots: no more than its share.
    pub fn most(&self, limit: u32) -> u32 {
        self.share.map_or(limit, |share| share.min(limit))
    }

    /// Slots that may be taken when there are `limit`.
    pub fn free(&self, limit: u32, now: Timestamp) -> u32 {
        if self.is_paused(now) { 0 } else { self.most(limit).saturating_sub(self.running()) }
    }

    /// May an attempt that ends give its slot to the next task? Where counters stand beside the row, only a
    /// tick that finds too many in use makes it ask for them.
    pub fn allows_handover(&self, now: Timestamp) -> bool {
        let limit = self.most(self.slot_limit);
        let is_within = self.counters > 0 && !self.draining || self.running() <= limit;
        self.is_fresh(now) && !self.is_paused(now) && is_within
    }

    /// Is `labourer` down to probes, because too many of its attempts failed? Then a failed attempt
    /// does not hand its slot over, or one failure would follow the other as fast as they fail: the
    /// next probe is started by the next tick.
    pub fn is_probing(&self, labourer: &Labourer) -> bool {
        let is_limited = |memory: &Memory| memory.breaker.limit().is_some();
        labourer.health.breaker.is_some() && self.ecology.as_ref().is_some_and(is_limited)
    }

    /// Among how many heads of the queue a handover picks. Everyone at the head itself would lose
    /// races; with a single slot there is no race, and the order is strict.
    pub fn window(&self, max_simultaneous_invocations: u32) -> u32 {
        // With counters that were not read, as if all slots were in use.
        let running = self.running().min(self.most(self.slot_limit).max(1));
        if max_simultaneous_invocations <= 1 { 1 } else { (2 * running).clamp(2, 200) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_out_is_good_for_an_hour_and_one_of_an_unknown_age_or_none_not_at_all() {
        let now = Timestamp::from_seconds(1.8e9);
        let good_for = |timeout: Option<u64>, asked: Option<u64>| {
            let row = State {
                function_timeout: timeout.map(Duration::from_secs),
                function_asked_at: asked.map(|ago| now - Duration::from_secs(ago)),
                ..State::new(LabourerId::new("worker").unwrap(), 0, 1)
            };
            row.timeout_is_good_for(now).as_secs()
        };
        let seconds = [0, 3599, 3600, 9000].map(|ago| good_for(Some(30), Some(ago)));
        assert_eq!(seconds, [3600, 1, 0, 0]);
        // Rows of versions that asked once do not say when.
        assert_eq!([good_for(Some(30), None), good_for(None, Some(0))], [0, 0]);
    }
}
