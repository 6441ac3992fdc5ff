//! A job is submitted: accepted, then filled. Whoever waits for the second must know of the first, so
//! these are two steps: a job that is accepted is there, whatever becomes of its tasks.

use serde::Serialize;
use task_manager::{
    TaskManager, describe,
    ids::JobId,
    jobs::{message::Submission, record::JobSnapshot},
    manager::jobs::{JobError, fill::Filled},
};

use super::JobOverview;

/// A job that is accepted. Its tasks are made by [`fill`]; if nobody calls that, by the next tick.
#[derive(Clone, Debug)]
pub struct AcceptedJob {
    snapshot: JobSnapshot,
    is_known: bool,
}

impl AcceptedJob {
    /// Its id.
    pub fn id(&self) -> &JobId {
        &self.snapshot.job.id
    }
}

/// A job that was submitted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubmittedJob {
    /// How far it is.
    #[serde(flatten)]
    pub job: JobOverview,
    /// Was the same job accepted before?
    pub is_known: bool,
    /// What kept some of its tasks from being made. The next tick goes on with them.
    pub trouble: Option<String>,
}

/// Accepts a job, or finds it accepted: the same job with the same idempotency key is one job.
///
/// # Errors
/// When the key belongs to another job, or DynamoDB fails.
pub async fn accept(
    manager: &TaskManager,
    submission: &Submission,
) -> Result<AcceptedJob, JobError> {
    let began = manager.now();
    let snapshot = manager.submit(submission, None).await?;
    let is_known = snapshot.job.created_at < began;
    Ok(AcceptedJob { snapshot, is_known })
}

/// Makes the tasks of an accepted job. What keeps it from that is part of the answer.
pub async fn fill(manager: &TaskManager, accepted: AcceptedJob) -> SubmittedJob {
    let AcceptedJob { snapshot, is_known } = accepted;
    let filled = manager.fill_accepted(snapshot, || true, async || {}).await;
    let Filled { snapshot, trouble } = filled;
    let trouble = trouble.map(|trouble| describe(&trouble));
    SubmittedJob { job: JobOverview::new(&snapshot, manager.now()), is_known, trouble }
}
