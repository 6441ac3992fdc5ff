//! How long attempts took: counts in buckets that grow by a tenth, so that a percentile is right to 5 %,
//! whatever its size.

use std::{collections::BTreeMap, ops::AddAssign, time::Duration};

/// The end of the first bucket, in seconds.
const FIRST: f64 = 0.001;
const GROWTH: f64 = 1.1;
/// Of the last bucket, which ends after 26 days.
const LAST: u8 = 226;
/// So many buckets are kept; with more, neighbours are taken together.
const MOST: usize = 48;

/// A range of durations: the first up to a millisecond, each one a tenth longer than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket(u8);

impl Bucket {
    /// The bucket of a duration.
    pub fn of(time: Duration) -> Self {
        let steps = (time.as_secs_f64() / FIRST).ln() / GROWTH.ln();
        // Nothing is minus infinity, which is 0.
        Self(steps.ceil().clamp(0.0, LAST.into()) as u8)
    }

    pub fn from_number(number: u8) -> Option<Self> {
        (number <= LAST).then_some(Self(number))
    }

    pub fn number(self) -> u8 {
        self.0
    }

    /// Its middle, which no duration in it is further than 5 % from.
    pub fn middle(self) -> Duration {
        let end = FIRST * GROWTH.powi(self.0.into());
        Duration::try_from_secs_f64(end / GROWTH.sqrt()).unwrap_or_default()
    }
}

/// Counts by bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations(BTreeMap<Bucket, u64>);

impl Durations {
    pub fn add(&mut self, bucket: Bucket, count: u64) {
        *self.0.entry(bucket).or_default() += count;
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Bucket, u64)> {
        self.0.iter().map(|(bucket, count)| (*bucket, *count))
    }

    /// The duration that this part of them did not exceed; nothing if there are none.
    pub fn quantile(&self, part: f64) -> Option<Duration> {
        let all: u64 = self.0.values().sum();
        let rank = ((all as f64 * part).ceil() as u64).max(1);
        let mut below = 0;
        let found = self.0.iter().find(|(_, count)| {
            below += **count;
            below >= rank
        });
        found.map(|(bucket, _)| bucket.middle())
    }

    /// The same in at most [`MOST`] buckets: pairs of neighbours become one while there are more.
    pub fn compact(mut self) -> Self {
        let mut width = 1;
        while self.0.len() > MOST {
            width *= 2;
            let mut wider = Self::default();
            self.iter().for_each(|(Bucket(n), count)| {
                wider.add(Bucket((n / width * width + width / 2).min(LAST)), count);
            });
            self = wider;
        }
        self
    }
}

impl AddAssign<&Self> for Durations {
    fn add_assign(&mut self, other: &Self) {
        other.iter().for_each(|(bucket, count)| self.add(bucket, count));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_duration_is_known_to_five_percent(seconds in 0.001_f64..1_700_000.0) {
            let middle = Bucket::of(Duration::from_secs_f64(seconds)).middle().as_secs_f64();
            prop_assert!((middle / seconds - 1.0).abs() < 0.05, "{seconds}: {middle}");
        }
    }

    #[test]
    fn the_shortest_and_the_longest_have_a_bucket_too() {
        assert_eq!(Bucket::of(Duration::ZERO).number(), 0);
        assert_eq!(Bucket::of(Duration::MAX).number(), LAST);
        assert_eq!(Bucket::from_number(LAST + 1), None);
    }

    #[test]
    fn percentiles_are_those_of_the_durations() {
        let mut durations = Durations::default();
        (1..=100).for_each(|n| durations.add(Bucket::of(Duration::from_secs(n)), 1));
        let near = |part, seconds: f64| {
            let found = durations.quantile(part).unwrap().as_secs_f64();
            (found / seconds - 1.0).abs() < 0.06
        };
        assert!(near(0.5, 50.0) && near(0.95, 95.0) && near(1.0, 100.0));
        assert_eq!(Durations::default().quantile(0.5), None);
    }

    #[test]
    fn any_spread_of_durations_has_few_buckets_and_loses_none() {
        let mut durations = Durations::default();
        (0..=LAST).for_each(|n| durations.add(Bucket(n), 7));
        let compact = durations.compact();
        assert!(compact.iter().count() <= MOST);
        assert_eq!(compact.iter().map(|(_, count)| count).sum::<u64>(), 7 * 227);
    }
}
