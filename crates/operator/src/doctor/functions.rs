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
    /// The time-out in the labourer's row, if it has one, and how long it counts before Lambda is asked again.
    pub remembered: Option<(Duration, Duration)>,
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
    if let Some((remembered, good_for)) = facts.remembered
        && labourer.duration.is_none()
        && remembered != timeout
    {
        faults.push(Fault::TimeoutChanged { labourer: id(), timeout, remembered, good_for });
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

#[cfg(test)]
mod tests {
    use task_manager::ids::LabourerId;

    use super::*;
    use crate::doctor::Severity;

    const MINUTE: Duration = Duration::from_secs(60);

    fn judged(duration: Option<Duration>, remembered: Duration, timeout: Duration) -> Vec<Fault> {
        let labourer = Labourer { duration, ..Labourer::new(LabourerId::new("worker").unwrap()) };
        let events = Ok(Events { retries: 0, age: MINUTE });
        let function = FunctionStatus::Known(timeout);
        let facts = FunctionFacts { function, events, remembered: Some((remembered, MINUTE)) };
        judge(&labourer, &facts)
    }

    #[test]
    fn a_raised_time_out_is_a_fault_until_the_row_has_it_and_a_lowered_one_is_a_hint() {
        for (remembered, severity) in [(1, Severity::Fault), (3, Severity::Hint)] {
            let faults = judged(None, remembered * MINUTE, 2 * MINUTE);
            let severities: Vec<_> = faults.iter().map(Fault::severity).collect();
            assert_eq!(severities, [severity]);
            let text = faults[0].to_string();
            assert!(text.contains("120s") && text.ends_with("again within 60s"), "{text}");
        }
        assert_eq!(judged(None, 2 * MINUTE, 2 * MINUTE), []);
    }

    #[test]
    fn where_the_config_has_a_duration_the_row_does_not_count() {
        assert_eq!(judged(Some(5 * MINUTE), MINUTE, 2 * MINUTE), []);
        let faults = judged(Some(MINUTE), MINUTE, 2 * MINUTE);
        assert!(matches!(faults[..], [Fault::LongerThanDuration { .. }]), "{faults:?}");
    }
}
