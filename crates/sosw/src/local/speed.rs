//! How many tasks are closed in a second, over the last ones.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

/// The speed is an average over this time.
const WINDOW: Duration = Duration::from_secs(10);

/// How many tasks were closed when, of each of several.
pub struct Speeds<K>(BTreeMap<K, VecDeque<(Instant, u64)>>);

impl<K> Default for Speeds<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Speeds<K> {
    /// Adds a sample, and returns how many tasks were closed per second.
    pub fn of(&mut self, key: K, now: Instant, closed: u64) -> f64 {
        let samples = self.0.entry(key).or_default();
        samples.push_back((now, closed));
        let is_old = |sample: &(Instant, u64)| now.duration_since(sample.0) >= WINDOW;
        while samples.len() > 2 && samples.get(1).is_some_and(is_old) {
            samples.pop_front();
        }
        let Some((since, before)) = samples.front() else { return 0.0 };
        let seconds = now.duration_since(*since).as_secs_f64();
        let more = closed.saturating_sub(*before) as f64;
        if seconds > 0.0 { more / seconds } else { 0.0 }
    }

    /// Forgets all but these.
    pub fn keep(&mut self, is_kept: impl Fn(&K) -> bool) {
        self.0.retain(|key, _| is_kept(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_is_that_of_the_last_ten_seconds() {
        let (start, mut speeds) = (Instant::now(), Speeds::default());
        let mut at =
            |second: u64, closed| speeds.of((), start + Duration::from_secs(second), closed);
        assert_eq!(at(0, 100), 0.0);
        assert_eq!(at(5, 200), 20.0);
        assert_eq!(at(10, 300), 20.0);
        assert_eq!(at(20, 300), 0.0);
    }
}
