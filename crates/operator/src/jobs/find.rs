//! Finds the job that a name leads to: its id, or the beginning of the id of one listed job.

use std::fmt;

use task_manager::{TaskManager, ids::JobId, manager::jobs::JobError, storage::StoreError};
use thiserror::Error;

/// The most ended jobs that are compared, those that ended last: as many as one `sosw jobs list` lists.
const LISTED: u32 = 1000;
/// The most candidates to name.
const NAMED: usize = 10;

/// Why a name leads to no job.
#[derive(Debug, Error)]
pub enum JobLookupError {
    #[error("{}", JobError::Unknown(.0.clone()))]
    Unknown(JobId),
    #[error(transparent)]
    Ambiguous(#[from] AmbiguousJob),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The ids of several jobs begin with a name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct AmbiguousJob {
    pub prefix: JobId,
    pub candidates: Vec<JobId>,
}

impl fmt::Display for AmbiguousJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prefix, candidates } = self;
        write!(f, "the ids of {} jobs begin with {prefix}:", candidates.len())?;
        for id in candidates.iter().take(NAMED) {
            write!(f, "\n  {id}")?;
        }
        match candidates.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

/// The id of the job that is called so. A whole id is found however old its job is, the beginning of one
/// among the open jobs and those that ended last.
///
/// # Errors
/// When there is none, there are several, or DynamoDB does not answer.
pub async fn find(manager: &TaskManager, name: &JobId) -> Result<JobId, JobLookupError> {
    let jobs = manager.store().jobs();
    match jobs.head(name).await? {
        Some(_) => Ok(name.clone()),
        None => only(name, listed(manager).await?),
    }
}

async fn listed(manager: &TaskManager) -> Result<Vec<JobId>, StoreError> {
    let jobs = manager.store().jobs();
    let mut ids = jobs.open().await?;
    ids.extend(jobs.ended(LISTED).await?);
    // A job that ends meanwhile is in both lists.
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// The only one of these that begins with the name.
fn only(name: &JobId, mut ids: Vec<JobId>) -> Result<JobId, JobLookupError> {
    ids.retain(|id| id.as_str().starts_with(name.as_str()));
    match ids.as_slice() {
        [] => Err(JobLookupError::Unknown(name.clone())),
        [id] => Ok(id.clone()),
        _ => Err(AmbiguousJob { prefix: name.clone(), candidates: ids }.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<JobId> {
        names.iter().map(|name| JobId::new(*name).unwrap()).collect()
    }

    fn found(name: &str, of: &[&str]) -> Result<String, String> {
        let found = only(&JobId::new(name).unwrap(), ids(of));
        found.map(String::from).map_err(|error| error.to_string())
    }

    #[test]
    fn a_beginning_that_only_one_job_has_is_enough() {
        assert_eq!(found("a1", &["a1b", "a2b"]), Ok("a1b".into()));
    }

    #[test]
    fn a_beginning_that_several_jobs_have_names_them() {
        let several = "the ids of 2 jobs begin with a:\n  a1b\n  a2b";
        assert_eq!(found("a", &["a1b", "a2b", "b"]), Err(several.into()));
        let many: Vec<_> = (10..22).map(|n| format!("a{n}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert!(found("a", &many).unwrap_err().ends_with("\n  a19\n  and 2 more"));
    }

    #[test]
    fn a_beginning_that_no_job_has_is_unknown() {
        let unknown = found("c", &["a1b"]).unwrap_err();
        assert_eq!(unknown, "there is no job c: `sosw jobs list` lists the jobs");
    }
}
