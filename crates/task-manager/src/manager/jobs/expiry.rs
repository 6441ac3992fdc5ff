//! How long an ended job is kept: as long as closed tasks are (`keep_closed`), and for ever if it has an
//! idempotency key, or the key could begin a second job.
//!
//! A job has many rows, and DynamoDB deletes each by its own `expires_at`. Ranges and counters get theirs
//! before the transaction that ends the job, and lose it after the one that opens it again. In
//! between an open job has some that expire: in a day at the earliest, and the next tick takes that back.

use std::time::Duration;

use super::{JobError, Jobs};
use crate::{
    ids::JobId,
    jobs::job::{Job, JobSnapshot},
    storage::StoreError,
    time::Timestamp,
    transition::of_job,
};

/// A job that expires sooner is not opened again: some of its rows might be deleted before it is.
const TOO_SOON: Duration = Duration::from_secs(3600);
/// Items of a transaction, at most.
const MOST: usize = 100;

impl Jobs<'_> {
    /// Keeps ranges and counters of a job that is open.
    pub async fn keep_open(self, snapshot: &JobSnapshot) -> Result<(), StoreError> {
        match snapshot.counts_expire {
            true => self.let_counts_expire(&snapshot.job.id, None).await,
            false => Ok(()),
        }
    }

    /// When a job that ends now may be deleted.
    pub(super) fn expiry(self, job: &Job) -> Option<Timestamp> {
        let kept = self.manager.config.keep_closed?;
        job.options.idempotency_key.is_none().then(|| (self.manager.now() + kept).ceil())
    }

    pub(super) async fn let_counts_expire(
        self,
        id: &JobId,
        at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let parts = self.manager.store.jobs().parts_expiring_not_at(id, at).await?;
        for some in parts.chunks(MOST) {
            let writes = of_job::let_expire(id, some.to_vec(), at);
            // Refused is only what has been deleted, and then nothing is left to keep.
            self.manager.store.apply(&writes).await?;
        }
        Ok(())
    }

    pub(super) fn refuse_expiring(self, job: &Job) -> Result<(), JobError> {
        match job.expires_at {
            Some(at) if at.since(self.manager.now()) < TOO_SOON => {
                Err(JobError::Expires { id: job.id.clone(), at })
            }
            _ => Ok(()),
        }
    }
}
