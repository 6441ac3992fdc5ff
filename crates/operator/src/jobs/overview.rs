//! Progress of jobs.

use std::time::Duration;

use serde::{Serialize, Serializer};
use task_manager::{
    TaskManager,
    ids::{JobId, LabourerId, TaskId},
    jobs::{
        job::{Breakdown, Count, JobSnapshot, JobState, Progress},
        options::Options,
    },
    manager::jobs::JobError,
    storage::StoreError,
    time::Timestamp,
};

use super::errors::{self, JobErrors};
use crate::tasks::TaskName;

/// The most ended jobs that are counted.
const MOST_ENDED: u32 = 10_000;
/// The most tasks of a job whose ids are computed to find the number of one, which takes some milliseconds.
const COMPARED: u64 = 10_000;

/// Everything about a job but its tasks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobOverview {
    pub job_id: JobId,
    pub labourer_id: LabourerId,
    /// `waiting` for its time, `filling` the queue, `queued` in full, or how it ended. In JSON this is
    /// `state`.
    #[serde(rename = "state")]
    pub stage: &'static str,
    pub created_at: Timestamp,
    /// When its last task was closed.
    pub ended_at: Option<Timestamp>,
    /// From its first tasks to its end, or until now. In JSON, seconds.
    #[serde(serialize_with = "seconds")]
    pub duration: Duration,
    /// How many of its tasks were created, and how they ended. Each task of a block counts.
    pub progress: Progress,
    /// How many of its tasks are created, started and closed together, as one item; 1 if each is by itself.
    pub block_size: u64,
    /// Fields about the job itself rather than for its tasks.
    pub options: Options,
    /// Is it done, and how? A job whose last task was closed is open until a tick has ended it.
    #[serde(skip)]
    pub state: JobState,
    /// The estimated time to its end, at the average speed so far.
    #[serde(skip)]
    pub eta: Option<Duration>,
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

impl JobOverview {
    /// Has it ended, and not succeeded?
    pub fn is_lost(&self) -> bool {
        matches!(self.state, JobState::Failed | JobState::Cancelled)
    }

    /// What a task of this job is called: `JOB#7`, if its number is found without a read; else, and if it is a block, its
    /// id.
    pub fn name_of(&self, id: &TaskId) -> TaskName {
        let compared = match self.block_size {
            1 => 0..self.progress.total.min(COMPARED),
            _ => 0..0,
        };
        let number = compared.into_iter().find(|n| TaskId::of_job(&self.job_id, *n) == *id);
        match number {
            Some(number) => TaskName::OfJob(self.job_id.clone(), number),
            None => TaskName::Id(id.clone()),
        }
    }

    pub(crate) fn new(snapshot: &JobSnapshot, now: Timestamp) -> Self {
        let (job, progress) = (&snapshot.job, snapshot.progress);
        Self {
            job_id: job.id.clone(),
            labourer_id: job.labourer_id.clone(),
            stage: snapshot.stage(now),
            created_at: job.created_at,
            ended_at: job.ended_at.or(progress.ended()),
            duration: progress.duration(now),
            progress,
            block_size: job.block_size,
            options: job.options.clone(),
            state: job.state,
            eta: progress.eta(now),
        }
    }
}

/// A job, its open tasks by state, its errors, and its content.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobDetails {
    #[serde(flatten)]
    pub job: JobOverview,
    /// Where those of its tasks are that are made and not closed.
    pub open: Breakdown,
    /// Why tasks of it failed, or wait to retry.
    pub errors: JobErrors,
    /// JSON text of the job, without its options.
    #[serde(skip)]
    pub content: String,
}

/// The open jobs, and of those that ended the latest, at most `limit`; the newest first.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn list(manager: &TaskManager, limit: u32) -> Result<Vec<JobOverview>, StoreError> {
    let (accounts, now) = (manager.jobs().list(limit).await?, manager.now());
    Ok(accounts.iter().map(|snapshot| JobOverview::new(snapshot, now)).collect())
}

/// How many jobs have ended, as far as one reads that many names.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn count_ended(manager: &TaskManager) -> Result<Count, StoreError> {
    let ended = manager.store().jobs().ended(MOST_ENDED).await?.len() as u32;
    Ok(Count::found(ended.into(), ended < MOST_ENDED))
}

/// The open jobs, in no order. One that cannot be read is logged and left out.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn open(manager: &TaskManager) -> Result<Vec<JobOverview>, StoreError> {
    let (jobs, now) = (manager.jobs().all_due().await?, manager.now());
    Ok(jobs.iter().map(|(snapshot, _)| JobOverview::new(snapshot, now)).collect())
}

/// The progress of a job.
///
/// # Errors
/// When there is no such job, or DynamoDB does not answer.
pub async fn read(manager: &TaskManager, id: &JobId) -> Result<JobOverview, JobError> {
    let snapshot = manager.jobs().get(id).await?;
    Ok(JobOverview::new(&snapshot, manager.now()))
}

/// The progress of a job, its open tasks by state, and the errors of its tasks. They are searched among the tasks of
/// its labourer, so this costs more than [`read`] when there are many.
///
/// # Errors
/// When there is no such job, or DynamoDB does not answer.
pub async fn show(manager: &TaskManager, id: &JobId) -> Result<JobDetails, JobError> {
    let snapshot = manager.jobs().get(id).await?;
    let open = manager.jobs().breakdown(&snapshot).await?;
    let errors = errors::read(manager, &snapshot, !open.parked.is_surely_zero()).await?;
    let job = JobOverview::new(&snapshot, manager.now());
    Ok(JobDetails { job, open, errors, content: snapshot.job.text })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(block_size: u64) -> JobOverview {
        JobOverview {
            job_id: JobId::new("j1").unwrap(),
            labourer_id: LabourerId::new("worker").unwrap(),
            stage: "filling",
            created_at: Timestamp::from_seconds(5.0),
            ended_at: None,
            duration: Duration::from_millis(1500),
            progress: Progress::default(),
            block_size,
            options: Options::default(),
            state: JobState::Open,
            eta: None,
        }
    }

    #[test]
    fn a_task_is_named_by_its_number_and_a_block_by_its_id() {
        let single =
            JobOverview { progress: Progress { total: 9, ..Progress::default() }, ..job(1) };
        let name = |id: TaskId| single.name_of(&id).to_string();
        assert_eq!(name(TaskId::of_job(&single.job_id, 8)), "j1#8");
        let others = TaskId::of_job(&single.job_id, 9);
        assert_eq!(name(others.clone()), others.as_str());
        let block = TaskId::of_block(&single.job_id, 0);
        assert_eq!(job(100).name_of(&block), TaskName::Id(block));
    }

    #[test]
    fn scripts_find_every_field_of_a_job_under_its_name_and_no_other() {
        let expected = json!({
            "job_id": "j1",
            "labourer_id": "worker",
            "state": "filling",
            "created_at": 5.0,
            "ended_at": null,
            "duration": 1.5,
            "progress": Progress::default(),
            "block_size": 100,
            "options": Options::default(),
            "open": { "queued": 3, "running": { "at_least": 2000 }, "parked": 0 },
            "errors": { "kinds": [], "is_sample": false },
        });
        let job = job(100);
        let (queued, parked) = (Count::Exactly(3), Count::Exactly(0));
        let open = Breakdown { queued, running: Count::AtLeast(2000), parked };
        let details =
            JobDetails { job, open, errors: JobErrors::default(), content: "{}".to_owned() };
        assert_eq!(serde_json::to_string(&details).unwrap(), expected.to_string());
    }
}
