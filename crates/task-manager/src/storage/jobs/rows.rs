//! The items of a job's rows.

use crate::{
    attributes::{Item, n, number, s, text},
    greenfield::Places,
    ids::{JobId, LabourerId},
    jobs::job::{Job, JobState, Progress, Range},
    storage::StoreError,
    task::digest::Digest,
    time::Timestamp,
    transition::JobList,
};

/// The part of the job itself.
pub(super) const HEAD: &str = "job";
/// The partition that lists open jobs.
pub(super) const OPEN: &str = "open";
/// The partition that lists ended jobs, in order of their ends.
pub(super) const ENDED: &str = "ended";

pub(super) fn key(partition: &str, part: &str) -> Item {
    Item::from([("job_id".to_owned(), s(partition)), ("part".to_owned(), s(part))])
}

pub(super) fn range_part(range: u32) -> String {
    format!("range-{range:02}")
}

pub(super) fn shard_part(shard: u32) -> String {
    format!("count-{shard:03}")
}

pub(super) fn is_shard(part: &str) -> bool {
    part.starts_with("count-")
}

/// The partition of a list, and where a job stands in it: the ended ones in order of their ends.
pub(super) fn list_of(id: &JobId, list: JobList) -> (&'static str, String) {
    match list {
        JobList::Open => (OPEN, id.to_string()),
        JobList::Ended(at) => (ENDED, format!("{:017.3}/{id}", at.seconds())),
    }
}

pub(super) fn listing(id: &JobId, list: JobList, expires_at: Option<Timestamp>) -> Item {
    let (list, place) = list_of(id, list);
    let mut row = key(list, &place);
    row.insert("id".to_owned(), s(id.as_str()));
    row.extend(expires_at.map(|at| ("expires_at".to_owned(), n(at))));
    row
}

pub(super) fn range(id: &JobId, range: &Range) -> Item {
    let mut row = key(id.as_str(), &range_part(range.number));
    let bounds = [("from", range.from), ("to", range.to), ("cursor", range.cursor)];
    row.extend(bounds.map(|(field, value)| (field.to_owned(), n(value))));
    row
}

/// The job's own row.
pub(super) fn head(job: &Job) -> Item {
    let mut row = key(job.id.as_str(), HEAD);
    let mut put = |field: &str, value| drop(row.insert(field.to_owned(), value));
    put("labourer_id", s(job.labourer_id.as_str()));
    put("job", s(&job.text));
    put("basis", s(serde_json::to_string(&job.basis).unwrap_or_default()));
    put("options", s(serde_json::to_string(&job.options).unwrap_or_default()));
    put("total", n(job.total));
    if job.block_size > 1 {
        put("block_size", n(job.block_size));
    }
    if let Some(digest) = &job.digest {
        put("digest", s(digest.as_str()));
    }
    if let Some(places) = job.places {
        put("base", n(places.base));
        put("step", n(places.step));
    }
    put("created_at", n(job.created_at));
    put("state", s(job.state.name()));
    put("reopened", n(job.reopened));
    row
}

pub(super) fn read_job(id: &JobId, row: &Item, table: &str) -> Result<Job, StoreError> {
    let lacks = |field: &str| StoreError::Unreadable {
        resource: table.to_owned(),
        why: format!("job {id} has no readable `{field}`"),
    };
    let words = |field: &str| row.get(field).and_then(text).ok_or_else(|| lacks(field));
    let counted = |field: &str| row.get(field).and_then(number);
    let place = |(base, step)| Places { base, step };
    Ok(Job {
        id: id.clone(),
        labourer_id: LabourerId::new(words("labourer_id")?).map_err(|_| lacks("labourer_id"))?,
        text: words("job")?.to_owned(),
        basis: serde_json::from_str(words("basis")?).map_err(|_| lacks("basis"))?,
        options: serde_json::from_str(words("options")?).map_err(|_| lacks("options"))?,
        total: counted("total").ok_or_else(|| lacks("total"))? as u64,
        block_size: counted("block_size").map_or(1, |size| size.max(1.0) as u64),
        digest: row.get("digest").and_then(text).map(Digest::from_text),
        places: counted("base").zip(counted("step")).map(place),
        created_at: time(row, "created_at").ok_or_else(|| lacks("created_at"))?,
        state: read_state(words("state")?).ok_or_else(|| lacks("state"))?,
        ended_at: time(row, "ended_at"),
        expires_at: expiry(row),
        reopened: counted("reopened").unwrap_or_default() as u64,
    })
}

/// When DynamoDB may delete a row.
pub(super) fn expiry(row: &Item) -> Option<Timestamp> {
    time(row, "expires_at")
}

fn time(row: &Item, field: &str) -> Option<Timestamp> {
    row.get(field).and_then(number).map(Timestamp::from_seconds)
}

fn read_state(name: &str) -> Option<JobState> {
    serde_json::from_value(name.into()).ok()
}

pub(super) fn read_range(part: &str, row: &Item) -> Option<Range> {
    let number = |field: &str| row.get(field).and_then(number);
    Some(Range {
        number: part.strip_prefix("range-")?.parse().ok()?,
        from: number("from")? as u64,
        to: number("to")? as u64,
        cursor: number("cursor")? as u64,
        started_at: time(row, "started_at"),
        updated_at: time(row, "updated_at"),
    })
}

/// How far a job is, by its ranges and the shards of its counters.
pub(super) fn progress<'a>(
    job: &Job,
    ranges: &[Range],
    counts: impl Iterator<Item = &'a Item>,
) -> Progress {
    let counts: Vec<_> = counts.collect();
    let sum = |field: &str| {
        let shards = counts.iter().filter_map(|row| row.get(field).and_then(number));
        shards.sum::<f64>().max(0.0) as u64
    };
    Progress {
        total: job.total,
        made: ranges.iter().map(Range::made).sum(),
        succeeded: sum("succeeded"),
        exhausted: sum("exhausted"),
        ignored: sum("ignored"),
        retried: sum("retried"),
        snoozed: sum("snoozed"),
        started: ranges.iter().filter_map(|range| range.started_at).min(),
        last_change: counts.iter().filter_map(|row| time(row, "updated_at")).max(),
    }
}
