//! A Lambda that does work, and its limits.

pub mod backoff;
mod block_size;
pub mod counts;
pub mod frees;
mod state;

use std::time::Duration;

use crate::{
    arn::FunctionName, ecology::HealthPolicy, ids::LabourerId, labourer::backoff::Backoff,
    resource::Uses,
};

pub use block_size::TasksPerInvocation;
pub use protocol::event::Format as EventFormat;
pub use state::State;

/// A labourer as the config describes it. What changes while it works (slots in use, health,
/// paused) is in its row: [`crate::labourer::State`].
#[derive(Clone, Debug, PartialEq)]
pub struct Labourer {
    /// Its name in the config, in every table and message.
    pub id: LabourerId,
    /// Name or ARN of its function.
    pub function: String,
    /// Attempts that may be live at once.
    pub max_simultaneous_invocations: u32,
    /// The longest an attempt takes. When not set, the time-out of the function.
    pub duration: Option<Duration>,
    /// How long after `duration` an attempt counts as lost. Default 300 s.
    pub cooldown: Duration,
    /// How long an invocation may wait within Lambda (its maximum event age), if it is known.
    pub event_age: Option<Duration>,
    /// Attempts a task may make before it is exhausted. Default 3.
    pub max_attempts: u32,
    /// The delay after a reported failure.
    pub after_failure: Backoff,
    /// The delay after an expired lease; when not set, sosw's `duration * attempts`.
    pub after_expiry: Option<Backoff>,
    /// Are reports without the attempt's claim token refused?
    pub require_claim: bool,
    /// Tasks of a job that one invocation is given at most, unless the job says otherwise. Default 1.
    pub tasks_per_invocation: TasksPerInvocation,
    /// How long one invocation is to work, where `auto` decides how many tasks it is given. Default 30 s.
    pub block_duration: Duration,
    /// The form of the event that it is invoked with.
    pub event_format: EventFormat,
    /// What else limits its slots.
    pub health: HealthPolicy,
    /// What it shares with other labourers.
    pub uses: Uses,
    /// Why nothing is started for it, whatever its row says: it left the config, or its section there
    /// has mistakes. What was started is looked after.
    pub stopped: Option<String>,
}

impl Labourer {
    /// `duration` when neither the config nor Lambda gives it: the longest time-out of a function that does
    /// not run on managed instances (those have up to [`crate::limits::MAX_FUNCTION_TIMEOUT`]).
    pub const UNKNOWN_DURATION: Duration = Duration::from_secs(900);
    /// `cooldown` when the config does not set it.
    pub const COOLDOWN: Duration = Duration::from_secs(300);

    /// `max_attempts` when the config does not set it.
    pub const MAX_ATTEMPTS: u32 = 3;

    /// `block_seconds` when the config does not set it.
    pub const BLOCK_DURATION: Duration = Duration::from_secs(30);

    /// The longest time between claim and invocation. A lease has room for it, beside the time that
    /// the event may wait within Lambda and the time-out of the function.
    pub const LATEST_START: Duration = Duration::from_secs(30);

    /// A labourer with every setting at its default.
    pub fn new(id: LabourerId) -> Self {
        Self {
            function: id.to_string(),
            id,
            max_simultaneous_invocations: 1,
            duration: None,
            cooldown: Self::COOLDOWN,
            event_age: None,
            max_attempts: Self::MAX_ATTEMPTS,
            after_failure: Backoff::AFTER_FAILURE,
            after_expiry: None,
            require_claim: false,
            tasks_per_invocation: TasksPerInvocation::default(),
            block_duration: Self::BLOCK_DURATION,
            event_format: EventFormat::default(),
            health: HealthPolicy::default(),
            uses: Uses::default(),
            stopped: None,
        }
    }

    /// A labourer that left the config: its tasks are still looked after, with every setting at its
    /// default.
    pub fn left(id: LabourerId) -> Self {
        let why = "it is not in the config: put it back there, or cancel its tasks";
        Self { max_simultaneous_invocations: 0, stopped: Some(why.to_owned()), ..Self::new(id) }
    }

    /// The name of its function, which may be configured by its ARN.
    pub fn function_name(&self) -> &str {
        FunctionName::parse(&self.function).map_or(&self.function, |function| function.name)
    }

    /// How long an attempt may be silent; `remembered` is the function's time-out if known.
    pub fn lease(&self, remembered: Option<Duration>) -> Duration {
        self.longest(remembered) + self.cooldown
    }

    /// The same by the labourer's row, if there is one.
    pub fn lease_by(&self, row: Option<&State>) -> Duration {
        self.lease(row.and_then(|row| row.function_timeout))
    }

    /// The longest time between the claim of an attempt with this lease and its invocation.
    pub fn latest_start(lease: Duration) -> Duration {
        Self::LATEST_START.min(lease / 10)
    }

    /// How long an event may wait within Lambda, so that an attempt of a function with this time-out
    /// ends before its lease does.
    pub fn longest_wait(&self, timeout: Duration) -> Duration {
        let lease = self.lease(Some(timeout));
        lease.saturating_sub(timeout + Self::latest_start(lease))
    }

    /// The delay after an expiry of attempt `attempts`.
    pub fn delay_after_expiry(
        &self,
        remembered: Option<Duration>,
        attempts: u32,
        jitter: f64,
    ) -> Duration {
        let sosw = Backoff::Linear { base: self.longest(remembered) };
        self.after_expiry.unwrap_or(sosw).delay(attempts, jitter)
    }

    /// How long an attempt works at most.
    pub(crate) fn longest(&self, remembered: Option<Duration>) -> Duration {
        self.duration.or(remembered).unwrap_or(Self::UNKNOWN_DURATION)
    }
}
