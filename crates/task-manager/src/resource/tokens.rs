//! How many of the first tasks of a queue may start now, by the rates that they take tokens of.
//!
//! They start in batches: a write takes the tokens of several tasks at once, and who waits, waits for a batch, or for
//! those tokens of it that come soon. A task that needs more than a batch has takes them alone. One that needs more than
//! the whole burst, which was lowered since it was queued, starts once the whole burst is there, and takes all that it
//! needs: what comes after it waits for that.

use std::time::Duration;

use super::rate::{RateState, RateWait};
use crate::{ids::ResourceId, time::Timestamp};

/// A rate that a labourer uses.
#[derive(Clone, Copy, Debug)]
pub struct RateUse<'a> {
    pub resource: &'a ResourceId,
    /// Tokens of a task; a block takes so many for each of its members.
    pub weight: u32,
    /// As it was last known.
    pub state: &'a RateState,
    /// Tokens that were taken already, for these tasks.
    pub held: u32,
}

/// What a labourer may do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Take what is missing for so many tasks, and start them.
    Start(usize),
    Wait(RateWait),
}

impl RateUse<'_> {
    /// What these tasks take, by how many members each of them has.
    pub fn tokens(&self, sizes: &[u64]) -> u32 {
        sizes.iter().fold(0, |sum, size| sum.saturating_add(self.of_one(*size)))
    }

    fn of_one(&self, size: u64) -> u32 {
        u32::try_from(u64::from(self.weight).saturating_mul(size)).unwrap_or(u32::MAX)
    }

    /// How many of these tasks take at most so many tokens together; the first, if it needs more than there can be, once
    /// all are there.
    fn fitting(&self, sizes: &[u64], room: u32) -> usize {
        let (burst, mut sum) = (self.state.rate().burst, 0u32);
        let fits = |(place, size): &(usize, &u64)| {
            sum = sum.saturating_add(self.of_one(**size));
            sum <= room || (*place == 0 && burst <= room)
        };
        sizes.iter().enumerate().take_while(fits).count()
    }
}

/// How many of these tasks may start now, of which each has so many members; or how long the first must wait.
pub fn next(uses: &[RateUse<'_>], sizes: &[u64], now: Timestamp) -> Next {
    let batch = |rate: &RateUse<'_>| rate.fitting(sizes, rate.state.rate().batch()).max(1);
    let batch = uses.iter().map(batch).min().unwrap_or(sizes.len()).min(sizes.len());
    let sizes = sizes.get(..batch).unwrap_or_default();
    let paused = uses.iter().filter_map(|rate| paused(rate, now));
    if let Some(wait) = paused.max_by_key(|wait| wait.until) {
        return Next::Wait(wait);
    }
    let room = |rate: &RateUse<'_>| {
        let available = rate.state.rate().available(rate.state.tat, now);
        rate.fitting(sizes, rate.held.saturating_add(available))
    };
    let tasks = uses.iter().map(room).min().unwrap_or(batch);
    let waits = uses.iter().filter_map(|rate| wait(rate, sizes, now));
    match waits.max_by_key(|wait| wait.until).filter(|_| tasks == 0) {
        Some(wait) => Next::Wait(wait),
        None => Next::Start(tasks),
    }
}

/// How many attempts these rates allow to be live at once, if each lasts so long: a burst, and those that begin in that
/// time. None while a rate is paused.
pub fn most_live(uses: &[RateUse<'_>], attempt: Duration, now: Timestamp) -> u32 {
    let of_one = |rate: &RateUse<'_>| {
        if paused(rate, now).is_some() {
            return 0;
        }
        let (burst, interval) = (rate.state.rate().burst, rate.state.rate().interval());
        let in_turn = attempt.as_micros() / interval.as_micros().max(1);
        let tokens = u32::try_from(in_turn).unwrap_or(u32::MAX).saturating_add(burst);
        (tokens / rate.weight.max(1)).max(1)
    };
    uses.iter().map(of_one).min().unwrap_or(u32::MAX)
}

fn paused(rate: &RateUse<'_>, now: Timestamp) -> Option<RateWait> {
    let until = rate.state.paused_until(now)?;
    Some(RateWait { resource: rate.resource.clone(), until, paused: true })
}

/// Until when these tasks wait for a rate, if they do.
fn wait(rate: &RateUse<'_>, sizes: &[u64], now: Timestamp) -> Option<RateWait> {
    let awaited = rate.fitting(sizes, rate.state.rate().awaited()).max(1);
    let sizes = sizes.get(..awaited).unwrap_or(sizes);
    let missing = rate.tokens(sizes).saturating_sub(rate.held);
    let wait = rate.state.rate().wait(rate.state.tat, now, missing);
    let resource = rate.resource.clone();
    (!wait.is_zero()).then(|| RateWait { resource, until: now + wait, paused: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Rate, ledger::Pause};

    fn now() -> Timestamp {
        Timestamp::from_seconds(1e9)
    }

    /// A token each `interval` seconds, but for the microsecond of rounding, of which `ahead` were taken.
    fn state_of(burst: u32, interval: f64, ahead: Option<f64>) -> RateState {
        let per = Duration::from_secs_f64(interval * f64::from(11 - burst));
        let rate = Rate { limit: 10, per, burst };
        let tat = ahead.map(|tokens| now() + Duration::from_secs_f64(tokens * interval));
        RateState { tat, ..RateState::new(rate, 0, now()) }
    }

    fn state(burst: u32, ahead: Option<f64>) -> RateState {
        state_of(burst, 0.1, ahead)
    }

    fn using<'a>(resource: &'a ResourceId, weight: u32, state: &'a RateState) -> RateUse<'a> {
        RateUse { resource, weight, state, held: 0 }
    }

    fn id(name: &str) -> ResourceId {
        ResourceId::new(name).unwrap()
    }

    #[test]
    fn tasks_start_in_batches_of_half_the_burst() {
        let (api, state) = (id("api"), state(8, None));
        assert_eq!(next(&[using(&api, 1, &state)], &[1; 10], now()), Next::Start(4));
        assert_eq!(next(&[using(&api, 2, &state)], &[1; 10], now()), Next::Start(2));
        assert_eq!(next(&[using(&api, 1, &state)], &[1; 2], now()), Next::Start(2));
        assert_eq!(next(&[using(&api, 1, &state)], &[3, 3], now()), Next::Start(1), "blocks");
    }

    #[test]
    fn a_task_of_more_than_a_batch_starts_alone_and_one_of_more_than_the_burst_pays_for_itself() {
        let (api, state) = (id("api"), state(8, None));
        let uses = [using(&api, 1, &state)];
        assert_eq!(next(&uses, &[7, 1], now()), Next::Start(1));
        assert_eq!(next(&uses, &[1000, 1], now()), Next::Start(1));
        assert_eq!(uses[0].tokens(&[1000]), 1000);
        let one_taken = self::state(8, Some(1.0));
        let Next::Wait(wait) = next(&[using(&api, 1, &one_taken)], &[1000, 1], now()) else {
            panic!()
        };
        assert!(wait.until > now(), "until the whole burst is there");
    }

    #[test]
    fn what_is_there_is_used_and_who_gets_nothing_waits_for_a_batch() {
        let api = id("api");
        let one_left = state(8, Some(6.5));
        assert_eq!(next(&[using(&api, 1, &one_left)], &[1; 10], now()), Next::Start(1));
        let waits = |interval: f64, tasks: usize| {
            let none = state_of(8, interval, Some(8.0));
            let wait = next(&[using(&api, 1, &none)], &vec![1; tasks], now());
            let Next::Wait(wait) = wait else { panic!("{wait:?}") };
            assert!(!wait.paused);
            (wait.until.since(now()).as_secs_f64() / interval).round()
        };
        assert_eq!((waits(0.1, 10), waits(0.1, 3)), (4.0, 3.0));
        assert_eq!((waits(0.4, 10), waits(60.0, 10)), (2.0, 1.0), "tokens that do not come soon");
    }

    #[test]
    fn who_uses_two_rates_waits_for_the_slower_one_and_keeps_what_it_has_of_the_other() {
        let (api, db) = (id("api"), id("db"));
        let (full, none) = (state(8, None), state(2, Some(2.0)));
        let uses = [using(&api, 1, &full), using(&db, 1, &none)];
        let Next::Wait(wait) = next(&uses, &[1; 10], now()) else { panic!() };
        assert_eq!(wait.resource, db);
        let uses = [using(&api, 1, &full), RateUse { held: 1, ..using(&db, 1, &none) }];
        assert_eq!(next(&uses, &[1; 10], now()), Next::Start(1));
    }

    #[test]
    fn a_rate_keeps_so_many_live_as_begin_while_an_attempt_lasts_and_none_while_it_is_paused() {
        let (api, db, state) = (id("api"), id("db"), state(8, Some(8.0)));
        let live = |uses: &[RateUse<'_>], seconds| {
            most_live(uses, Duration::from_secs_f64(seconds), now())
        };
        assert_eq!(live(&[], 5.0), u32::MAX);
        let weighing = |weight| using(&api, weight, &state);
        // A token each tenth of a second, and eight at once.
        assert_eq!([0.0, 1.05, 10.05].map(|seconds| live(&[weighing(1)], seconds)), [8, 18, 108]);
        assert_eq!(live(&[weighing(4)], 1.05), 4);
        assert_eq!(live(&[weighing(20)], 0.0), 1, "one that needs more than the burst");
        let pause = Pause { until: now() + Duration::from_secs(60), reason: None };
        let paused = RateState { pause: Some(pause), ..state.clone() };
        assert_eq!(live(&[weighing(1), using(&db, 1, &paused)], 10.0), 0);
    }

    #[test]
    fn nothing_starts_while_a_rate_is_paused_whatever_it_has() {
        let (api, mut paused) = (id("api"), state(8, None));
        let until = now() + Duration::from_secs(60);
        paused.pause = Some(Pause { until, reason: None });
        let wait = RateWait { resource: api.clone(), until, paused: true };
        assert_eq!(next(&[using(&api, 1, &paused)], &[1], now()), Next::Wait(wait));
        assert_eq!(next(&[using(&api, 1, &paused)], &[1], until), Next::Start(1));
    }
}
