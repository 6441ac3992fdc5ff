//! The labourers as processes of this machine, for `sosw local`.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crate::ids::LabourerId;

/// How one machine stands in for AWS.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// The time between two ticks of orchestrator and scavenger. Default 1 s.
    pub tick: Duration,
    /// How the labourers are started.
    pub labourers: BTreeMap<LabourerId, LocalLabourer>,
}

impl Local {
    /// `tick` when the config does not set it.
    pub const TICK: Duration = Duration::from_secs(1);
}

/// A labourer as a process that speaks the Lambda Runtime API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalLabourer {
    /// The program and its arguments; never empty.
    pub command: Vec<String>,
    /// Where it is started; when not set, where `sosw` was.
    pub directory: Option<PathBuf>,
    /// After this an invocation is killed. Default 60 s.
    pub timeout: Duration,
    /// Processes at most; when not set, as many as are invoked at once.
    pub concurrency: Option<u32>,
    pub env: BTreeMap<String, String>,
    /// Times that a failed invocation is repeated by Lambda itself. Default 0.
    pub retries: u32,
    /// Are results sent to the worker assistant, as by Lambda's destinations? Default no.
    pub destinations: bool,
}

impl LocalLabourer {
    /// `timeout` when the config does not set it.
    pub const TIMEOUT: Duration = Duration::from_secs(60);

    /// A labourer that is started by this command, with every setting at its default.
    pub fn new(command: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            command: command.into_iter().map(Into::into).collect(),
            directory: None,
            timeout: Self::TIMEOUT,
            concurrency: None,
            env: BTreeMap::new(),
            retries: 0,
            destinations: false,
        }
    }
}
