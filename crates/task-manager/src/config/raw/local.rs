//! `local`: the labourers as processes of this machine.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits::MAX_FUNCTION_TIMEOUT;

/// For `sosw local` only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Local")]
pub(in crate::config) struct RawLocal {
    /// Seconds between two ticks of orchestrator and scavenger. Default 1.
    #[schemars(range(min = 0.01, max = 3600))]
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
    /// Seconds after which an invocation is killed. Default 60.
    #[schemars(range(min = 0.01, max = MAX_FUNCTION_TIMEOUT.as_secs()))]
    pub timeout: Option<f64>,
    /// Processes at most. Default: no limit but the labourer's own.
    #[schemars(range(min = 1, max = 10_000))]
    pub concurrency: Option<u32>,
    /// Environment variables.
    pub env: Option<BTreeMap<String, String>>,
    /// Times that a failed invocation is repeated by Lambda itself. Default 0.
    #[schemars(range(min = 0, max = 2))]
    pub retries: Option<u32>,
    /// Are results sent to the worker assistant, as by Lambda's destinations? Default false.
    pub destinations: Option<bool>,
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
