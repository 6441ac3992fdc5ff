//! How many units a second each partition takes.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// A rate of units in a second, of which one second's worth can be saved.
#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

/// The partitions of tables and indexes that were written to, or read from.
#[derive(Debug, Default)]
pub struct Partitions(HashMap<String, Bucket>);

/// What a request needs of a partition.
#[derive(Debug)]
pub struct Demand {
    pub partition: String,
    pub units: f64,
    /// Units in a second that the partition takes.
    pub rate: f64,
    /// Is it a partition of an index?
    pub is_index: bool,
}

/// A partition has too little left.
#[derive(Debug, PartialEq, Eq)]
pub struct Full {
    /// The place of the demand that it could not meet.
    pub place: usize,
    /// How long until it could.
    pub wait: Duration,
}

impl Partitions {
    /// Takes all of it, or, if a partition has too little left, nothing.
    pub fn take(&mut self, demands: &[Demand]) -> Result<(), Full> {
        let now = Instant::now();
        for Demand { partition, rate, .. } in demands {
            let bucket = self.0.entry(partition.clone());
            let bucket = bucket.or_insert(Bucket { left: *rate, at: now });
            let gained = now.duration_since(bucket.at).as_secs_f64() * rate;
            *bucket = Bucket { left: (bucket.left + gained).min(*rate), at: now };
        }
        // A partition may be in several demands of one request.
        let mut taken: HashMap<&str, f64> = HashMap::new();
        for (place, Demand { partition, units, rate, .. }) in demands.iter().enumerate() {
            let taken = taken.entry(partition).or_default();
            *taken += units;
            let left = self.0.get(partition).map_or(0.0, |bucket| bucket.left);
            if left < *taken {
                let wait = Duration::try_from_secs_f64((*taken - left) / rate).unwrap_or_default();
                return Err(Full { place, wait });
            }
        }
        for (partition, taken) in taken {
            if let Some(bucket) = self.0.get_mut(partition) {
                bucket.left -= taken;
            }
        }
        Ok(())
    }
}
