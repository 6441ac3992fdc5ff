//! The labourers as processes of this machine, for `sosw local`.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crate::{ids::LabourerId, labourer::Labourer, limits::MAX_FUNCTION_TIMEOUT};

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
    /// After this an invocation is killed; at most the labourer's duration, which is the default.
    pub timeout: Duration,
    /// Processes at most; when not set, as many as are invoked at once.
    pub concurrency: Option<u32>,
    pub env: BTreeMap<String, String>,
    /// Times that a failed invocation is repeated by Lambda itself. Default 0.
    pub retries: u32,
    /// Which ends of its invocations Lambda reports to the worker assistant. Default: all.
    pub destinations: Destinations,
}

/// Which ends of a function's invocations Lambda's destinations report, so that the function need not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Destinations {
    /// What it returns is the result of its task, an error, a crash or a time-out its failure.
    #[default]
    All,
    /// Failures; it reports its successes itself.
    OnFailure,
    /// None; it reports all by itself.
    None,
}

impl Destinations {
    /// Is it reported that an invocation succeeded?
    pub fn on_success(self) -> bool {
        self == Self::All
    }

    /// Is it reported that an invocation failed?
    pub fn on_failure(self) -> bool {
        self != Self::None
    }
}

impl LocalLabourer {
    /// `timeout` when neither it nor a duration is set.
    pub const TIMEOUT: Duration = Duration::from_secs(60);

    /// `timeout` when the config does not set it: what the labourer's lease is reckoned with.
    pub fn default_timeout(labourer: Option<&Labourer>) -> Duration {
        let duration = labourer.and_then(|labourer| labourer.duration);
        duration.map_or(Self::TIMEOUT, |duration| duration.min(MAX_FUNCTION_TIMEOUT))
    }

    /// A labourer that is started by this command, with every setting at its default.
    pub fn new(command: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            command: command.into_iter().map(Into::into).collect(),
            directory: None,
            timeout: Self::TIMEOUT,
            concurrency: None,
            env: BTreeMap::new(),
            retries: 0,
            destinations: Destinations::default(),
        }
    }
}
