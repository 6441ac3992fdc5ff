//! Reads what a forecast is made of.

use std::{collections::BTreeSet, time::Duration};

use serde::Serialize;
use task_manager::{
    TaskManager,
    history::{Record, Series},
    ids::{JobId, LabourerId},
    jobs::job::Breakdown,
    labourer::State,
    storage::StoreError,
    task::Task,
    time::Timestamp,
};

use super::{Capacity, Forecast, Pace, Work, forecast};
use crate::{
    jobs::{self, JobDetails, JobError, JobOverview},
    live::{self, Live, Wanted},
};

/// So far back the pace is the present one.
const LATELY: Duration = Duration::from_secs(300);
/// More records than minutes.
const MOST_RECORDS: u32 = 10;

/// When an open job is done, whose open tasks are where `open` says; without it, as far as jobs and rows count them.
/// Costs some calls, and one for each other open job, up to [`live::MOST_JOBS`].
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn of_job(
    manager: &TaskManager,
    job: &JobOverview,
    open: Option<&Breakdown>,
) -> Result<Forecast, StoreError> {
    let (id, labourer) = (&job.job_id, &job.labourer_id);
    let parked = open.is_none().then(|| labourer.clone()).into_iter().collect();
    let wanted = Wanted { jobs: BTreeSet::from([id.clone()]), parked };
    let is_parked = open.is_some_and(|open| !open.parked.is_surely_zero());
    let (live, lately, (next, last)) =
        futures::try_join!(live::read(manager, &wanted), lately(manager, labourer), async {
            if is_parked { retries(manager, labourer).await } else { Ok((None, None)) }
        },)?;
    let now = manager.now();
    let mut work = Work::of_live(job, &live, now);
    if let Some(open) = open {
        let found = Work { last_retry: last, ..Work::of_job(job, &live.jobs, now) };
        work = found.with(open.running.number(), open.parked.number(), next);
    }
    let mut pace = Pace { block_size: job.block_size, ..Pace::of_records(&lately) };
    if pace.rate == 0.0 {
        // Until the first minute is recorded.
        pace.rate = job.progress.closed() as f64 / job.duration.as_secs_f64().max(1.0);
    }
    Ok(forecast(&work, &capacity(&live, labourer, &lately), &pace, now))
}

/// A job, with when it is done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownJob {
    #[serde(flatten)]
    pub details: JobDetails,
    /// While it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
}

/// As [`jobs::show`], with its forecast.
///
/// # Errors
/// When there is no such job, or DynamoDB does not answer.
pub async fn show_job(manager: &TaskManager, id: &JobId) -> Result<ShownJob, JobError> {
    let details = jobs::show(manager, id).await?;
    let forecast = match details.job.state.is_open() {
        true => Some(of_job(manager, &details.job, Some(&details.open)).await?),
        false => None,
    };
    Ok(ShownJob { details, forecast })
}

/// When a labourer is done with its open jobs, or with what its queue shows at least, if that is more.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn of_labourer(
    manager: &TaskManager,
    labourer: &LabourerId,
) -> Result<Forecast, StoreError> {
    let wanted = Wanted { jobs: BTreeSet::new(), parked: BTreeSet::from([labourer.clone()]) };
    let (live, lately, queued, (next, last)) = futures::try_join!(
        live::read(manager, &wanted),
        lately(manager, labourer),
        manager.queue().length_at_least(labourer),
        retries(manager, labourer),
    )?;
    let now = manager.now();
    let capacity = capacity(&live, labourer, &lately);
    let jobs: Vec<_> = live.jobs.iter().filter(|job| job.labourer_id == *labourer).collect();
    let block_size = jobs.iter().map(|job| job.block_size).max().unwrap_or(1);
    let parked = live.labourers.iter().find(|row| row.labourer_id == *labourer);
    let parked = parked.and_then(|row| row.parked).unwrap_or_default().count;
    let of_jobs = jobs.iter().map(|job| Work::of_job(job, [], now).queued);
    let all = of_jobs.fold(0, u64::saturating_add);
    let running = u64::from(capacity.running).saturating_mul(block_size);
    let parked = parked.saturating_mul(block_size);
    let found = queued.saturating_add(running).saturating_add(parked);
    let starts = jobs.iter().map(|job| job.options.start.filter(|start| *start > now));
    let work = Work {
        queued: all.max(found),
        last_retry: last,
        // Nothing starts before the first of them, if all that there is waits for its time.
        starts_at: if found == 0 { starts.min().flatten() } else { None },
        ..Work::default()
    };
    let pace = Pace { block_size, ..Pace::of_records(&lately) };
    Ok(forecast(&work.with(running, parked, next), &capacity, &pace, now))
}

/// The last minutes of a labourer, newest first. A stack without a history, or a reader without rights to it, has a
/// forecast, too.
async fn lately(manager: &TaskManager, labourer: &LabourerId) -> Result<Vec<Record>, StoreError> {
    let now = manager.now();
    let history = manager.store().history();
    let records =
        history.within(&Series::Labourer(labourer.clone()), now - LATELY, now, MOST_RECORDS).await;
    match records {
        Err(StoreError::Missing { .. } | StoreError::Failed { .. }) => Ok(Vec::new()),
        records => records,
    }
}

fn capacity(live: &Live, labourer: &LabourerId, lately: &[Record]) -> Capacity {
    let row = live.labourers.iter().find(|row| row.labourer_id == *labourer);
    let returned = |record: &Record| record.totals.counts.returned;
    let refused = lately.first().map(returned) > lately.last().map(returned);
    Capacity { refused, ..row.map(|row| row.capacity.clone()).unwrap_or_default() }
}

/// When the first and the last of the parked tasks are due.
async fn retries(
    manager: &TaskManager,
    labourer: &LabourerId,
) -> Result<(Option<Timestamp>, Option<Timestamp>), StoreError> {
    let retry = manager.store().retry();
    let (first, last) = futures::try_join!(
        retry.due_by(labourer, State::until_resumed(), 1),
        retry.latest(labourer, 1)
    )?;
    let due = |task: &Task| task.due_at;
    Ok((first.first().map(|first| first.at), last.first().and_then(due)))
}
