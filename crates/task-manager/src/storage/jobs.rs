//! Jobs: one row for the job, one for each range, one for each part of its counters, and one in a
//! list of the open or of the ended jobs, so that none is looked for in vain.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};
use serde_json::json;

use super::{
    Outcome, Store, StoreError,
    attributes::{n, number, placeholders, s, text, values},
};
use crate::{
    ids::{JobId, LabourerId},
    jobs::{
        options::{OnComplete, Options},
        record::{Account, Job, Places, Progress, Range, State},
    },
    task::Item,
    time::Timestamp,
};

/// The part of the job itself.
const HEAD: &str = "job";
/// The partition that lists open jobs.
const OPEN: &str = "open";
/// The partition that lists ended jobs, in order of their ends.
const ENDED: &str = "ended";

/// The part of a range.
pub(super) fn range_part(range: u32) -> String {
    format!("range-{range:02}")
}

/// The part of a part of the counters.
pub(super) fn count_part(part: u32) -> String {
    format!("count-{part:02}")
}

impl Store {
    /// Keeps a new job, if there is none of that id. Answers whether it did.
    pub async fn add_job(&self, job: &Job, ranges: &[Range]) -> Result<bool, StoreError> {
        let mut rows = vec![self.head(job), self.listing(OPEN, job.id.as_str(), job)];
        rows.extend(ranges.iter().map(|range| self.range_row(job, range)));
        let items: Result<Vec<_>, _> = rows.into_iter().map(|row| self.put_absent(row)).collect();
        let items = items.map_err(|e| self.failed(e.into()))?;
        Ok(self.apply_items(items).await? == Outcome::Applied)
    }

    /// A job with everything that is counted about it.
    pub async fn job(&self, id: &JobId) -> Result<Option<Account>, StoreError> {
        let rows = self.partition(id.as_str(), None, false).await?;
        let part = |row: &Item| row.get("part").and_then(text).unwrap_or_default().to_owned();
        let Some(head) = rows.iter().find(|row| part(row) == HEAD) else { return Ok(None) };
        let job = self.read_head(id, head)?;
        let ranges: Vec<_> = rows.iter().filter_map(|row| read_range(&part(row), row)).collect();
        let counts = rows.iter().filter(|row| part(row).starts_with("count-"));
        let progress = progress(&job, &ranges, counts);
        Ok(Some(Account { job, ranges, progress }))
    }

    /// One range of a job, as it is now.
    pub async fn job_range(&self, id: &JobId, range: u32) -> Result<Option<Range>, StoreError> {
        let request = self.client.get_item().table_name(&self.names.jobs).consistent_read(true);
        let key = self.job_key(id.as_str(), &range_part(range));
        let answer = request.set_key(Some(key)).send().await;
        let answer = answer.map_err(|e| StoreError::of("GetItem", &self.names.jobs, e))?;
        Ok(answer.item.and_then(|row| read_range(&range_part(range), &row)))
    }

    /// The ids of the open jobs.
    pub async fn open_jobs(&self) -> Result<Vec<JobId>, StoreError> {
        self.listed(OPEN, None).await
    }

    /// The ids of the jobs that ended last, at most `limit`, the latest first.
    pub async fn ended_jobs(&self, limit: u32) -> Result<Vec<JobId>, StoreError> {
        self.listed(ENDED, Some(limit)).await
    }

    /// Ends an open job. Answers whether it was open.
    pub async fn end_job(
        &self,
        job: &Job,
        state: State,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let place = format!("{:017.3}/{}", now.seconds(), job.id);
        let items = [
            self.set_state(job, State::Open, state, Some(now)),
            self.unlist(OPEN, job.id.as_str()),
            self.put_absent(self.listing(ENDED, &place, job)),
        ];
        self.apply_built(items).await
    }

    /// Opens an ended job again. Answers whether it had ended that way.
    pub async fn reopen_job(&self, job: &Job) -> Result<bool, StoreError> {
        let ended = job.ended_at.map_or(0.0, Timestamp::seconds);
        let items = [
            self.set_state(job, job.state, State::Open, None),
            self.unlist(ENDED, &format!("{ended:017.3}/{}", job.id)),
            self.put_absent(self.listing(OPEN, job.id.as_str(), job)),
        ];
        self.apply_built(items).await
    }

    /// Cuts a job off where it is: what is not made yet is never made. Answers whether nobody
    /// moved a cursor meanwhile.
    pub async fn cut_job(&self, account: &Account) -> Result<bool, StoreError> {
        let job = &account.job;
        let cuts = account.ranges.iter().filter(|range| !range.is_filled()).map(|range| {
            let key = self.job_key(job.id.as_str(), &range_part(range.number));
            let labels = values([("cursor", n(range.cursor))]);
            self.update_row(key, "SET #to = :cursor", "#cursor = :cursor", labels)
        });
        let total = values([("made", n(account.progress.made)), ("total", n(job.total))]);
        let key = self.job_key(job.id.as_str(), HEAD);
        let head = self.update_row(key, "SET #total = :made", "#total = :total", total);
        self.apply_built(cuts.chain([head])).await
    }

    async fn apply_built(
        &self,
        items: impl IntoIterator<Item = Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError>>,
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

    fn head(&self, job: &Job) -> Item {
        let mut row = self.job_key(job.id.as_str(), HEAD);
        let mut put = |field: &str, value| drop(row.insert(field.to_owned(), value));
        put("labourer_id", s(job.labourer_id.as_str()));
        put("job", s(&job.text));
        put("basis", s(serde_json::to_string(&job.basis).unwrap_or_default()));
        put("options", s(options_text(&job.options)));
        put("total", n(job.total));
        put("base", n(job.places.base));
        put("step", n(job.places.step));
        put("created_at", n(job.created_at));
        put("state", s(state_text(job.state)));
        row
    }

    fn listing(&self, list: &str, place: &str, job: &Job) -> Item {
        let mut row = self.job_key(list, place);
        row.insert("id".to_owned(), s(job.id.as_str()));
        row
    }

    fn range_row(&self, job: &Job, range: &Range) -> Item {
        let mut row = self.job_key(job.id.as_str(), &range_part(range.number));
        let bounds = [("from", range.from), ("to", range.to), ("cursor", range.cursor)];
        row.extend(bounds.map(|(field, value)| (field.to_owned(), n(value))));
        row
    }

    fn put_absent(
        &self,
        row: Item,
    ) -> Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError> {
        let condition = "attribute_not_exists(#job_id)";
        let put = Put::builder()
            .table_name(&self.names.jobs)
            .set_item(Some(row))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(&[condition], &Default::default())));
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    fn unlist(
        &self,
        list: &str,
        place: &str,
    ) -> Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError> {
        let key = self.job_key(list, place);
        let delete = Delete::builder().table_name(&self.names.jobs).set_key(Some(key));
        Ok(TransactWriteItem::builder().delete(delete.build()?).build())
    }

    fn set_state(
        &self,
        job: &Job,
        from: State,
        to: State,
        ended_at: Option<Timestamp>,
    ) -> Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError> {
        let key = self.job_key(job.id.as_str(), HEAD);
        let mut labels = values([("from", s(state_text(from))), ("to", s(state_text(to)))]);
        let update = match ended_at {
            Some(at) => {
                labels.insert(":at".to_owned(), n(at));
                "SET #state = :to, #ended_at = :at"
            }
            None => "SET #state = :to REMOVE #ended_at",
        };
        self.update_row(key, update, "#state = :from", labels)
    }

    fn update_row(
        &self,
        key: Item,
        update: &str,
        condition: &str,
        labels: HashMap<String, AttributeValue>,
    ) -> Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError> {
        let names = placeholders(&[update, condition], &Default::default());
        let update = Update::builder()
            .table_name(&self.names.jobs)
            .set_key(Some(key))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(labels));
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    fn read_head(&self, id: &JobId, row: &Item) -> Result<Job, StoreError> {
        let lacks = |field: &str| StoreError::Unreadable {
            resource: self.names.jobs.clone(),
            why: format!("job {id} has no readable `{field}`"),
        };
        let told = |field: &str| row.get(field).and_then(text).ok_or_else(|| lacks(field));
        let counted = |field: &str| row.get(field).and_then(number).ok_or_else(|| lacks(field));
        Ok(Job {
            id: id.clone(),
            labourer_id: LabourerId::new(told("labourer_id")?).map_err(|_| lacks("labourer_id"))?,
            text: told("job")?.to_owned(),
            basis: serde_json::from_str(told("basis")?).map_err(|_| lacks("basis"))?,
            options: read_options(told("options")?).ok_or_else(|| lacks("options"))?,
            total: counted("total")? as u64,
            places: Places { base: counted("base")?, step: counted("step")? },
            created_at: Timestamp::from_seconds(counted("created_at")?),
            state: read_state(told("state")?).ok_or_else(|| lacks("state"))?,
            ended_at: row.get("ended_at").and_then(number).map(Timestamp::from_seconds),
        })
    }
}

fn progress<'a>(job: &Job, ranges: &[Range], counts: impl Iterator<Item = &'a Item>) -> Progress {
    let start = Progress {
        total: job.total,
        made: ranges.iter().map(Range::made).sum(),
        ..Progress::default()
    };
    counts.fold(start, |sum, row| {
        let count = |field: &str| row.get(field).and_then(number).unwrap_or_default();
        // A part that counted a reopened task may be below zero; only the sum is a number of tasks.
        let add = |sum: u64, field: &str| (sum as f64 + count(field)).max(0.0) as u64;
        let at = row.get("updated_at").and_then(number).map(Timestamp::from_seconds);
        Progress {
            succeeded: add(sum.succeeded, "succeeded"),
            exhausted: add(sum.exhausted, "exhausted"),
            ignored: add(sum.ignored, "ignored"),
            retried: add(sum.retried, "retried"),
            snoozed: add(sum.snoozed, "snoozed"),
            last_change: sum.last_change.max(at),
            ..sum
        }
    })
}

fn read_range(part: &str, row: &Item) -> Option<Range> {
    let number = |field: &str| row.get(field).and_then(number);
    Some(Range {
        number: part.strip_prefix("range-")?.parse().ok()?,
        from: number("from")? as u64,
        to: number("to")? as u64,
        cursor: number("cursor")? as u64,
        updated_at: number("updated_at").map(Timestamp::from_seconds),
    })
}

fn state_text(state: State) -> String {
    serde_json::to_value(state).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn read_state(text: &str) -> Option<State> {
    serde_json::from_value(text.into()).ok()
}

fn options_text(options: &Options) -> String {
    let on_complete = options.on_complete.as_ref().map(|on_complete| match on_complete {
        OnComplete::Job(job) => json!({ "job": job }),
        OnComplete::Topic(topic) => json!({ "topic": topic }),
    });
    json!({
        "idempotency_key": options.idempotency_key,
        "start": options.start,
        "on_complete": on_complete,
        "max_failed_percent": options.max_failed_percent,
    })
    .to_string()
}

fn read_options(text: &str) -> Option<Options> {
    let kept: serde_json::Value = serde_json::from_str(text).ok()?;
    let on_complete = kept.get("on_complete").filter(|kept| !kept.is_null()).and_then(|kept| {
        let topic = kept.get("topic").and_then(|topic| topic.as_str());
        match topic {
            Some(topic) => Some(OnComplete::Topic(topic.to_owned())),
            None => kept.get("job").cloned().map(OnComplete::Job),
        }
    });
    Some(Options {
        idempotency_key: kept.get("idempotency_key")?.as_str().map(str::to_owned),
        start: kept.get("start")?.as_f64().map(Timestamp::from_seconds),
        on_complete,
        max_failed_percent: kept.get("max_failed_percent")?.as_f64()?,
    })
}
