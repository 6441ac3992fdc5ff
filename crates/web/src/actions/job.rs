//! Cancels a job, and retries its failed tasks.
//!
//! Either may take long, if there are a million tasks. Whoever waits is answered after a while: what is left is left to
//! the ticks, or to another click. Both may stop between any two of their writes.

use std::time::Duration;

use axum::{extract::Path, response::Response};
use operator::{
    JobId, describe,
    jobs::{JobError, cancel as cancel_job, read, retry_failed},
    words,
};
use serde::Deserialize;
use tokio::time::timeout;

use crate::{
    guard::form::Form,
    look::{link, text},
    said::Said,
    trouble::Trouble,
    visit::Visit,
};

/// How long whoever clicked waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// Which failed tasks.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    pub kind: String,
    /// Where a call before this one ended.
    pub after: String,
}

pub async fn cancel(visit: Visit, Path(job): Path<String>) -> Result<Response, Trouble> {
    let id = JobId::new(job)?;
    let said = match timeout(PATIENCE, cancel_job(&visit.manager, &id)).await {
        Ok(Ok(done)) => Said::Done(match done.open {
            0 => format!("{} cancelled.", text::things(done.ignored, "task")),
            open => format!(
                "{} cancelled, {} still running.",
                text::things(done.ignored, "task"),
                text::things(open, "task")
            ),
        }),
        Ok(Err(error)) => refused(error)?,
        Err(_) if read(&visit.manager, &id).await?.state.is_cancelled() => Said::Done(
            "The job is being cancelled. It has many tasks: the next ticks go on with them.".into(),
        ),
        Err(_) => Said::Refused("DynamoDB is slow, and nothing was done: try again.".into()),
    };
    Ok(visit.lead_to(&link::job_path(&id), said))
}

pub async fn retry(
    visit: Visit,
    Path(job): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Trouble> {
    let id = JobId::new(job)?;
    let kind = Some(chosen.kind.as_str()).filter(|kind| !kind.is_empty());
    let said = match timeout(PATIENCE, retry_failed(&visit.manager, &id, kind)).await {
        Ok(Ok(done)) if done.tasks == 0 => Said::Refused(nothing_to_retry(kind)),
        Ok(Ok(done)) => Said::Done(format!("{} queued again.", text::things(done.tasks, "task"))),
        Ok(Err(error)) => refused(error)?,
        Err(_) => {
            let left = read(&visit.manager, &id).await?.progress.exhausted;
            let left = text::things(left, "failed task");
            Said::Refused(visit.as_typed(&format!(
                "There are many, and {left} left. Retry them again, or run `sosw jobs retry-failed {}`, which \
                 waits until all are queued.",
                words::argument(&id)
            )))
        }
    };
    Ok(visit.lead_to(&link::job_path(&id), said))
}

/// A second click, for example.
pub fn nothing_to_retry(kind: Option<&str>) -> String {
    match kind {
        Some(kind) => {
            format!(
                "Nothing was done: no failed task has {} as its last error.",
                words::short(kind, 100)
            )
        }
        None => "Nothing was done: no task is failed.".to_owned(),
    }
}

/// What is said of an action that a job does not allow. Whoever wanted it sees the job as it is.
fn refused(error: JobError) -> Result<Said, Trouble> {
    match error {
        JobError::Unknown(_) | JobError::Store(_) => Err(error.into()),
        other => Ok(Said::Refused(format!("Nothing was done: {}.", describe(&other)))),
    }
}
