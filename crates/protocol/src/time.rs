//! Points in time, as messages and tables carry them: Unix seconds with a fraction.

use std::{cmp::Ordering, fmt, ops, time::Duration};

use serde::{Deserialize, Serialize};

/// Unix time in seconds, to the microsecond.
///
/// Decisions are given the time; only [`Timestamp::now`] reads the clock.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(f64);

impl Timestamp {
    /// The time `seconds` after the epoch, rounded to the microsecond.
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * 1e6).round() / 1e6)
    }

    /// The time `milliseconds` after the epoch, as Lambda states its deadlines.
    pub fn from_millis(milliseconds: u64) -> Self {
        Self::from_seconds(Duration::from_millis(milliseconds).as_secs_f64())
    }

    /// The machine's clock.
    pub fn now() -> Self {
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self::from_seconds(since_epoch.as_secs_f64())
    }

    /// Seconds after the epoch.
    pub fn seconds(self) -> f64 {
        self.0
    }

    /// The first whole second that is not before it: DynamoDB reads no other as the time of an expiry.
    pub fn ceil(self) -> Self {
        Self(self.0.ceil())
    }

    /// For people: `2026-11-22 05:01:07Z`.
    pub fn utc(self) -> String {
        match jiff::Timestamp::from_millisecond((self.0 * 1000.0) as i64) {
            Ok(time) => time.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            Err(_) => self.to_string(),
        }
    }

    /// The time since `earlier`, nothing if that lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::try_from_secs_f64(self.0 - earlier.0).unwrap_or_default()
    }
}

impl Eq for Timestamp {}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl ops::Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, later: Duration) -> Self {
        Self::from_seconds(self.0 + later.as_secs_f64())
    }
}

impl ops::Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, earlier: Duration) -> Self {
        Self::from_seconds(self.0 - earlier.as_secs_f64())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
