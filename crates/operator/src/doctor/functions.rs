//! Checks of the labourers' functions.

use std::time::Duration;

use task_manager::{labourer::Labourer, manager::labourers::FunctionStatus};

use super::Fault;

/// What Lambda answered about a labourer's function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionFacts {
    pub function: FunctionStatus,
    /// The handling of its asynchronous events, or why it is unknown.
    pub events: Result<Events, String>,
}

/// The handling of a function's asynchronous events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    /// How often a failed one is retried.
    pub retries: u32,
    /// How long one may wait.
    pub age: Duration,
}

impl Default for Events {
    /// Lambda's own.
    fn default() -> Self {
        Self { retries: 2, age: Duration::from_secs(6 * 3600) }
    }
}

/// What is wrong with the function of a labourer.
pub fn judge(labourer: &Labourer, facts: &FunctionFacts) -> Vec<Fault> {
    let id = || labourer.id.clone();
    let unknown =
        |about, why: &str| Fault::FunctionUnknown { labourer: id(), about, why: why.to_owned() };
    let timeout = match &facts.function {
        FunctionStatus::Known(timeout) => *timeout,
        FunctionStatus::Missing => {
            let function = labourer.function.clone();
            return vec![Fault::NoFunction { labourer: id(), function }];
        }
        FunctionStatus::Unavailable(why) => return vec![unknown("time-out", why)],
    };
    let mut faults = Vec::new();
    if let Some(duration) = labourer.duration.filter(|duration| *duration < timeout) {
        faults.push(Fault::LongerThanDuration { labourer: id(), timeout, duration });
    }
    let events = match &facts.events {
        Ok(events) => events,
        Err(why) => {
            faults.push(unknown("handling of events", why));
            return faults;
        }
    };
    if events.retries > 0 {
        faults.push(Fault::RepeatedByLambda { labourer: id(), retries: events.retries });
    }
    let most = labourer.longest_wait(timeout);
    if events.age > most {
        faults.push(Fault::EventAge { labourer: id(), age: events.age, most });
    }
    faults
}
