//! What operators may do with a single task or block: queue it again once it has failed, or close it while it
//! waits. The conditions are those of a job's `retry_failed` and `cancel`.

use super::Queue;
use crate::{
    attempt::closing, manager::jobs::JobError, queue::reopen, storage::StoreError, task::Task,
};

/// What came of a wish to close a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It is closed as ignored.
    Done,
    /// It is running, or closed: nothing was written.
    NotWaiting,
    /// It is not as it was read any more: nothing was written.
    Changed,
}

impl Queue<'_> {
    /// Queues an exhausted task again, with its full number of attempts. False if it is not as it was read any more:
    /// nothing was written then.
    ///
    /// # Errors
    /// When its job was cancelled, or is gone or about to be, or DynamoDB does not answer.
    pub async fn retry(self, task: Task) -> Result<bool, JobError> {
        if let Some(job) = task.job_id.clone() {
            return Ok(self.manager.jobs().retry(&job, vec![task]).await? > 0);
        }
        let labourer = &task.labourer_id;
        self.wait_for_pace(labourer, 1, || true).await;
        let (newest, at) = (self.newest(labourer).await?, self.manager.now());
        let at = (at, self.manager.config.scale);
        let writes = reopen(std::slice::from_ref(&task), None, newest, at, &self.manager.author);
        Ok(self.paced_store(labourer).apply(&writes).await?.is_applied())
    }

    /// Closes a task that is queued or parked as ignored; a block with all its tasks.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn cancel(self, task: Task) -> Result<Cancelled, StoreError> {
        if task.closed.is_some() {
            return Ok(Cancelled::NotWaiting);
        }
        let labourer = self.manager.labourers().get_or_left(&task.labourer_id);
        let row = self.manager.store.labourers().row(&labourer.id).await?;
        let Some(ending) = closing::on_ignored(task, self.manager.context(&labourer, row.as_ref()))
        else {
            return Ok(Cancelled::NotWaiting);
        };
        match self.manager.attempts().end_and_free(&ending, &labourer).await? {
            true => Ok(Cancelled::Done),
            false => Ok(Cancelled::Changed),
        }
    }
}
