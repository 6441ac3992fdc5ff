//! When a failed task is to be tried again, and how a function says it to a destination.
//!
//! A destination hands on nothing of a failure but its type and its message. So the type carries
//! the wish, too: `RateLimited; retry_after=30`, `NotUploaded; snooze=10m`.

use std::time::Duration;

use crate::{duration, limits::MAX_WAIT};

/// When a failed task is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// After the labourer's usual delay, while attempts are left.
    Usual,
    /// After this delay instead, while attempts are left.
    RetryAfter(Duration),
    /// After this delay, and without spending an attempt.
    Snooze(Duration),
}

/// The seconds of a wait as they are written: whole, rounded up because earlier than asked would be
/// too early, and no more than [`MAX_WAIT`].
pub fn seconds(wait: Duration) -> u64 {
    let whole = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    whole.min(MAX_WAIT.as_secs())
}

/// The wait of so many seconds, no more than [`MAX_WAIT`]; nothing if they are negative or no number.
pub fn wait(seconds: f64) -> Option<Duration> {
    let seconds = (seconds >= 0.0).then(|| seconds.min(MAX_WAIT.as_secs_f64()));
    seconds.map(Duration::from_secs_f64)
}

/// The type of an error with the wish behind its kind.
pub fn error_type(kind: &str, again: Again) -> String {
    match again {
        Again::Usual => kind.to_owned(),
        Again::RetryAfter(wait) => format!("{kind}; retry_after={}", seconds(wait)),
        Again::Snooze(wait) => format!("{kind}; snooze={}", seconds(wait)),
    }
}

/// The kind of an error and the wish behind it. What is no wish belongs to the kind.
pub fn read(error_type: &str) -> (&str, Again) {
    let wish = |(kind, wish)| Some((kind, read_wish(wish)?));
    error_type.rsplit_once("; ").and_then(wish).unwrap_or((error_type, Again::Usual))
}

fn read_wish(text: &str) -> Option<Again> {
    let (name, seconds) = text.split_once('=')?;
    let in_words = || duration::parse(seconds).map(|wait| wait.as_secs_f64());
    let wait = wait(seconds.parse().ok().or_else(in_words)?)?;
    match name {
        "retry_after" => Some(Again::RetryAfter(wait)),
        "snooze" => Some(Again::Snooze(wait)),
        _ => None,
    }
}
