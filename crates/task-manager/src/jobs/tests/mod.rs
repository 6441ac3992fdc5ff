//! What chunking guarantees.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod golden;
mod meant;
mod messages;
mod mistakes;
mod naive;
mod options;
mod periods;
mod properties;
mod scale;

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    message::{Message, Submission},
    plan::Plan,
    rules::Rules,
    schema::{JobSchemas, Schema},
};
use crate::{ids::LabourerId, json::Json, mistakes::Mistakes, time::Timestamp};

/// The attributes of most jobs here.
const ATTRIBUTES: [&str; 3] = ["section", "store", "product"];

/// Half past one on a Tuesday, the 17th of March 2026.
fn now() -> Timestamp {
    time("2026-03-17T13:30:00Z")
}

fn time(text: &str) -> Timestamp {
    let time: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_seconds(time.as_duration().as_secs_f64())
}

/// Rules for jobs of the labourers `resize` and `report`, chunked by `attributes`.
fn rules<'a>(attributes: impl IntoIterator<Item = &'a str>) -> Rules {
    let labourers = ["resize", "report"].map(|name| LabourerId::new(name).unwrap());
    let schemas = JobSchemas::single(Schema::of(attributes).unwrap());
    Rules { schemas, ..Rules::of(labourers) }
}

/// A value as the scheduler receives it.
fn raw(value: &Value) -> Json {
    value.clone().into()
}

/// A payload, or a job, to compare with.
fn shown(json: impl Serialize) -> Value {
    serde_json::to_value(json).unwrap()
}

fn plan(job: &Value) -> Plan {
    Plan::resolve(&raw(job), &rules(ATTRIBUTES), now()).unwrap_or_else(|why| panic!("{why}\n{job}"))
}

/// All payloads of a job of `resize` with these fields.
fn tasks(fields: Value) -> Value {
    plan(&job(fields)).iter_from(0).map(shown).collect()
}

/// A job of `resize` with these fields.
fn job(mut fields: Value) -> Value {
    fields["lambda_name"] = json!("resize");
    fields
}

/// Every mistake of a message, a line each.
fn refusal(event: &Value) -> String {
    Message::read(&raw(event), &rules(ATTRIBUTES), now()).expect_err("is refused").to_string()
}

fn submitted(event: &Value) -> Result<Submission, Mistakes> {
    Message::read(&raw(event), &rules(ATTRIBUTES), now()).map(|message| match message {
        Message::Submit(submission) => *submission,
        Message::Resume(id) => panic!("{id} is to go on"),
    })
}
