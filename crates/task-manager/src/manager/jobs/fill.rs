//! Creates the tasks of a job: batch after batch, each in one transaction with the cursor of its
//! range, so that it can be interrupted anywhere and continues exactly there.

use std::time::Duration;

use futures::future::join_all;
use tracing::{error, info, warn};

use super::{JobError, Jobs};
use crate::{
    describe,
    greenfield::Places,
    ids::JobId,
    jobs::{
        job::{Job, JobSnapshot, JobState, Range},
        plan::Plan,
    },
    queue::{CREATE_MOST, MOST_BYTES, without},
    storage::{Budget, RetryPolicy, StoreError, TransactionOutcome},
    task::{Task, block::Block, digest::Digest},
    transition::{JobWrite, Write, of_job},
};

/// What the ranges of a job have in common.
#[derive(Clone, Copy)]
struct Filling<'a> {
    job: &'a Job,
    plan: &'a Plan,
    places: Places,
}

/// How a range backs off after throttling or conflicts: far longer than a transaction does by itself,
/// because what lasted longer than those waits takes seconds or minutes. After some minutes without
/// success it gives up. (A tick of the scavenger that saw no cursor move for 20 s may have started
/// another scheduler long before: both go on from the same cursors.)
const BETWEEN_BATCHES: RetryPolicy = RetryPolicy {
    first_wait: Duration::from_millis(500),
    longest_wait: Duration::from_secs(8),
    budget: Budget::Time(Duration::from_secs(240)),
};

/// How many tasks of an accepted job were created.
#[derive(Debug)]
pub struct Filled {
    pub snapshot: JobSnapshot,
    /// Why some of its tasks were not created. The next tick continues with them.
    pub trouble: Option<JobError>,
}

impl<'a> Jobs<'a> {
    /// A job, with its ranges and counters.
    pub async fn get(self, id: &JobId) -> Result<JobSnapshot, JobError> {
        self.manager.store.jobs().get(id).await?.ok_or_else(|| JobError::Unknown(id.clone()))
    }

    /// Creates the tasks of a job that are not created yet, its ranges concurrently, until all are
    /// created or `may_go_on` returns false (asked before every batch, and every second of a wait for
    /// the [pace](crate::queue::pace)). `on_batch` is called after each.
    ///
    /// # Errors
    /// That of the first range that failed, once the others are done; throttling and conflicts only
    /// if they lasted until `may_go_on` returned false, or for four minutes.
    pub async fn fill(
        self,
        snapshot: JobSnapshot,
        may_go_on: impl Fn() -> bool + Copy,
        on_batch: impl AsyncFn() + Copy,
    ) -> Result<JobSnapshot, JobError> {
        let JobSnapshot { job, ranges, .. } = &snapshot;
        let unfilled: Vec<_> = ranges.iter().filter(|range| !range.is_filled()).collect();
        if job.state != JobState::Open || job.waits(self.manager.now()) || unfilled.is_empty() {
            return Ok(snapshot);
        }
        let (plan, places) = (job.plan()?, self.fixed_places(job).await?);
        if job.digest.as_ref().is_some_and(|digest| *digest != plan.digest()) {
            return Err(JobError::OtherTasks(job.id.clone()));
        }
        let filling = Filling { job, plan: &plan, places };
        let fills = unfilled
            .into_iter()
            .map(|range| Box::pin(self.fill_range(filling, *range, may_go_on, on_batch)));
        join_all(fills).await.into_iter().collect::<Result<(), _>>()?;
        let snapshot = self.get(&snapshot.job.id).await?;
        info!(job_id = %snapshot.job.id, made = snapshot.progress.made, total = snapshot.job.total, "filled");
        Ok(snapshot)
    }

    /// The same for whoever answers a message. A failure is returned beside the job, because it
    /// must not look as if the job had not been accepted: whoever sent it again would double it.
    pub async fn fill_accepted(
        self,
        snapshot: JobSnapshot,
        may_go_on: impl Fn() -> bool + Copy,
        on_batch: impl AsyncFn() + Copy,
    ) -> Filled {
        match self.fill(snapshot.clone(), may_go_on, on_batch).await {
            Ok(snapshot) => Filled { snapshot, trouble: None },
            Err(trouble) => {
                error!(
                    trouble = describe(&trouble),
                    job_id = %snapshot.job.id,
                    "not all tasks of the job were created: the next tick continues"
                );
                // Other ranges may have been filled further.
                let snapshot = self.get(&snapshot.job.id).await.unwrap_or(snapshot);
                Filled { snapshot, trouble: Some(trouble) }
            }
        }
    }

    /// The places of the job's tasks in the queue. A job that waited for its time gets them now, once.
    async fn fixed_places(self, job: &Job) -> Result<Places, JobError> {
        if let Some(places) = job.places {
            return Ok(places);
        }
        let places = self.places_of(job).await?;
        let placed = self.manager.store.apply(&of_job::place(&job.id, places)).await?;
        match placed.is_applied() {
            true => Ok(places),
            false => Ok(self.get(&job.id).await?.job.places.unwrap_or(places)),
        }
    }

    async fn fill_range(
        self,
        filling: Filling<'_>,
        mut range: Range,
        may_go_on: impl Fn() -> bool,
        on_batch: impl AsyncFn(),
    ) -> Result<(), StoreError> {
        let (mut outcome, mut retries) = (Ok(()), self.manager.store.retries(BETWEEN_BATCHES));
        let (queue, labourer) = (self.manager.queue(), &filling.job.labourer_id);
        while !range.is_filled() && may_go_on() {
            let batch = self.batch(filling, &range).await;
            if !queue.wait_for_pace(labourer, batch.len(), &may_go_on).await {
                return outcome;
            }
            match self.fill_on(filling, &range, batch).await {
                Ok(Some(further)) => {
                    (range, outcome) = (further, Ok(()));
                    retries.reset();
                    on_batch().await;
                }
                Ok(None) => return Ok(()),
                Err(error) if error.is_transient() => {
                    let (job_id, range) = (&filling.job.id, range.number);
                    warn!(error = describe(&error), %job_id, range, "throttled, or in conflict: the range backs off");
                    outcome = Err(error);
                    if !retries.again().await {
                        return outcome;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        outcome
    }

    /// Creates the next tasks of a range. Returns the range after that; `None` if it has no more.
    async fn fill_on(
        self,
        filling: Filling<'_>,
        range: &Range,
        batch: Vec<Task>,
    ) -> Result<Option<Range>, StoreError> {
        let job_id = &filling.job.id;
        if batch.is_empty() {
            error!(%job_id, n = range.cursor, "the job has no such task: it was accepted by another version");
            return Ok(None);
        }
        match self.create_batch(filling.job, range, batch).await? {
            Some(cursor) => Ok(Some(Range { cursor, ..*range })),
            // Another process fills this range, or it was cut off: continue from where it is now.
            None => {
                self.manager.queue().share_pace(&filling.job.labourer_id);
                self.manager.store.jobs().range(job_id, range.number).await
            }
        }
    }

    /// The next tasks of a range. The digest of a block takes the payloads of all its tasks, and a batch of
    /// blocks seconds on a small processor: other ranges and requests in flight have their turn after each
    /// block, or they time out although they were answered.
    async fn batch(self, filling: Filling<'_>, range: &Range) -> Vec<Task> {
        let (size, mut bytes, mut batch) = (filling.job.block_size, 0, Vec::new());
        for n in (range.cursor..range.to).step_by(size as usize).take(CREATE_MOST) {
            let Some(task) = self.new_task(filling, n..(n + size).min(range.to)) else { break };
            bytes += task.payload_text().len();
            // The first one always fits: a payload has its own limit.
            if bytes > MOST_BYTES && !batch.is_empty() {
                break;
            }
            let is_block = task.block.is_some();
            batch.push(task);
            if is_block {
                tokio::task::yield_now().await;
            }
        }
        batch
    }

    /// The task of this number, or the block of these.
    fn new_task(self, filling: Filling<'_>, numbers: std::ops::Range<u64>) -> Option<Task> {
        let Filling { job, plan, places } = filling;
        let (now, id, place) =
            (self.manager.now(), job.id_of(numbers.start), places.of(numbers.start));
        let mut task = Task::new(id, job.labourer_id.clone(), now, place, String::new());
        (task.payload, task.block) = match job.block_size {
            1 => (Some(plan.text(numbers.start)?), None),
            _ => {
                let digest = Digest::of(&plan.texts(numbers.clone())?);
                (None, Some(Box::new(Block::new(numbers.into(), digest))))
            }
        };
        task.job_id = Some(job.id.clone());
        task.trace = self.manager.trace.clone();
        task.note(now, "created", &self.manager.author);
        Some(task)
    }

    /// Creates a batch and moves the cursor behind it; `None` if the cursor was elsewhere.
    async fn create_batch(
        self,
        job: &Job,
        range: &Range,
        batch: Vec<Task>,
    ) -> Result<Option<u64>, StoreError> {
        let to = range.cursor + batch.iter().map(Task::size).sum::<u64>();
        let store = self.manager.queue().paced_store(&job.labourer_id);
        let (job_id, from, range, at) =
            (job.id.clone(), range.cursor, range.number, self.manager.now());
        let mut writes = vec![Write::from(JobWrite::Advance { job_id, range, from, to, at })];
        writes.extend(batch.into_iter().map(|task| Write::Queue(Box::new(task))));
        loop {
            match store.apply(&writes).await? {
                TransactionOutcome::Applied => return Ok(Some(to)),
                TransactionOutcome::Refused(refused) if refused.contains(&0) => return Ok(None),
                // A task of that id exists although the cursor is before it: somebody restored it
                // by hand. It stays as it is.
                TransactionOutcome::Refused(refused) => writes = without(writes, &refused),
            }
        }
    }
}
