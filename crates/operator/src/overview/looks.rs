//! What is looked at closely: too costly to do for everybody each time, so first at what looks suspicious, then at the
//! others in turns.

use std::{cmp::Reverse, time::Duration};

use task_manager::{
    TaskManager,
    greenfield::KeyRange,
    history::{Record, Series},
    ids::{JobId, LabourerId},
    labourer::{Labourer, State},
    storage::{StoreError, closed::LAG},
    task::TaskError,
    time::Timestamp,
};

use super::{
    facts::{Facts, JobFacts, LATELY, LabourerFacts, SILENT, SlotLook},
    judge::job::is_failing,
};
use crate::{
    doctor::queues,
    jobs::{self, ErrorKind},
};

/// After which time a suspicion is looked at again, and after which time what was not suspicious.
const AGAIN: Duration = Duration::from_secs(60);
const ROUTINE: Duration = Duration::from_secs(600);

/// Who has not begun or ended an attempt for so long, but has some, may have none.
const QUIET: Duration = Duration::from_secs(120);

/// Parked tasks that are searched for a refusal.
const PARKED: u32 = 20;
/// Records of a labourer that are read: one a minute.
const RECORDS: u32 = 11;
/// A row with more slots in use is not compared with the index, which answers in pages of some thousands.
const MOST_COUNTED: u32 = 2000;

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    /// Why Lambda refuses attempts.
    Refusal(LabourerId),
    /// Whether Lambda has room for more.
    Returned(LabourerId),
    /// Whether the row counts the attempts that there are.
    Slots(LabourerId),
    /// Whether tasks that are due wait for the scavenger.
    Due(LabourerId),
    /// Whether tasks wait for the orchestrator.
    Head(LabourerId),
    /// Why tasks of a job fail.
    Errors(JobId),
}

impl Look {
    /// Calls that it takes at most.
    fn calls(&self) -> u32 {
        match self {
            Self::Returned(_) | Self::Due(_) => 1,
            Self::Refusal(_) | Self::Head(_) | Self::Errors(_) => 2,
            Self::Slots(_) => 3,
        }
    }
}

/// A look that is due.
struct Wanted {
    look: Look,
    is_suspicious: bool,
    /// Since it was last done, if it was.
    age: Option<Duration>,
}

/// What to look at with so many calls: suspicions first, what was never looked at before the others; then so many of
/// the rest.
pub(super) fn plan(facts: &Facts, calls: u32, routine: usize) -> Vec<Look> {
    let now = facts.now;
    let ticks = facts.last_tick().is_some_and(|at| now.since(at) <= SILENT);
    let labourers = facts.labourers.iter().flat_map(|one| of_labourer(one, now, ticks));
    let jobs = facts.jobs.iter().filter_map(|job| of_job(job, now));
    let mut wanted: Vec<_> = labourers.chain(jobs).filter(is_due).collect();
    wanted.sort_by_key(|wanted| {
        let age = Reverse(wanted.age.unwrap_or(Duration::MAX));
        (!wanted.is_suspicious, age, wanted.look.clone())
    });
    let (mut left, mut routine) = (calls, routine);
    wanted.retain(|wanted| {
        let fits = wanted.look.calls() <= left && (wanted.is_suspicious || routine > 0);
        if fits {
            left -= wanted.look.calls();
            routine -= usize::from(!wanted.is_suspicious);
        }
        fits
    });
    wanted.into_iter().map(|wanted| wanted.look).collect()
}

fn is_due(wanted: &Wanted) -> bool {
    let again = if wanted.is_suspicious { AGAIN } else { ROUTINE };
    wanted.age.is_none_or(|age| age >= again)
}

fn of_labourer(one: &LabourerFacts, now: Timestamp, ticks: bool) -> Vec<Wanted> {
    let (looks, id) = (&one.looks, || one.labourer.id.clone());
    let age = |at: Option<_>| at.map(|at| now.since(at));
    let mut wanted = Vec::new();
    let mut want = |look, is_suspicious, at| {
        wanted.push(Wanted { look, is_suspicious, age: age(at) });
    };
    let found_refusal = looks.refusal.as_ref().is_some_and(|seen| seen.what.is_some());
    if one.refused() > 0 || found_refusal {
        want(Look::Refusal(id()), true, looks.refusal.as_ref().map(|seen| seen.at));
    }
    if one.waits_beside_free_slots(now) {
        want(Look::Returned(id()), true, looks.returned.as_ref().map(|seen| seen.at));
    }
    let running = one.running(now);
    if (1..=MOST_COUNTED).contains(&running) {
        let is_suspicious = one.quiet_for(now) >= QUIET || one.leak(now).is_some();
        want(Look::Slots(id()), is_suspicious, looks.slots.as_ref().map(|seen| seen.at));
    }
    let has_retries = one.minutes.iter().any(|(_, brief)| brief.numbers.retried > 0);
    want(Look::Due(id()), has_retries, looks.due.as_ref().map(|seen| seen.at));
    // While ticks come, each that finds a task waiting leaves a record.
    if !ticks && one.present(now).is_none() {
        want(Look::Head(id()), false, looks.head.as_ref().map(|seen| seen.at));
    }
    wanted
}

fn of_job(job: &JobFacts, now: Timestamp) -> Option<Wanted> {
    let snapshot = &job.snapshot.as_ref()?.what;
    let is_suspicious = is_failing(&snapshot.progress);
    let age = job.errors.as_ref().map(|seen| now.since(seen.at));
    let look = Look::Errors(job.job.id.clone());
    is_suspicious.then_some(Wanted { look, is_suspicious, age })
}

/// What was seen.
pub(super) enum Sight {
    Refusal(LabourerId, Option<TaskError>),
    Returned(LabourerId, u64),
    /// Nothing if attempts began or ended meanwhile.
    Slots(LabourerId, Option<SlotLook>),
    Due(LabourerId, Option<Timestamp>),
    Head(LabourerId, Option<Timestamp>),
    Errors(JobId, Vec<ErrorKind>),
}

pub(super) async fn look(
    manager: &TaskManager,
    facts: &Facts,
    look: Look,
) -> Result<Sight, StoreError> {
    let (store, now) = (manager.store(), manager.now());
    Ok(match look {
        Look::Refusal(id) => {
            let parked = store.retry().latest(&id, PARKED).await?;
            Sight::Refusal(id, parked.iter().find_map(queues::refusal).cloned())
        }
        Look::Returned(id) => {
            let records =
                store.history().before(&Series::Labourer(id.clone()), now, RECORDS).await?;
            let lately = records.iter().filter(|record| now.since(record.minute) <= LATELY);
            Sight::Returned(id, returned(lately))
        }
        Look::Slots(id) => {
            let seen = match facts.labourers.iter().find(|one| one.labourer.id == id) {
                Some(one) => slots(manager, one, now).await?,
                None => None,
            };
            Sight::Slots(id, seen)
        }
        Look::Due(id) => {
            let due = store.retry().due_by(&id, now, 1).await?;
            Sight::Due(id, due.first().map(|due| due.at))
        }
        Look::Head(id) => {
            let head = match manager.queue().heads(&id, 1).await?.first() {
                Some(head) => manager.queue().task(&head.id).await?,
                None => None,
            };
            Sight::Head(id, head.map(|task| task.created_at.unwrap_or(now)))
        }
        Look::Errors(id) => {
            let snapshot = facts.jobs.iter().find(|job| job.job.id == id);
            let kinds = match snapshot.and_then(|job| job.snapshot.as_ref()) {
                Some(seen) => jobs::sample(manager, &seen.what).await?,
                None => Vec::new(),
            };
            Sight::Errors(id, kinds)
        }
    })
}

/// Claims that were taken back in the time of these records, newest first: their counters only grow.
fn returned<'r>(mut records: impl Iterator<Item = &'r Record>) -> u64 {
    let count = |record: &Record| record.totals.counts.returned;
    let last = records.next().map_or(0, count);
    records.last().map_or(0, |first| last.saturating_sub(count(first)))
}

/// Compares the row with the index; nothing if attempts began or ended meanwhile.
async fn slots(
    manager: &TaskManager,
    one: &LabourerFacts,
    now: Timestamp,
) -> Result<Option<SlotLook>, StoreError> {
    let (store, labourer) = (manager.store(), &one.labourer);
    let counted = store.tasks().count_at_least(&labourer.id, KeyRange::invoked(now)).await?;
    let running = one.running(now);
    if counted >= u64::from(running) {
        let is_overdue = one.quiet_for(now) > labourer.lease_by(one.row.as_ref());
        let expired_at = match is_overdue {
            true => expired(manager, labourer, one).await?,
            false => None,
        };
        return Ok(Some(SlotLook { running, counted, expired_at }));
    }
    let after = store.labourers().row(&labourer.id).await?;
    let taken = |row: &State| row.taken;
    let is_new = |row: &State| row.claimed_at.is_some_and(|at| now.since(at) <= LAG);
    let is_at_rest = after.as_ref().map(taken) == one.row.as_ref().map(taken)
        && !after.as_ref().is_some_and(is_new);
    let running = after.map_or(0, |row| row.running());
    Ok(is_at_rest.then_some(SlotLook { running, counted, expired_at: None }))
}

/// When the lease of the oldest attempt passed, if it has.
async fn expired(
    manager: &TaskManager,
    labourer: &Labourer,
    one: &LabourerFacts,
) -> Result<Option<Timestamp>, StoreError> {
    let row = one.row.as_ref();
    let tasks = manager.attempts().expired(labourer, row, 1).await?;
    let (lease, scale) = (labourer.lease_by(row), manager.config().scale);
    let over = tasks
        .first()
        .and_then(|task| task.greenfield.expired_at(manager.now(), task.lease(lease), scale));
    Ok(over)
}
