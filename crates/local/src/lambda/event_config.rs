//! A function's configuration for asynchronous events.

use std::time::Duration;

/// Where the record of a finished asynchronous invocation goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A function, by name or ARN; invoked asynchronously.
    Function(String),
    /// A topic of the local SNS, by ARN.
    Topic(String),
}

impl From<&str> for Destination {
    /// An ARN of SNS is a topic, anything else names a function.
    fn from(target: &str) -> Self {
        let mut parts = target.split(':');
        match (parts.next(), parts.nth(1)) {
            (Some("arn"), Some("sns")) => Self::Topic(target.to_owned()),
            _ => Self::Function(target.to_owned()),
        }
    }
}

impl From<String> for Destination {
    fn from(target: String) -> Self {
        target.as_str().into()
    }
}

/// What becomes of a function's asynchronous events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventConfig {
    /// Retries after a function error, 0 to 2.
    pub maximum_retry_attempts: u32,
    /// Pause before each retry; the last one repeats.
    pub retry_delays: Vec<Duration>,
    /// Events older than this are not run any more.
    pub maximum_event_age: Duration,
    /// Where the record of a success goes.
    pub on_success: Option<Destination>,
    /// Where the record of a failure goes.
    pub on_failure: Option<Destination>,
    /// Topic that gets the bare event of a failure.
    pub dead_letter_topic: Option<String>,
}

impl Default for EventConfig {
    fn default() -> Self {
        Self {
            maximum_retry_attempts: 2,
            retry_delays: vec![Duration::from_secs(60), Duration::from_secs(120)],
            maximum_event_age: Duration::from_secs(6 * 3600),
            on_success: None,
            on_failure: None,
            dead_letter_topic: None,
        }
    }
}
