//! Cancels a job: no more of its tasks are created, those that wait are closed as ignored.

use futures::{StreamExt, TryStreamExt, stream};

use super::{JobError, Jobs, items::Which};
use crate::{
    attempt::closing,
    greenfield::KeyRange,
    ids::JobId,
    jobs::job::{Job, JobSnapshot, JobState},
    queue::CREATE_MOST,
    storage::StoreError,
    task::Task,
    transition::of_job,
};

/// Tasks that are closed concurrently.
const AT_ONCE: usize = 16;

impl Jobs<'_> {
    /// Cancels a job: no more of its tasks are created, and those that wait are closed as ignored.
    /// Running attempts end by themselves; a tick ends the job after that. Returns how many tasks
    /// were closed. If it is interrupted, the same call or a tick continues.
    pub async fn cancel(self, id: &JobId) -> Result<u64, JobError> {
        let snapshot = self.cut(id).await?;
        Ok(self.ignore_made(&snapshot, 0, || true).await?)
    }

    /// Sets the end of the job's ranges to where their cursors are, unless that is done.
    async fn cut(self, id: &JobId) -> Result<JobSnapshot, JobError> {
        let snapshot = self.get(id).await?;
        if snapshot.job.state == JobState::Open {
            self.manager.store.apply(&of_job::cut(&snapshot)).await?;
        }
        let snapshot = self.get(id).await?;
        self.check_cancel(&snapshot.job)?;
        Ok(snapshot)
    }

    /// May this job be cancelled, or may its cancellation go on?
    ///
    /// # Errors
    /// When it has ended.
    pub fn check_cancel(self, job: &Job) -> Result<(), JobError> {
        match job.state {
            JobState::Open | JobState::Cancelling => Ok(()),
            state => {
                let (id, remedy) = (job.id.clone(), "only an open job can be cancelled");
                Err(JobError::WrongState { id, state, remedy })
            }
        }
    }

    /// Closes what the cancellation itself did not, while `may_go_on`:
    ///
    /// - parked tasks: their attempt was running then, and has failed since
    /// - queued ones, if there can be some: the cancellation was interrupted before them, or they
    ///   returned from the retry table meanwhile
    pub async fn cancel_rest(
        self,
        snapshot: &JobSnapshot,
        may_go_on: impl Fn() -> bool,
    ) -> Result<u64, StoreError> {
        let queued = self.breakdown(snapshot).await?.queued;
        let parked = self.parked_of_job(&snapshot.job).await?;
        let ignored = self.ignore(snapshot, parked.tasks).await?;
        if queued.is_surely_zero() {
            return Ok(ignored);
        }
        let first = self.first_waiting(snapshot).await?;
        Ok(ignored + self.ignore_made(snapshot, first, may_go_on).await?)
    }

    /// The number of the first task that still waits, if all stand where the job was placed: a tick
    /// that continues there need not read all tasks that were closed before.
    async fn first_waiting(self, snapshot: &JobSnapshot) -> Result<u64, StoreError> {
        let Some(places) = snapshot.job.places else { return Ok(0) };
        let (labourer, queued) = (&snapshot.job.labourer_id, places.of(0));
        let queued = KeyRange::queued_from(queued, self.manager.now());
        let first = self.manager.store.tasks().candidates(labourer, queued, 1, false).await?;
        Ok(first.first().map_or(0, |candidate| places.number(candidate.greenfield)))
    }

    /// Closes the created tasks of a job that wait, while `may_go_on`: from number `first` on, then
    /// those before it.
    async fn ignore_made(
        self,
        snapshot: &JobSnapshot,
        first: u64,
        may_go_on: impl Fn() -> bool,
    ) -> Result<u64, StoreError> {
        let (from_first, before) = (snapshot.made_in(first..u64::MAX), snapshot.made_in(0..first));
        let mut ids = from_first.chain(before).peekable();
        let mut ignored = 0;
        while ids.peek().is_some() && may_go_on() {
            let ids: Vec<_> = ids.by_ref().take(CREATE_MOST).collect();
            let waiting = self.items(&snapshot.job, ids, Which::Open).await?;
            ignored += self.ignore(snapshot, waiting).await?;
        }
        Ok(ignored)
    }

    /// Closes those of these tasks that are queued or parked.
    async fn ignore(self, snapshot: &JobSnapshot, tasks: Vec<Task>) -> Result<u64, StoreError> {
        let labourer = self.manager.labourers().get_or_left(&snapshot.job.labourer_id);
        let row = self.manager.store.labourers().row(&labourer.id).await?;
        let ends = tasks.into_iter().filter_map(|task| {
            let size = task.size();
            let ending = closing::on_ignored(task, self.manager.context(&labourer, row.as_ref()))?;
            let (attempts, labourer) = (self.manager.attempts(), &labourer);
            Some(Box::pin(async move {
                let is_ended = attempts.end_and_free(&ending, labourer).await?;
                Ok::<_, StoreError>(if is_ended { size } else { 0 })
            }))
        });
        let ends: Vec<_> = ends.collect();
        let mut ends = stream::iter(ends).buffer_unordered(AT_ONCE);
        let mut ignored = 0;
        while let Some(were_waiting) = ends.try_next().await? {
            ignored += were_waiting;
        }
        Ok(ignored)
    }
}
