//! `local`: the labourers as processes of this machine.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::durations;
use crate::limits::MAX_FUNCTION_TIMEOUT;

/// For `sosw local` only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Local")]
pub(in crate::config) struct RawLocal {
    /// The time between two ticks of orchestrator and scavenger. Default 1s.
    #[schemars(range(min = 0.01, max = 3600), transform = durations::seconds)]
    pub tick: Option<f64>,
    /// How each labourer is started.
    pub labourers: Option<BTreeMap<String, RawLocalLabourer>>,
}

/// A labourer as a process that speaks the Lambda Runtime API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "LocalLabourer")]
pub(in crate::config) struct RawLocalLabourer {
    /// The program and its arguments; a text is given to `sh -c`.
    pub command: RawCommand,
    /// Where it is started. Default: where `sosw` was.
    #[schemars(length(min = 1, max = 4096))]
    pub directory: Option<String>,
    /// The time after which an invocation is killed, at most the labourer's `duration`. Default: that, or 1m
    /// if it has none.
    #[schemars(range(min = 0.01, max = MAX_FUNCTION_TIMEOUT.as_secs()), transform = durations::seconds)]
    pub timeout: Option<f64>,
    /// Processes at most. Default: no limit but the labourer's own.
    #[schemars(range(min = 1, max = 10_000))]
    pub concurrency: Option<u32>,
    /// Environment variables.
    pub env: Option<BTreeMap<String, String>>,
    /// Times that a failed invocation is repeated by Lambda itself. Default 0.
    #[schemars(range(min = 0, max = 2))]
    pub retries: Option<u32>,
    /// Which ends of its invocations are reported to the worker assistant, as by Lambda's destinations. With
    /// true, what it returns is the result of its task and an error its failure; with "on_failure", it
    /// reports its successes itself; with false, it reports everything itself. Default true.
    pub destinations: Option<RawDestinations>,
}

/// All or none of Lambda's destinations, or one of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Destinations")]
pub(in crate::config) enum RawDestinations {
    Both(bool),
    Only(RawDestination),
}

/// One of Lambda's destinations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Destination")]
pub(in crate::config) enum RawDestination {
    OnFailure,
}

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Command")]
pub(in crate::config) enum RawCommand {
    /// For `sh -c`.
    Shell(#[schemars(length(min = 1, max = 4096))] String),
    /// As it is.
    Program(#[schemars(length(min = 1, max = 1000))] Vec<String>),
}
