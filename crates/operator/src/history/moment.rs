//! Points in time as people write them.

use std::{str::FromStr, time::Duration};

use task_manager::{duration, time::Timestamp};
use thiserror::Error;

/// A point in time, or how long ago it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    Ago(Duration),
    At(Timestamp),
}

/// It says no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a time that has passed, as 2h, 3 days or 2026-11-22T18:00:00Z")]
pub struct NoMoment;

impl Moment {
    pub fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(time) => now - time,
            Self::At(at) => at,
        }
    }
}

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        match text.parse::<jiff::Timestamp>() {
            Ok(at) => Ok(Self::At(Timestamp::from_seconds(at.as_duration().as_secs_f64()))),
            Err(_) => duration::parse(text).map(Self::Ago).ok_or(NoMoment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let ago = |seconds| Ok(Moment::Ago(Duration::from_secs(seconds)));
        assert_eq!("2h".parse(), ago(7200));
        assert_eq!("3 days".parse(), ago(3 * 86_400));
        assert_eq!("1970-01-01T00:01:00Z".parse(), Ok(Moment::At(Timestamp::from_seconds(60.0))));
        for none in ["soon", "-2h", ""] {
            assert_eq!(none.parse::<Moment>(), Err(NoMoment), "{none}");
        }
    }
}
