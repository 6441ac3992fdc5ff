//! Jobs page by page: the open ones, then those that ended, of a labourer or in a state.

use std::{cmp::Reverse, collections::HashMap};

use futures::{StreamExt, TryStreamExt, stream};
use task_manager::{
    TaskManager,
    ids::{JobId, LabourerId},
    jobs::job::{Job, JobState},
    storage::StoreError,
};

use super::JobOverview;

/// The most open jobs that are read without what is counted of them.
const MOST_OPEN: usize = 500;
/// The most ended ones, and how many of them at once.
const MOST_ENDED: usize = 500;
const BATCH: u32 = 100;
/// Jobs whose progress is read concurrently.
const AT_ONCE: usize = 8;

/// Which jobs are wanted; nothing that is not set is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    pub labourer: Option<LabourerId>,
    pub state: Option<JobState>,
}

impl JobFilter {
    fn matches(&self, job: &Job) -> bool {
        self.labourer.as_ref().is_none_or(|labourer| job.labourer_id == *labourer)
            && self.state.is_none_or(|state| job.state == state)
    }

    fn wants_open(&self) -> bool {
        self.state.is_none_or(JobState::is_open)
    }

    fn wants_ended(&self) -> bool {
        self.state.is_none_or(|state| !state.is_open())
    }
}

/// Jobs, the newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobPage {
    /// Only on a first page, at most as many as the page may have of each.
    pub open: Vec<JobOverview>,
    /// Were there more open ones?
    pub has_more_open: bool,
    pub ended: Vec<JobOverview>,
    /// Where the next page of ended ones begins, if there may be more: behind this place of their list.
    pub next: Option<String>,
}

/// Open jobs and ended ones, at most so many of each; from `after` on, only ended ones.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn browse(
    manager: &TaskManager,
    filter: &JobFilter,
    after: Option<&str>,
    limit: usize,
) -> Result<JobPage, StoreError> {
    let mut page = JobPage::default();
    if filter.wants_open() && after.is_none() {
        let jobs = open(manager, filter).await?;
        page.has_more_open = jobs.len() > limit;
        page.open = overviews(manager, jobs.into_iter().take(limit).collect()).await?;
    }
    if filter.wants_ended() {
        let (ids, next) = ended(manager, filter, after, limit).await?;
        page.ended = overviews(manager, ids).await?;
        page.next = next;
    }
    Ok(page)
}

async fn open(manager: &TaskManager, filter: &JobFilter) -> Result<Vec<JobId>, StoreError> {
    let mut ids = manager.store().jobs().open().await?;
    ids.truncate(MOST_OPEN);
    let mut jobs = manager.store().jobs().heads(&ids).await?;
    jobs.retain(|job| filter.matches(job));
    jobs.sort_by_key(|job| Reverse(job.created_at));
    Ok(jobs.into_iter().map(|job| job.id).collect())
}

/// The ids of ended jobs, and where the next page begins.
async fn ended(
    manager: &TaskManager,
    filter: &JobFilter,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<JobId>, Option<String>), StoreError> {
    let jobs = manager.store().jobs();
    let is_all_wanted = *filter == JobFilter::default();
    let batch = if is_all_wanted { limit as u32 } else { BATCH };
    let (mut found, mut place, mut read) = (Vec::new(), after.map(str::to_owned), 0);
    while read < MOST_ENDED {
        let (listed, is_all) = jobs.ended_before(place.as_deref(), batch).await?;
        read += listed.len();
        let ids: Vec<_> = listed.iter().map(|(id, _)| id.clone()).collect();
        let heads = match is_all_wanted {
            true => HashMap::new(),
            false => jobs.heads(&ids).await?.into_iter().map(|job| (job.id.clone(), job)).collect(),
        };
        let is_wanted =
            |id: &JobId| is_all_wanted || heads.get(id).is_some_and(|job| filter.matches(job));
        let last = listed.len();
        for (number, (id, at)) in (1..).zip(listed) {
            place = Some(at);
            found.extend(Some(id).filter(is_wanted));
            if found.len() >= limit {
                return Ok((found, place.filter(|_| number < last || !is_all)));
            }
        }
        if is_all {
            return Ok((found, None));
        }
    }
    Ok((found, place))
}

/// These jobs with their progress, in this order. One that is deleted meanwhile is left out.
async fn overviews(manager: &TaskManager, ids: Vec<JobId>) -> Result<Vec<JobOverview>, StoreError> {
    let read = |id| async move { manager.store().jobs().get(&id).await };
    let snapshots: Vec<_> = stream::iter(ids).map(read).buffered(AT_ONCE).try_collect().await?;
    let now = manager.now();
    Ok(snapshots.iter().flatten().map(|snapshot| JobOverview::new(snapshot, now)).collect())
}
