//! Jobs: one row for the job, one for each range, one for each part of its counters, and one in a
//! list of the open or of the ended jobs, so that none is looked for in vain.
//!
//! - `rows`: what the rows look like
//! - `changes`: writes on them, with their conditions

use aws_sdk_dynamodb::{error::BuildError, types::TransactWriteItem};

use super::{
    Outcome, Store, StoreError,
    attributes::{placeholders, s, text},
};
use crate::{
    greenfield::Places,
    ids::JobId,
    jobs::record::{Job, JobSnapshot, Range, State},
    task::Item,
    time::Timestamp,
};

mod changes;
mod rows;

pub(super) use rows::{range_part, shard_part};

use rows::{ENDED, HEAD, OPEN};

impl Store {
    /// Keeps a new job, if there is none of that id. Answers whether it did.
    pub async fn add_job(&self, job: &Job, ranges: &[Range]) -> Result<bool, StoreError> {
        let mut rows = vec![self.job_head(job), self.job_listing(OPEN, job.id.as_str(), job)];
        rows.extend(ranges.iter().map(|range| self.job_range_row(job, range)));
        self.apply_built(rows.into_iter().map(|row| self.put_absent(row))).await
    }

    /// A job with everything that is counted about it.
    pub async fn job(&self, id: &JobId) -> Result<Option<JobSnapshot>, StoreError> {
        let rows = self.partition(id.as_str(), None, false).await?;
        let part = |row: &Item| row.get("part").and_then(text).unwrap_or_default().to_owned();
        let Some(head) = rows.iter().find(|row| part(row) == HEAD) else { return Ok(None) };
        let mut job = self.read_job(id, head)?;
        let ranges: Vec<_> =
            rows.iter().filter_map(|row| rows::read_range(&part(row), row)).collect();
        if matches!(job.state, State::Cancelling | State::Cancelled) {
            // It was cut off, and no cursor has moved since.
            job.total = ranges.iter().map(Range::made).sum();
        }
        let counts = rows.iter().filter(|row| rows::is_count(&part(row)));
        let progress = rows::progress(&job, &ranges, counts);
        Ok(Some(JobSnapshot { job, ranges, progress }))
    }

    /// One range of a job, as it is now.
    pub async fn job_range(&self, id: &JobId, range: u32) -> Result<Option<Range>, StoreError> {
        let request = self.client.get_item().table_name(&self.names.jobs).consistent_read(true);
        let key = self.job_key(id.as_str(), &range_part(range));
        let answer = request.set_key(Some(key)).send().await;
        let answer = answer.map_err(|e| StoreError::of("GetItem", &self.names.jobs, e))?;
        Ok(answer.item.and_then(|row| rows::read_range(&range_part(range), &row)))
    }

    /// The ids of the open jobs.
    pub async fn open_jobs(&self) -> Result<Vec<JobId>, StoreError> {
        self.listed(OPEN, None).await
    }

    /// The ids of the jobs that ended last, at most `limit`, the latest first.
    pub async fn ended_jobs(&self, limit: u32) -> Result<Vec<JobId>, StoreError> {
        self.listed(ENDED, Some(limit)).await
    }

    /// Decides where the tasks of a job line up. Answers whether nobody had.
    pub async fn place_job(&self, id: &JobId, places: Places) -> Result<bool, StoreError> {
        self.apply_built([self.set_places(id, places)]).await
    }

    /// Ends an open job. Answers whether it was open, and none of its closed tasks had been sent
    /// back to work since it was read.
    pub async fn end_job(
        &self,
        job: &Job,
        state: State,
        ended_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let items = [
            self.set_ended(job, state, ended_at),
            self.unlist(OPEN, job.id.as_str()),
            self.put_absent(self.job_listing(ENDED, &rows::end_place(job, ended_at), job)),
        ];
        self.apply_built(items).await
    }

    /// Opens an ended job again. Answers whether it had ended that way.
    pub async fn reopen_job(&self, job: &Job) -> Result<bool, StoreError> {
        let ended_at = job.ended_at.unwrap_or(job.created_at);
        let items = [
            self.set_open(job),
            self.unlist(ENDED, &rows::end_place(job, ended_at)),
            self.put_absent(self.job_listing(OPEN, job.id.as_str(), job)),
        ];
        self.apply_built(items).await
    }

    /// Cuts an open job off where its cursors are: what is not made yet is never made. Answers
    /// whether it was open.
    pub async fn cut_job(&self, snapshot: &JobSnapshot) -> Result<bool, StoreError> {
        let id = &snapshot.job.id;
        let cuts = snapshot.ranges.iter().map(|range| self.cut_range(id, range));
        self.apply_built(cuts.chain([self.set_cancelling(id)])).await
    }

    async fn apply_built(
        &self,
        items: impl IntoIterator<Item = Result<TransactWriteItem, BuildError>>,
    ) -> Result<bool, StoreError> {
        let items: Result<Vec<_>, _> = items.into_iter().collect();
        let items = items.map_err(|e| self.failed(e.into()))?;
        Ok(self.apply_items(items).await? == Outcome::Applied)
    }

    async fn listed(&self, list: &str, limit: Option<u32>) -> Result<Vec<JobId>, StoreError> {
        let rows = self.partition(list, limit, limit.is_some()).await?;
        let ids = rows.iter().filter_map(|row| JobId::new(text(row.get("id")?)?).ok());
        Ok(ids.collect())
    }

    async fn partition(
        &self,
        key: &str,
        limit: Option<u32>,
        backwards: bool,
    ) -> Result<Vec<Item>, StoreError> {
        let condition = "#job_id = :key";
        let query = self
            .client
            .query()
            .table_name(&self.names.jobs)
            .consistent_read(true)
            .scan_index_forward(!backwards)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(&[condition], &Default::default())))
            .expression_attribute_values(":key", s(key));
        self.pages(query, limit.unwrap_or(u32::MAX)).await
    }
}
