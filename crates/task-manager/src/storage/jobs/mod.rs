//! Jobs: one row for the job, one for each range, one for each shard of its counters, and one in a
//! list of the open or of the ended jobs, by which it is found.
//!
//! - `rows`: the items of the rows
//! - `writes`: what is written to them, with the conditions
//! - here: what is read

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use super::{Store, StoreError, engine::expression::placeholders};
use crate::{
    attributes::{Item, s, text},
    ids::JobId,
    jobs::job::{Job, JobSnapshot, JobState, Range},
    time::Timestamp,
};

mod rows;
mod writes;

use rows::{ENDED, HEAD, OPEN, range_part};

#[derive(Clone, Copy)]
pub struct JobsTable<'a> {
    pub(super) store: &'a Store,
}

impl JobsTable<'_> {
    /// A job with everything that is counted about it.
    pub async fn get(self, id: &JobId) -> Result<Option<JobSnapshot>, StoreError> {
        let rows = self.partition(id.as_str(), None, false).await?;
        let part = |row: &Item| row.get("part").and_then(text).unwrap_or_default().to_owned();
        let Some(head) = rows.iter().find(|row| part(row) == HEAD) else { return Ok(None) };
        let mut job = rows::read_job(id, head, &self.store.names.jobs)?;
        let ranges: Vec<_> =
            rows.iter().filter_map(|row| rows::read_range(&part(row), row)).collect();
        if matches!(job.state, JobState::Cancelling | JobState::Cancelled) {
            // It was cut off, and no cursor has moved since.
            job.total = ranges.iter().map(Range::made).sum();
        }
        let counts = rows.iter().filter(|row| rows::is_shard(&part(row)));
        let progress = rows::progress(&job, &ranges, counts);
        let counts_expire = rows.iter().any(|row| part(row) != HEAD && rows::expiry(row).is_some());
        Ok(Some(JobSnapshot { job, ranges, progress, counts_expire }))
    }

    /// A job alone, without what is counted about it.
    pub async fn head(self, id: &JobId) -> Result<Option<Job>, StoreError> {
        let table = &self.store.names.jobs;
        let request = self.store.client().get_item().table_name(table).consistent_read(true);
        let answer = request.set_key(Some(rows::key(id.as_str(), HEAD))).send().await;
        let answer = answer.map_err(|e| StoreError::of("GetItem", table, e))?;
        answer.item.map(|row| rows::read_job(id, &row, table)).transpose()
    }

    /// These jobs without what is counted about them, in no order: one read for a hundred of them. Those that
    /// cannot be read are left out.
    pub async fn heads(self, ids: &[JobId]) -> Result<Vec<Job>, StoreError> {
        let table = &self.store.names.jobs;
        let keys: Vec<_> = ids.iter().map(|id| rows::key(id.as_str(), HEAD)).collect();
        let rows = self.store.engine.batch_get(table, &keys).await?;
        let job = |row: &Item| {
            let id = JobId::new(text(row.get("job_id")?)?).ok()?;
            rows::read_job(&id, row, table).ok()
        };
        Ok(rows.iter().filter_map(job).collect())
    }

    /// The ranges and counters of a job that do not expire at this time.
    pub async fn parts_expiring_not_at(
        self,
        id: &JobId,
        at: Option<Timestamp>,
    ) -> Result<Vec<String>, StoreError> {
        let rows = self.partition(id.as_str(), None, false).await?;
        let others = rows.iter().filter(|row| rows::expiry(row) != at);
        let parts = others.filter_map(|row| row.get("part").and_then(text));
        Ok(parts.filter(|part| *part != HEAD).map(str::to_owned).collect())
    }

    /// One range of a job, as it is now.
    pub async fn range(self, id: &JobId, range: u32) -> Result<Option<Range>, StoreError> {
        let request =
            self.store.client().get_item().table_name(&self.store.names.jobs).consistent_read(true);
        let key = rows::key(id.as_str(), &range_part(range));
        let answer = request.set_key(Some(key)).send().await;
        let answer = answer.map_err(|e| StoreError::of("GetItem", &self.store.names.jobs, e))?;
        Ok(answer.item.and_then(|row| rows::read_range(&range_part(range), &row)))
    }

    /// The ids of the open jobs.
    pub async fn open(self) -> Result<Vec<JobId>, StoreError> {
        self.listed(OPEN, None).await
    }

    /// The ids of the jobs that ended last, at most `limit`, the latest first.
    pub async fn ended(self, limit: u32) -> Result<Vec<JobId>, StoreError> {
        match limit {
            // DynamoDB reads one at least.
            0 => Ok(Vec::new()),
            _ => self.listed(ENDED, Some(limit)).await,
        }
    }

    /// The jobs that ended before the one with this place in their list, the latest first, each with its place: one
    /// page of them; and whether these are all.
    pub async fn ended_before(
        self,
        place: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<(JobId, String)>, bool), StoreError> {
        let start = place.map(|place| rows::key(ENDED, place));
        let query = self.query_partition(ENDED).scan_index_forward(false);
        let (listed, end) = self.store.engine.page(query, start, limit).await?;
        let place = |row: &Item| {
            let id = JobId::new(text(row.get("id")?)?).ok()?;
            Some((id, text(row.get("part")?)?.to_owned()))
        };
        Ok((listed.iter().filter_map(place).collect(), end.is_none()))
    }

    async fn listed(self, list: &str, limit: Option<u32>) -> Result<Vec<JobId>, StoreError> {
        let rows = self.partition(list, limit, limit.is_some()).await?;
        let ids = rows.iter().filter_map(|row| JobId::new(text(row.get("id")?)?).ok());
        Ok(ids.collect())
    }

    async fn partition(
        self,
        key: &str,
        limit: Option<u32>,
        backwards: bool,
    ) -> Result<Vec<Item>, StoreError> {
        let query = self.query_partition(key).scan_index_forward(!backwards);
        self.store.engine.pages(query, limit.unwrap_or(u32::MAX)).await
    }

    fn query_partition(self, key: &str) -> QueryFluentBuilder {
        let condition = "#job_id = :key";
        self.store
            .client()
            .query()
            .table_name(&self.store.names.jobs)
            .consistent_read(true)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(&[condition], &Default::default())))
            .expression_attribute_values(":key", s(key))
    }
}
