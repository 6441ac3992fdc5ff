//! A task as an item of any of its tables, and back.

mod block;
pub(super) mod closed_at;

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;

use super::StoreError;
use crate::{
    attributes::{Item, from_json, list, n, number, s, text, to_json},
    config::FieldNames,
    decimal::Decimal,
    greenfield::Greenfield,
    history::Success,
    ids::{ClaimToken, JobId, LabourerId, TaskId},
    task::{Closed, Status, Task, TaskError, block::Block, request::Request, trace::Trace},
    time::Timestamp,
};

/// The item of a task, for any table: attributes that do not apply are absent.
pub fn of(task: &Task, fields: &FieldNames) -> Item {
    let mut item = task.others.clone();
    let mut put = |field: &str, value: Option<AttributeValue>| {
        if let Some(value) = value {
            item.insert(fields.get(field).to_owned(), value);
        }
    };
    put("task_id", Some(s(task.id.as_str())));
    put("labourer_id", Some(s(task.labourer_id.as_str())));
    put("greenfield", Some(n(task.greenfield)));
    put("attempts", Some(n(task.attempts)));
    put("payload", task.payload.as_ref().map(s));
    put("created_at", task.created_at.map(n));
    put("completed_at", task.completed_at.map(n));
    put("accepted_at", task.accepted_at.map(n));
    put("desired_launch_time", task.due_at.map(n));
    put("closed_at", task.closed.map(|closed| closed_at::of(closed.at, closed.success)));
    put("expires_at", task.closed.and_then(|closed| closed.expires_at).map(n));
    let key = task.closed.map(|closed| s(closed.status.key(&task.labourer_id)));
    put("labourer_id_task_status", key);
    put("claim", task.claim.as_ref().map(|claim| s(claim.as_str())));
    put("claim_lease", task.claim_lease.map(|lease| n(lease.as_secs_f64())));
    put("job_id", task.job_id.as_ref().map(|job_id| s(job_id.as_str())));
    put("trace", task.trace.as_ref().map(|trace| s(trace.as_str())));
    let claims: Vec<_> = task.past_claims.iter().map(ClaimToken::as_str).collect();
    put("past_claims", (!claims.is_empty()).then(|| list(&claims)));
    put("history", (!task.history.is_empty()).then(|| list(&task.history)));
    let requests: Vec<_> = task.requests.iter().map(ToString::to_string).collect();
    put("requests", (!requests.is_empty()).then(|| list(&requests)));
    put("errors", errors(&task.errors));
    if let Some(block) = &task.block {
        item.extend(block::of(block));
    }
    item
}

fn errors(errors: &[TaskError]) -> Option<AttributeValue> {
    let values = errors.iter().filter_map(|error| serde_json::to_value(error).ok());
    let values: Vec<_> = values
        .map(|mut value| {
            if let Some(error) = value.as_object_mut() {
                error.retain(|_, field| !field.is_null());
            }
            from_json(&value)
        })
        .collect();
    (!values.is_empty()).then_some(AttributeValue::L(values))
}

/// The task of an item. Only its name and its labourer must be readable; anything else that is
/// not is kept as it is and reported in `defects`.
pub fn to(mut item: Item, table: &str, fields: &FieldNames) -> Result<Task, StoreError> {
    let is_of_job = item.contains_key(fields.get("job_id"));
    let mut reader = Reader { item: &mut item, fields, is_of_job, defects: Vec::new() };
    let unreadable = |why: String| StoreError::Unreadable { resource: table.to_owned(), why };
    let id = reader.text("task_id").ok_or_else(|| unreadable("it has no task_id".into()))?;
    let id = TaskId::new(id).map_err(|e| unreadable(e.to_string()))?;
    let labourer = reader.text("labourer_id").unwrap_or_default();
    let labourer_id =
        LabourerId::new(labourer).map_err(|e| unreadable(format!("task {id}: {e}")))?;
    let status = reader.text("labourer_id_task_status").and_then(|key| Status::of_key(&key));
    let success = reader.success();
    let closed_at = reader.take("closed_at", closed_at::time);
    let closed = status.zip(closed_at);
    let closed =
        closed.map(|(status, at)| Closed { at, status, expires_at: reader.expiry(), success });
    let (id_texts, history) = (reader.texts("past_claims"), reader.texts("history"));
    let task = Task {
        id,
        labourer_id,
        created_at: reader.time("created_at"),
        greenfield: Greenfield(reader.number("greenfield").unwrap_or_default()),
        attempts: reader.count("attempts").unwrap_or_default(),
        payload: reader.text("payload"),
        claim: reader.text("claim").and_then(|text| ClaimToken::new(text).ok()),
        claim_lease: reader.lease(),
        past_claims: id_texts.into_iter().filter_map(|text| ClaimToken::new(text).ok()).collect(),
        job_id: reader.text("job_id").and_then(|text| JobId::new(text).ok()),
        trace: reader.trace(),
        block: reader.block(),
        completed_at: reader.time("completed_at"),
        accepted_at: reader.time("accepted_at"),
        due_at: reader.time("desired_launch_time"),
        closed,
        requests: reader.requests(),
        errors: reader.errors(),
        history,
        defects: reader.defects,
        others: Item::new(),
    };
    Ok(Task { others: item, ..task })
}

/// Takes what it can read out of an item.
struct Reader<'a> {
    item: &'a mut Item,
    fields: &'a FieldNames,
    is_of_job: bool,
    defects: Vec<String>,
}

impl Reader<'_> {
    fn take<T>(&mut self, field: &str, read: impl Fn(&AttributeValue) -> Option<T>) -> Option<T> {
        let name = self.fields.get(field);
        let found = self.item.get(name)?;
        let value = read(found);
        match value {
            Some(_) => drop(self.item.remove(name)),
            None => self.defects.push(format!("`{name}` is of a wrong type")),
        }
        value
    }

    fn text(&mut self, field: &str) -> Option<String> {
        self.take(field, |value| text(value).map(str::to_owned))
    }

    /// An attribute of this name that is no trace was not written by us: it stays as it is.
    fn trace(&mut self) -> Option<Trace> {
        let name = self.fields.get("trace");
        let trace = text(self.item.get(name)?).and_then(Trace::of_header)?;
        self.item.remove(name);
        Some(trace)
    }

    /// Only tasks of jobs are in blocks.
    fn block(&mut self) -> Option<Box<Block>> {
        let of_job = self.is_of_job.then(|| block::take(self.item)).flatten();
        of_job.map(Box::new)
    }

    fn success(&self) -> Option<Success> {
        closed_at::success(self.item.get(self.fields.get("closed_at"))?)
    }

    fn expiry(&mut self) -> Option<Timestamp> {
        self.take_if_ours("expires_at", |seconds| Some(Timestamp::from_seconds(seconds)))
    }

    fn lease(&mut self) -> Option<Duration> {
        self.take_if_ours("claim_lease", |seconds| Duration::try_from_secs_f64(seconds).ok())
    }

    /// A number that was added to sosw's attributes: one of this name that cannot be ours stays, too.
    fn take_if_ours<T>(&mut self, field: &str, read: impl Fn(f64) -> Option<T>) -> Option<T> {
        let name = self.fields.get(field);
        let value = read(number(self.item.get(name)?)?)?;
        self.item.remove(name);
        Some(value)
    }

    fn number(&mut self, field: &str) -> Option<f64> {
        self.take(field, number)
    }

    /// A whole number; a negative one counts for none. DynamoDB cannot add to any other: with 38 digits at
    /// most, `1e-130` and one more is no number.
    fn count(&mut self, field: &str) -> Option<u32> {
        self.take(field, |value| {
            let digits = value.as_n().ok()?;
            let whole = digits.parse::<f64>().ok()? as i64;
            let is_whole = Decimal::of(digits) == Decimal::of(&whole.to_string());
            u32::try_from(whole.max(0)).ok().filter(|_| is_whole)
        })
    }

    fn time(&mut self, field: &str) -> Option<Timestamp> {
        self.number(field).map(Timestamp::from_seconds)
    }

    fn texts(&mut self, field: &str) -> Vec<String> {
        let read = |value: &AttributeValue| {
            value.as_l().ok()?.iter().map(|text| text.as_s().ok().cloned()).collect()
        };
        self.take(field, read).unwrap_or_default()
    }

    /// What was added to sosw's attributes: one of this name that cannot be ours stays as it is.
    fn requests(&mut self) -> Vec<Request> {
        let name = self.fields.get("requests");
        let texts = self.item.get(name).and_then(|value| value.as_l().ok());
        let read = texts.map(|texts| texts.iter().map(|value| Request::of_text(text(value)?)));
        let Some(requests) = read.and_then(|requests| requests.collect::<Option<Vec<_>>>()) else {
            return Vec::new();
        };
        self.item.remove(name);
        requests
    }

    fn errors(&mut self) -> Vec<TaskError> {
        let read = |value: &AttributeValue| serde_json::from_value(to_json(value)).ok();
        self.take("errors", read).unwrap_or_default()
    }
}
