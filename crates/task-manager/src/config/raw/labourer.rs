//! `labourers.NAME`.

use std::collections::BTreeMap;

use protocol::event;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RawHealthMetric, RawWeight, durations, without_meaning};
use crate::{labourer::TasksPerInvocation, limits::MAX_FUNCTION_TIMEOUT};

/// A Lambda that does work, and its limits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, transform = without_meaning::of_a_labourer)]
#[schemars(rename = "Labourer")]
pub(in crate::config) struct RawLabourer {
    /// Name or ARN of its function. Default: the labourer's name.
    #[schemars(length(min = 1, max = 170))]
    pub arn: Option<String>,
    /// Attempts that may be live at once; with 0 nothing is started. Default 1.
    #[schemars(range(min = 0, max = 100_000))]
    pub max_simultaneous_invocations: Option<u32>,
    /// How long an attempt takes at most. Default: the time-out of the function.
    #[schemars(range(min = 0.001, max = 604_800), transform = durations::seconds)]
    pub duration: Option<f64>,
    /// The time after `duration` until an attempt counts as lost. Default 5m.
    #[schemars(range(min = 0, max = 604_800), transform = durations::seconds)]
    pub cooldown: Option<f64>,
    /// How long an invocation may wait within Lambda: the maximum event age of the function.
    #[schemars(range(min = 60, max = 21_600), transform = durations::seconds)]
    pub event_age: Option<f64>,
    /// Attempts that a task may make before it is exhausted. Default 3.
    #[schemars(range(min = 1, max = 1000))]
    pub max_attempts: Option<u32>,
    /// The delay after a reported failure. Default: exponential, base 30s, cap 1h.
    pub after_failure: Option<RawBackoff>,
    /// The delay after an expired lease. Default: linear, base `max_duration`.
    pub after_expiry: Option<RawBackoff>,
    /// The base of the delay after an expired lease. Default: `duration`.
    #[schemars(range(min = 0, max = 604_800), transform = durations::seconds)]
    pub max_duration: Option<f64>,
    /// Are reports without the attempt's claim token refused? Default false.
    pub require_claim: Option<bool>,
    /// Tasks of a job that one invocation is given at most, from 1 to 1000, or "auto": as many as take
    /// about `block_seconds`, by how long its tasks took lately (10 while that is unknown). A job may
    /// say otherwise. Default 1.
    pub tasks_per_invocation: Option<TasksPerInvocation>,
    /// How long one invocation is to work, where "auto" decides how many tasks it is given; at most 90m.
    /// Default 30s.
    #[schemars(range(min = 0.001, max = MAX_FUNCTION_TIMEOUT.as_secs()), transform = durations::seconds)]
    pub block_seconds: Option<f64>,
    /// The form of the event that it is invoked with: "sqs" for a handler that was written for batches
    /// of SQS. Default "sosw".
    pub event_format: Option<RawEventFormat>,
    /// What it shares with other labourers: how much of each of the `resources`. An attempt holds so many of its
    /// permits, a task takes so many of its rate.
    pub uses: Option<BTreeMap<String, RawWeight>>,
    /// What its health is read from, by a name of your choice.
    pub health_metrics: Option<BTreeMap<String, RawHealthMetric>>,
    /// How fast its health may change.
    pub health_steps: Option<RawHealthSteps>,
    /// Leaves only probes running while attempts fail. Default: none.
    pub breaker: Option<RawBreaker>,
    /// Finds the limit by itself, from failures and throttles. Default: none.
    pub adaptive: Option<RawAdaptive>,
}

/// The form of the event that a labourer is invoked with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "EventFormat")]
pub(in crate::config) enum RawEventFormat {
    /// The payload of a task, or a list of `tasks`, beside what sosw says about them.
    #[default]
    Sosw,
    /// The `Records` of an SQS event, a message for each task.
    Sqs,
}

impl From<RawEventFormat> for event::Format {
    fn from(format: RawEventFormat) -> Self {
        match format {
            RawEventFormat::Sosw => Self::Sosw,
            RawEventFormat::Sqs => Self::Sqs,
        }
    }
}

/// The delay before a task is tried again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Backoff")]
pub(in crate::config) struct RawBackoff {
    /// How the delay grows with the attempts. Default exponential.
    pub growth: Option<RawGrowth>,
    /// The delay after the first attempt (exponential: at most).
    #[schemars(range(min = 0, max = 604_800), transform = durations::seconds)]
    pub base: Option<f64>,
    /// The longest delay; only exponential.
    #[schemars(range(min = 0, max = 604_800), transform = durations::seconds)]
    pub cap: Option<f64>,
}

/// How a delay grows with the attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Growth")]
pub(in crate::config) enum RawGrowth {
    /// A random time up to `base` doubled with every attempt, at most `cap`.
    Exponential,
    /// `base` times the attempts.
    Linear,
}

/// How many of the five statuses a health may change in a tick; 4 is at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "HealthSteps")]
pub(in crate::config) struct RawHealthSteps {
    /// Upwards. Default 1.
    #[schemars(range(min = 1, max = 4))]
    pub rise: Option<u8>,
    /// Downwards. Default 4.
    #[schemars(range(min = 1, max = 4))]
    pub fall: Option<u8>,
}

/// Leaves only probes running while attempts fail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Breaker")]
pub(in crate::config) struct RawBreaker {
    /// The part of failed attempts, above 0 up to 1, that trips it. Default 0.5.
    #[schemars(range(min = 0.001, max = 1))]
    pub threshold: Option<f64>,
    /// The latest attempts that are judged. Default 20.
    #[schemars(range(min = 1, max = 10_000))]
    pub window: Option<u32>,
    /// Fewer attempts than this are not judged. Default 5.
    #[schemars(range(min = 1, max = 10_000))]
    pub minimum: Option<u32>,
}

/// Finds the limit by itself, from failures and throttles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Adaptive")]
pub(in crate::config) struct RawAdaptive {
    /// The limit never falls below. Default 1.
    #[schemars(range(min = 1, max = 100_000))]
    pub min: Option<u32>,
    /// Slots added after a tick without trouble in which all were used. Default 1.
    #[schemars(range(min = 1, max = 1000))]
    pub increase: Option<u32>,
    /// The limit is multiplied by this after a tick with trouble. Default 0.5.
    #[schemars(range(min = 0.01, max = 0.99))]
    pub decrease: Option<f64>,
    /// The part of attempts that may go wrong in a tick without being trouble. Default 0.1.
    #[schemars(range(min = 0, max = 1))]
    pub tolerance: Option<f64>,
}
