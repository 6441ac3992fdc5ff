use proptest::{collection::vec, prelude::*};

use super::*;

/// The row of a rate, and the conditional updates that take tokens from it.
struct Row {
    rate: Rate,
    tat: Option<Timestamp>,
    /// When tokens were taken, each by itself.
    taken: Vec<i64>,
}

impl Row {
    fn new(rate: Rate) -> Self {
        Self { rate, tat: None, taken: Vec::new() }
    }

    /// Takes `count` tokens, or none.
    fn take(&mut self, count: u32, now: Timestamp) -> bool {
        let ahead = self.tat.filter(|tat| *tat >= now);
        if count > self.rate.burst || ahead.is_some_and(|tat| tat > self.rate.latest(now, count)) {
            return false;
        }
        self.tat = Some(self.rate.after(self.tat, now, count));
        self.taken.extend((0..count).map(|_| micros(now)));
        true
    }

    /// Another rate is in force from now on.
    fn change(&mut self, rate: Rate, now: Timestamp) {
        self.tat = rate.carried(self.tat, self.rate, now);
        self.rate = rate;
    }

    /// The most that were taken in a window; one that holds the most begins with a token.
    fn fullest(&self, per: Duration) -> usize {
        let per = per.as_micros() as i64;
        let within =
            |start: i64| self.taken.iter().filter(|at| (start..start + per).contains(*at)).count();
        self.taken.iter().map(|start| within(*start)).max().unwrap_or(0)
    }
}

fn micros(time: Timestamp) -> i64 {
    (time.seconds() * 1e6).round() as i64
}

fn start() -> Timestamp {
    Timestamp::from_seconds(1.8e9)
}

fn any_rate() -> impl Strategy<Value = Rate> {
    (1_u32..40, 1_000_u64..20_000_000).prop_flat_map(|(limit, per)| {
        let per = Duration::from_micros(per);
        (1..=limit).prop_map(move |burst| Rate { limit, per, burst })
    })
}

/// Steps of time, in millionths of a window, each with the tokens that are wanted then.
fn any_calls() -> impl Strategy<Value = Vec<(u32, u32)>> {
    let pause = prop_oneof![Just(0), 0_u32..2_000, 0_u32..200_000, 0_u32..2_000_000];
    vec((pause, 1_u32..12), 1..150)
}

proptest! {
    #[test]
    fn no_window_holds_more_than_the_limit(rate in any_rate(), calls in any_calls()) {
        let (mut row, mut now) = (Row::new(rate), start());
        for (pause, count) in calls {
            now = now + rate.per.mul_f64(f64::from(pause) / 1e6);
            row.take(count, now);
        }
        prop_assert!(row.fullest(rate.per) <= rate.limit as usize);
    }

    /// Whoever takes as early as they may comes closest to the limit.
    #[test]
    fn no_window_holds_more_than_the_limit_whoever_waits_just_long_enough(
        rate in any_rate(), counts in vec((1_u32..12, 0_u64..3), 1..100),
    ) {
        let (mut row, mut now) = (Row::new(rate), start());
        for (count, late) in counts {
            let count = count.min(rate.burst);
            now = now + rate.wait(row.tat, now, count) + Duration::from_micros(late);
            prop_assert!(row.take(count, now), "{} more are refused after the wait", count);
        }
        prop_assert!(row.fullest(rate.per) <= rate.limit as usize);
    }

    /// Tokens are taken as early as they may be, and now and then another rate is set.
    #[test]
    fn no_window_with_changes_in_it_holds_more_than_one_of_the_rates_allows(
        rates in vec(any_rate(), 2..4), per_all in prop::option::of(1_000_u64..20_000_000),
        changes in vec((1_usize..50, 0_u32..12, 0_u32..1_500_000), 2..5),
    ) {
        let all_per = |rate: Rate| Rate { per: per_all.map_or(rate.per, Duration::from_micros), ..rate };
        let rates: Vec<_> = rates.into_iter().map(all_per).collect();
        let (mut row, mut now) = (Row::new(rates[0]), start());
        for (rate, (tokens, at_once, pause)) in rates.iter().cycle().zip(changes) {
            row.change(*rate, now);
            for _ in 0..tokens {
                let count = at_once.clamp(1, rate.burst);
                now = now + rate.wait(row.tat, now, count);
                prop_assert!(row.take(count, now));
            }
            now = now + rate.per.mul_f64(f64::from(pause) / 1e6);
        }
        for window in rates.iter().map(|rate| rate.per) {
            let most = |rate: &Rate| {
                (window.as_secs_f64() / rate.interval().as_secs_f64()) as usize + rate.burst as usize
            };
            let most = rates.iter().map(most).max().unwrap();
            prop_assert!(row.fullest(window) <= most, "{} of {most}", row.fullest(window));
        }
    }

    /// Whatever was taken, a higher limit lets no less through than the lower one would have.
    #[test]
    fn a_higher_limit_counts_at_once(
        rate in any_rate(), calls in any_calls(), more in 1_u32..40,
    ) {
        let (mut row, mut now) = (Row::new(rate), start());
        for (pause, count) in calls {
            now = now + rate.per.mul_f64(f64::from(pause) / 1e6);
            row.take(count, now);
        }
        let before = (rate.available(row.tat, now), rate.wait(row.tat, now, 1));
        row.change(Rate { limit: rate.limit + more, ..rate }, now);
        let after = (row.rate.available(row.tat, now), row.rate.wait(row.tat, now, 1));
        prop_assert!(after.0 + 1 >= before.0 && after.1 <= before.1 + Duration::from_micros(3));
    }

    #[test]
    fn before_the_wait_is_over_nothing_is_granted(
        rate in any_rate(), calls in any_calls(), count in 1_u32..12, part in 0.0..1.0,
    ) {
        let (mut row, mut now) = (Row::new(rate), start());
        for (pause, count) in calls {
            now = now + rate.per.mul_f64(f64::from(pause) / 1e6);
            row.take(count, now);
        }
        let count = count.min(rate.burst);
        let wait = rate.wait(row.tat, now, count);
        prop_assert_eq!(row.take(count, now + wait.mul_f64(part)), wait.is_zero() || {
            micros(now + wait.mul_f64(part)) >= micros(now + wait)
        });
    }

    #[test]
    fn as_many_are_available_as_are_granted_and_not_one_more(
        rate in any_rate(), calls in any_calls(),
    ) {
        let (mut row, mut now) = (Row::new(rate), start());
        for (pause, count) in calls {
            now = now + rate.per.mul_f64(f64::from(pause) / 1e6);
            let available = rate.available(row.tat, now);
            let grants = |count| Row { rate, tat: row.tat, taken: Vec::new() }.take(count, now);
            prop_assert!(available == 0 || grants(available));
            prop_assert!(!grants(available + 1));
            row.take(count, now);
        }
    }

    /// All but the rounding of an interval: up to two microseconds.
    #[test]
    fn who_takes_as_early_as_they_may_uses_all_but_what_a_burst_costs(
        rate in any_rate(), tokens in 1_u32..300,
    ) {
        let (mut row, mut now) = (Row::new(rate), start());
        for _ in 0..tokens {
            now = now + rate.wait(row.tat, now, 1);
            prop_assert!(row.take(1, now));
        }
        let each = rate.per.as_micros() as f64 / f64::from(rate.limit - rate.burst + 1) + 2.0;
        let took = (micros(now) - micros(start())) as f64;
        prop_assert!(took <= each * f64::from(tokens.saturating_sub(rate.burst)) + 1.0);
    }
}

#[test]
fn a_rate_of_ninety_in_ten_seconds_takes_four_at_once_and_then_one_each_115_ms() {
    let rate = Rate { limit: 90, per: Duration::from_secs(10), burst: 4 };
    assert_eq!(rate.interval(), Duration::from_micros(114_944));
    let mut row = Row::new(rate);
    assert_eq!(rate.available(row.tat, start()), 4);
    assert!(row.take(4, start()) && !row.take(1, start()));
    let waits = [1, 4].map(|count| start() + rate.wait(row.tat, start(), count));
    assert_eq!(waits.map(|until| micros(until) - micros(start())), [114_944, 4 * 114_944]);
    assert_eq!(rate.available(row.tat, start() + Duration::from_millis(230)), 2);
}

#[test]
fn a_burst_that_is_raised_gives_nothing_that_was_taken_already() {
    let rate = Rate { limit: 90, per: Duration::from_secs(10), burst: 4 };
    let (mut row, mut now) = (Row::new(rate), start());
    for _ in 0..200 {
        now = now + rate.wait(row.tat, now, 1);
        assert!(row.take(1, now));
    }
    row.change(Rate { burst: 50, ..rate }, now);
    assert_eq!(row.rate.available(row.tat, now), 0);
    assert_eq!(row.rate.available(row.tat, now + Duration::from_secs(60)), 50);
    let mut idle = Row { tat: Some(now), ..Row::new(rate) };
    now = now + Duration::from_secs(10);
    idle.change(Rate { burst: 50, ..rate }, now);
    assert!(idle.rate.available(idle.tat, now) >= 40, "nothing was taken meanwhile");
}
