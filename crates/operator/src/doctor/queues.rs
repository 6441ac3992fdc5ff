//! Checks of queues, slots and jobs: do the functions work on them?

use std::time::Duration;

use task_manager::{
    jobs::job::{Due, JobSnapshot},
    labourer::Labourer,
    task::{Task, TaskError},
    time::Timestamp,
};

use super::{
    Fault,
    slots::{self, SlotFacts},
};

/// What was read of a labourer's slots and tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueFacts {
    pub slots: SlotFacts,
    /// Does a task wait?
    pub waits: bool,
    /// When the first task of the queue was created, if it says so.
    pub waiting_since: Option<Timestamp>,
    /// When the lease of the oldest expired attempt passed.
    pub expired_at: Option<Timestamp>,
    /// When the most overdue parked task was due.
    pub due_at: Option<Timestamp>,
    /// Of a parked task whose last attempt Lambda refused: its answer.
    pub refusal: Option<TaskError>,
    /// When the stack was deployed: what it adopted has not waited for it any longer.
    pub stack_since: Option<Timestamp>,
}

impl QueueFacts {
    /// How long the stack has left something undone that was to be done at `at`. A stack of the
    /// future is one whose clock is wrong.
    fn undone_for(&self, at: Timestamp, now: Timestamp) -> Duration {
        now.since(at.max(self.stack_since.filter(|since| *since <= now).unwrap_or(at)))
    }
}

/// How late ticks may be before they count as missing.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// How late the first tick of all may be: a schedule starts within a minute or two.
const FIRST_TICK: Duration = Duration::from_secs(180);

/// What is wrong with a labourer's tasks.
pub fn judge(labourer: &Labourer, facts: &QueueFacts, now: Timestamp) -> Vec<Fault> {
    let function = &labourer.function;
    let labourer = || labourer.id.clone();
    let late = |at: Timestamp| Some(now.since(at)).filter(|_| facts.undone_for(at, now) > PATIENCE);
    let has_waited = || {
        let since = facts.waiting_since.unwrap_or(Timestamp::from_seconds(0.0));
        facts.undone_for(since, now) > FIRST_TICK
    };
    let mut faults = Vec::from_iter(slots::judge(&labourer(), &facts.slots));
    let row = facts.slots.row.as_ref();
    let is_full = row.is_some_and(|row| row.free(row.slot_limit, now) == 0);
    if facts.waits && !is_full {
        let silent = row.and_then(|row| row.refreshed_at).map(|at| now.since(at));
        if silent.map_or_else(has_waited, |silent| silent > PATIENCE) {
            faults.push(Fault::NobodyStarts { labourer: labourer(), silent });
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

#[cfg(test)]
mod tests {
    use task_manager::ids::LabourerId;

    use super::*;

    #[test]
    fn the_first_tick_is_missed_when_a_task_has_waited_three_minutes_for_it() {
        let labourer = Labourer::new(LabourerId::new("worker").unwrap());
        let now = Timestamp::from_seconds(1_800_000_000.0);
        let ago = |seconds| Some(now - Duration::from_secs(seconds));
        let is_missed = |waiting_since, stack_since| {
            let facts =
                QueueFacts { waits: true, waiting_since, stack_since, ..Default::default() };
            !judge(&labourer, &facts, now).is_empty()
        };
        assert!(!is_missed(ago(179), None) && is_missed(ago(181), None));
        assert!(!is_missed(ago(9000), ago(179)) && is_missed(ago(9000), ago(181)));
        assert!(!is_missed(ago(179), ago(9000)) && is_missed(None, None));
        let ahead = Some(now + Duration::from_secs(60));
        assert!(is_missed(ago(9000), ahead), "a wrong clock hides nothing");
    }
}
