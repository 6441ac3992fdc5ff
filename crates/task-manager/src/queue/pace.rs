//! How fast tasks of one labourer are created.
//!
//! All of a labourer's tasks share one partition of the index, which takes 1,000 write units a second. What is
//! created there takes one unit, an attempt takes about four, and while the partition is full, claims and
//! reports are throttled as well (perhaps those of every labourer: DynamoDB does not say). So whoever creates
//! many tasks leaves room for the attempts.

use std::time::Duration;

use crate::time::Timestamp;

/// So many tasks are created without a wait. The room for them grows again at the pace.
const AT_ONCE: f64 = 1000.0;
/// Tasks a second while attempts of the labourer are running.
const BESIDE_ATTEMPTS: f64 = 300.0;
/// Tasks a second while none is.
const ALONE: f64 = 900.0;
/// It is never halved below this. A whole batch must still be created within the 20 s after which a job
/// without progress gets another scheduler, or a throttled partition would have ever more writers.
const LEAST: f64 = 10.0;
/// In this time the pace grows from nothing to all of it again.
const RECOVERY: Duration = Duration::from_secs(30);
/// Batches that are throttled within this time were sent at the same pace: it is halved once.
const ONE_EVENT: Duration = Duration::from_secs(1);

/// The pace of one labourer's new tasks, in one process. It knows no other process: those that fill one
/// partition find their shares as each of them is throttled.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    /// Tasks that may be created now; below zero, those that are waited for.
    room: f64,
    /// From 0 to 1: what throttling leaves of the pace.
    share: f64,
    has_attempts: bool,
    at: Timestamp,
    halved_at: Option<Timestamp>,
}

impl Pace {
    /// That of a labourer whose attempts may be running, for which nothing was created lately.
    pub fn new(now: Timestamp) -> Self {
        Self { room: AT_ONCE, share: 1.0, has_attempts: true, at: now, halved_at: None }
    }

    /// Takes room for `count` tasks. Returns how long to wait before they are created.
    pub fn take(&mut self, count: usize, now: Timestamp) -> Duration {
        self.advance(now);
        self.room -= count as f64;
        Duration::try_from_secs_f64(-self.room / self.rate()).unwrap_or_default()
    }

    /// A batch was throttled, or another process creates the same tasks.
    pub fn halve(&mut self, now: Timestamp) {
        self.advance(now);
        if self.halved_at.is_some_and(|at| now.since(at) < ONE_EVENT) {
            return;
        }
        (self.share, self.room) = (self.share / 2.0, self.room.min(0.0));
        self.halved_at = Some(now);
    }

    /// Are attempts of the labourer running?
    pub fn set_attempts(&mut self, has_attempts: bool, now: Timestamp) {
        self.advance(now);
        self.has_attempts = has_attempts;
    }

    /// Tasks a second.
    fn rate(&self) -> f64 {
        let most = if self.has_attempts { BESIDE_ATTEMPTS } else { ALONE };
        (most * self.share).max(LEAST)
    }

    fn advance(&mut self, now: Timestamp) {
        let passed = now.since(self.at).as_secs_f64();
        self.room = (self.room + passed * self.rate()).min(AT_ONCE);
        self.share = (self.share + passed / RECOVERY.as_secs_f64()).min(1.0);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATCH: usize = 99;

    fn at(seconds: f64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000.0 + seconds)
    }

    /// Tasks that are created from one time to another, by whoever waits as long as the pace says.
    fn created(pace: &mut Pace, from: f64, to: f64) -> f64 {
        let (mut now, mut count) = (from, 0.0);
        loop {
            now += pace.take(BATCH, at(now)).as_secs_f64();
            if now >= to {
                return count;
            }
            count += BATCH as f64;
        }
    }

    fn spent(now: f64) -> Pace {
        let mut pace = Pace::new(at(now));
        pace.take(AT_ONCE as usize, at(now));
        pace
    }

    #[test]
    fn the_first_thousand_tasks_do_not_wait_and_the_next_do() {
        let mut pace = Pace::new(at(0.0));
        assert_eq!(pace.take(1000, at(0.0)), Duration::ZERO);
        assert_eq!(pace.take(30, at(0.0)), Duration::from_millis(100));
        assert_eq!(pace.take(30, at(0.0)), Duration::from_millis(200));
    }

    #[test]
    fn three_hundred_a_second_are_created_beside_attempts_and_nine_hundred_without() {
        let mut pace = spent(0.0);
        let beside = created(&mut pace, 0.0, 100.0);
        assert!((29_800.0..=30_000.0).contains(&beside), "{beside}");
        let mut pace = spent(0.0);
        pace.set_attempts(false, at(0.0));
        let alone = created(&mut pace, 0.0, 100.0);
        assert!((89_800.0..=90_000.0).contains(&alone), "{alone}");
    }

    #[test]
    fn in_no_time_more_is_created_than_the_pace_and_a_thousand() {
        for idle in [0.0, 1.0, 10.0, 100_000.0] {
            let mut pace = spent(0.0);
            let count = created(&mut pace, idle, idle + 10.0);
            assert!(count <= 1000.0 + 3000.0 + BATCH as f64, "{idle}: {count}");
        }
    }

    #[test]
    fn throttling_halves_the_pace_once_however_many_batches_meet_it() {
        let mut pace = spent(0.0);
        for _ in 0..4 {
            pace.halve(at(0.0));
        }
        assert_eq!(pace.rate(), 150.0);
        pace.halve(at(1.0));
        assert!((75.0..85.0).contains(&pace.rate()), "{}", pace.rate());
    }

    #[test]
    fn throttling_takes_the_room_that_was_left() {
        let mut pace = Pace::new(at(0.0));
        pace.halve(at(0.0));
        assert!(pace.take(BATCH, at(0.0)) > Duration::ZERO);
    }

    #[test]
    fn the_pace_grows_again_while_nothing_is_throttled() {
        let mut pace = spent(0.0);
        pace.halve(at(0.0));
        let mut last = pace.rate();
        for second in 1..=15 {
            pace.advance(at(f64::from(second)));
            assert!(pace.rate() > last, "{second}");
            last = pace.rate();
        }
        assert!((last - BESIDE_ATTEMPTS).abs() < 1e-6, "{last}");
    }

    #[test]
    fn however_often_it_is_throttled_a_batch_is_created_every_twenty_seconds() {
        let mut pace = spent(0.0);
        for tenth in 0..1000 {
            pace.halve(at(f64::from(tenth) / 10.0));
        }
        let mut pace = Pace { room: 0.0, ..pace };
        assert!(pace.take(BATCH, at(100.0)) < Duration::from_secs(20));
    }

    #[test]
    fn a_clock_that_goes_back_neither_gives_room_nor_takes_any() {
        let mut pace = spent(0.0);
        pace.take(300, at(0.0));
        assert_eq!(pace.take(0, at(-60.0)), Duration::from_secs(1));
        assert_eq!(pace.take(0, at(0.5)), Duration::from_millis(500));
    }
}
