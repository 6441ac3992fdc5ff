//! Checks of queues, slots and jobs: do the functions work on them?

use std::time::Duration;

use task_manager::{
    jobs::job::{Due, JobSnapshot},
    labourer::{self, Labourer},
    task::{Task, TaskError},
    time::Timestamp,
};

use super::Fault;

/// What was read of a labourer's row and tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueFacts {
    pub row: Option<labourer::State>,
    /// Attempts that no report has ended; `None` if they kept changing while they were counted.
    pub attempts: Option<u32>,
    /// Does a task wait?
    pub waits: bool,
    /// When the lease of the oldest expired attempt passed.
    pub expired_at: Option<Timestamp>,
    /// When the most overdue parked task was due.
    pub due_at: Option<Timestamp>,
    /// Of a parked task whose last attempt Lambda refused: its answer.
    pub refusal: Option<TaskError>,
}

/// How late ticks may be before they count as missing.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// What is wrong with a labourer's tasks.
pub fn judge(labourer: &Labourer, facts: &QueueFacts, now: Timestamp) -> Vec<Fault> {
    let function = &labourer.function;
    let labourer = || labourer.id.clone();
    let late = |at: Timestamp| Some(now.since(at)).filter(|late| *late > PATIENCE);
    let mut faults = Vec::new();
    if let (Some(row), Some(counted)) = (&facts.row, facts.attempts)
        && row.running != counted
    {
        let running = row.running;
        faults.push(Fault::Slots { labourer: labourer(), running, counted, fixed: false });
    }
    if facts.waits {
        match &facts.row {
            None => faults.push(Fault::NobodyStarts { labourer: labourer(), silent: None }),
            Some(row) if row.free(row.slot_limit, now) > 0 => {
                let silent = row.refreshed_at.map(|at| now.since(at));
                if silent.is_none_or(|silent| silent > PATIENCE) {
                    faults.push(Fault::NobodyStarts { labourer: labourer(), silent });
                }
            }
            Some(_) => {}
        }
    }
    if let Some(overdue) = facts.expired_at.and_then(late) {
        faults.push(Fault::NobodyEnds { labourer: labourer(), overdue });
    }
    if let Some(overdue) = facts.due_at.and_then(late) {
        faults.push(Fault::NobodyRequeues { labourer: labourer(), overdue });
    }
    if let Some(TaskError { kind, message, .. }) = &facts.refusal {
        let why = format!("{kind}: {message}");
        faults.push(Fault::Refused { labourer: labourer(), function: function.clone(), why });
    }
    faults
}

/// Lambda's answer when it refused the last attempt of a parked task. Such an attempt is not
/// spent, as one that failed is.
pub fn refusal(parked: &Task) -> Option<&TaskError> {
    parked.errors.last().filter(|error| error.attempt > parked.attempts)
}

/// Jobs that should have been resumed, or ended, a while ago.
pub fn judge_jobs(jobs: &[(JobSnapshot, Due)], now: Timestamp) -> Vec<Fault> {
    let stand = jobs.iter().filter(|(snapshot, due)| {
        let last = snapshot.ranges.iter().filter_map(|range| range.updated_at).max();
        let last = last.max(snapshot.progress.last_change).max(Some(snapshot.job.created_at));
        !matches!(due, Due::Nothing) && last.is_some_and(|last| now.since(last) > PATIENCE)
    });
    stand.map(|(snapshot, _)| Fault::JobStands(snapshot.job.id.clone())).collect()
}
