//! A job's tasks enter the queue: batch after batch, each in one transaction with the cursor of
//! its range, so that it can be cut anywhere and goes on exactly there.

use futures::future::try_join_all;
use tracing::info;

use super::JobError;
use crate::{
    ids::{JobId, TaskId},
    jobs::{
        plan::Plan,
        record::{Account, Job, Range, State},
    },
    manager::TaskManager,
    queue::CREATE_MOST,
    storage::{Outcome, StoreError},
    task::Task,
    transition::Write,
};

/// The most bytes of payloads that one transaction creates: DynamoDB takes 4 MB.
const MOST_BYTES: usize = 3 * 1024 * 1024;

impl TaskManager {
    /// A job with everything that is counted about it.
    pub async fn job(&self, id: &JobId) -> Result<Account, JobError> {
        self.store.job(id).await?.ok_or_else(|| JobError::Unknown(id.clone()))
    }

    /// Makes the tasks of a job that are not made yet, its ranges side by side, until all are made
    /// or `may_go_on` says no (asked before every batch). `on_batch` is called after each. Answers
    /// how far the job is.
    pub async fn fill(
        &self,
        account: Account,
        may_go_on: impl Fn() -> bool + Copy,
        on_batch: impl AsyncFn() + Copy,
    ) -> Result<Account, JobError> {
        let Account { job, ranges, .. } = &account;
        if job.state != State::Open || job.options.start.is_some_and(|start| self.now() < start) {
            return Ok(account);
        }
        let plan = job.plan()?;
        let unfilled = ranges.iter().filter(|range| !range.is_filled());
        let fills = unfilled
            .map(|range| Box::pin(self.fill_range(job, &plan, *range, may_go_on, on_batch)));
        try_join_all(fills).await?;
        let account = self.job(&account.job.id).await?;
        info!(job_id = %account.job.id, made = account.progress.made, total = account.job.total, "filled");
        Ok(account)
    }

    async fn fill_range(
        &self,
        job: &Job,
        plan: &Plan,
        mut range: Range,
        may_go_on: impl Fn() -> bool,
        on_batch: impl AsyncFn(),
    ) -> Result<(), StoreError> {
        while !range.is_filled() && may_go_on() {
            let batch = self.batch(job, plan, &range);
            match self.create_batch(job, &range, batch).await? {
                Some(cursor) => range.cursor = cursor,
                // Somebody else fills this range, or it was cut: go on from where it is.
                None => match self.store.job_range(&job.id, range.number).await? {
                    Some(fresh) => range = fresh,
                    None => return Ok(()),
                },
            }
            on_batch().await;
        }
        Ok(())
    }

    /// The next tasks of a range.
    fn batch(&self, job: &Job, plan: &Plan, range: &Range) -> Vec<Task> {
        let (now, mut bytes) = (self.now(), 0);
        let numbers = range.cursor..range.to.min(range.cursor + CREATE_MOST as u64);
        let tasks = numbers.map_while(|n| {
            let id = TaskId::of_job(&job.id, n);
            let payload = serde_json::Value::Object(plan.task(n)?).to_string();
            bytes += payload.len();
            let place = job.places.of(n);
            let mut task = Task::new(id, job.labourer_id.clone(), now, place, payload);
            task.job_id = Some(job.id.clone());
            task.note(now, "created", &self.author);
            // The first one fits in any case: a payload has its own limit.
            (bytes <= MOST_BYTES || n == range.cursor).then_some(task)
        });
        tasks.collect()
    }

    /// Creates a batch and moves the cursor behind it; nothing if the cursor is elsewhere.
    async fn create_batch(
        &self,
        job: &Job,
        range: &Range,
        batch: Vec<Task>,
    ) -> Result<Option<u64>, StoreError> {
        let to = range.cursor + batch.len() as u64;
        let (job_id, from, range, at) = (job.id.clone(), range.cursor, range.number, self.now());
        let mut writes = vec![Write::Advance { job_id, range, from, to, at }];
        writes.extend(batch.into_iter().map(|task| Write::Queue(Box::new(task))));
        loop {
            match self.store.apply(&writes).await? {
                Outcome::Applied => return Ok(Some(to)),
                Outcome::Refused(places) if places.contains(&0) => return Ok(None),
                // A task of that id is there although the cursor says it is not: somebody put it
                // back by hand. It stays as it is.
                Outcome::Refused(places) => {
                    let mut place = 0..;
                    writes.retain(|_| place.next().is_none_or(|place| !places.contains(&place)));
                }
            }
        }
    }
}
