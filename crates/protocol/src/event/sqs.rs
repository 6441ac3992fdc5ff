//! Tasks as messages in the event that Lambda makes of a batch of SQS.
//!
//! There is no queue. What only a queue could say is fixed, in a form that handlers and their
//! validators take: region `us-east-1`, the ARN of a queue named like the labourer in the account
//! `000000000000`, the sender `sosw`. The receipt handle is the task's id, the receive count the
//! number of the attempt, and the task was sent and first received when it was created.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{
    to_string,
    value::{RawValue, to_raw_value},
};

use super::{Event, Member, block::names_members, payload};
use crate::{
    ids::TaskId,
    raw::{self, Object},
};

/// Bytes of a record beside its body and the labourer's name, at most, with the 32 digits of a job's
/// task, times of 13 digits, and the comma behind the record.
pub(super) const RECORD_FRAME: usize = 438;

const REGION: &str = "us-east-1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SqsRecord<'a> {
    message_id: &'a TaskId,
    receipt_handle: &'a TaskId,
    body: &'a str,
    attributes: &'a SqsAttributes,
    message_attributes: BTreeMap<(), ()>,
    #[serde(rename = "md5OfBody")]
    md5_of_body: String,
    event_source: &'static str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'a str,
    aws_region: &'static str,
}

/// Numbers are text here.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SqsAttributes {
    approximate_receive_count: String,
    sent_timestamp: String,
    sender_id: &'static str,
    approximate_first_receive_timestamp: String,
}

impl SqsAttributes {
    fn of(event: &Event) -> Self {
        let created_at = event.created_at.map_or(0.0, |time| time.seconds());
        let millis = format!("{:.0}", created_at * 1000.0);
        Self {
            approximate_receive_count: event.attempt().to_string(),
            sent_timestamp: millis.clone(),
            sender_id: "sosw",
            approximate_first_receive_timestamp: millis,
        }
    }
}

/// The field `Records` of an event.
pub(super) fn records(event: &Event) -> serde_json::Result<Box<RawValue>> {
    let attributes = SqsAttributes::of(event);
    let arn = format!("arn:aws:sqs:{REGION}:000000000000:{}", event.labourer_id);
    let record = |member: &Member| {
        let body = to_string(&member.payload)?;
        to_raw_value(&SqsRecord {
            message_id: &member.task_id,
            receipt_handle: &member.task_id,
            body: &body,
            attributes: &attributes,
            message_attributes: BTreeMap::new(),
            md5_of_body: format!("{:x}", md5::compute(&body)),
            event_source: "aws:sqs",
            event_source_arn: &arn,
            aws_region: REGION,
        })
    };
    let records = event.members().iter().map(record).collect::<Result<Vec<_>, _>>()?;
    to_raw_value(&records)
}

/// The tasks of a field `Records`.
pub(super) fn read(records: &str) -> serde_json::Result<Vec<Member>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ReadRecord {
        message_id: TaskId,
        body: String,
    }
    let messages: Vec<ReadRecord> = serde_json::from_str(records)?;
    let member =
        |ReadRecord { message_id, body }| Member { task_id: message_id, payload: payload(&body) };
    Ok(messages.into_iter().map(member).collect())
}

/// The ids of an event's messages, if it was written as one of SQS. A payload may have a field
/// `Records`, too; a single task's has no message that is the task itself.
pub(crate) fn message_ids(event: &Object) -> Option<Vec<TaskId>> {
    let records = raw::list(raw::field(event, "Records")?)?;
    let id = |record: &RawValue| {
        let id = raw::text(raw::field(&raw::object(record.get())?, "messageId")?)?;
        TaskId::new(id).ok()
    };
    let ids = records.iter().map(|record| id(record)).collect::<Option<Vec<_>>>()?;
    let own = raw::field(event, "task_id").and_then(raw::text);
    let is_single = matches!(ids.as_slice(), [only] if own.as_deref() == Some(only.as_str()));
    (is_single || names_members(event)).then_some(ids)
}
