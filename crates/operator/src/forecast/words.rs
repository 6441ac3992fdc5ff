//! A forecast for people.

use std::fmt;

use task_manager::duration;

use super::{Bound, Forecast};

/// `done in about 12m5s at 3.1 tasks/s; health allows 2 of 16 slots: 2 Moderate: …`.
impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.left, self.at_present_rate, self.at_limit) {
            (0, ..) => return write!(f, "{}", self.bound),
            (_, Some(time), _) => {
                write!(f, "done in about {} at {:.1} tasks/s", duration::brief(time), self.rate)?;
            }
            (_, None, Some(time)) => {
                write!(f, "done in about {} if all slots are used", duration::brief(time))?;
            }
            (_, None, None) => write!(f, "its end is unknown")?,
        }
        write!(f, "; {}", self.bound)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => write!(f, "no open tasks"),
            Self::Running => write!(f, "all that is left runs"),
            Self::Stopped { reason } => write!(f, "nothing is started: {reason}"),
            Self::Waiting { until } => write!(f, "it waits for its time, {}", until.utc()),
            Self::Paused { until, reason } => {
                match until {
                    Some(until) => write!(f, "paused until {}", until.utc())?,
                    None => write!(f, "paused until it is resumed")?,
                }
                reason.as_ref().map_or(Ok(()), |reason| write!(f, ": {reason}"))
            }
            Self::Silent { since: Some(since) } => {
                write!(
                    f,
                    "no tick of the orchestrator has confirmed its slots since {}",
                    since.utc()
                )
            }
            Self::Silent { since: None } => {
                write!(f, "no tick of the orchestrator has served it yet")
            }
            Self::Retries { until: Some(until) } => {
                write!(f, "what is left waits to retry, the first until {}", until.utc())
            }
            Self::Retries { until: None } => write!(f, "what is left waits to retry"),
            Self::Health { slots, of, reason } => {
                write!(f, "health allows {slots} of {of} slots")?;
                if reason.is_empty() { Ok(()) } else { write!(f, " ({reason})") }
            }
            Self::Resource(wait) => write!(f, "{wait}"),
            Self::Slots { slots: 0 } => write!(f, "max_simultaneous_invocations is 0"),
            Self::Slots { slots: 1 } => write!(f, "its only slot is used"),
            Self::Slots { slots } => write!(f, "all {slots} slots are used"),
            Self::Lambda => write!(f, "Lambda has no room for more of its invocations"),
            Self::Starts { free: 1 } => write!(f, "a slot is free"),
            Self::Starts { free } => write!(f, "{free} slots are free"),
        }
    }
}
