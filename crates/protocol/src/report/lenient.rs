//! What stands in a report beside its outcome. The work is done, or it failed, whatever else the report
//! says: what has one meaning is converted, what fits is kept, the rest is ignored, and a remark says
//! so each time.

use std::time::Duration;

use serde_json::value::RawValue;

use super::{ReportError, again, text};
use crate::{
    duration,
    ids::{ClaimToken, LabourerId, RequestId},
    limits::{MAX_FIELD_NAME, MAX_REMARK, MAX_RESULT, MAX_WAIT, cut},
    members::Members,
    raw::{self, Object},
};

/// What was converted, dropped or ignored.
#[derive(Default)]
pub(super) struct Remarks(Vec<String>);

impl Remarks {
    pub fn add(&mut self, remark: String) {
        self.0.push(cut(&remark, MAX_REMARK));
    }

    /// The remarks on the elements of a list, of which there may be many, as one.
    pub fn add_summary(&mut self, list: &str, of: Self) {
        if let [first, others @ ..] = of.0.as_slice() {
            self.add(format!("{list}: {first} (and {} more such remarks)", others.len()));
        }
    }

    pub fn into_texts(self) -> Vec<String> {
        self.0
    }
}

/// The labourer is a hint where to look for the task: a wrong one is as good as none.
pub(super) fn labourer_id(of: &Object, remarks: &mut Remarks) -> Option<LabourerId> {
    let id = text(of, "labourer_id").and_then(|id| Ok(id.map(LabourerId::new).transpose()?));
    id.unwrap_or_else(|why| {
        remarks.add(format!("labourer_id ignored: {why}"));
        None
    })
}

/// The invocation is of use for those who look for its log, and for nothing else.
pub(super) fn request(of: &Object, remarks: &mut Remarks) -> Option<RequestId> {
    let id = text(of, "request_id").and_then(|id| Ok(id.map(RequestId::new).transpose()?));
    id.unwrap_or_else(|why| {
        remarks.add(format!("request_id ignored: {why}"));
        None
    })
}

/// A success is accepted from any attempt, but a failure counts only for the attempt that the claim
/// names: one that cannot be read must not end another.
pub(super) fn claim(
    of: &Object,
    is_success: bool,
    remarks: &mut Remarks,
) -> Result<Option<ClaimToken>, ReportError> {
    let claim = text(of, "claim").and_then(|claim| Ok(claim.map(ClaimToken::new).transpose()?));
    match claim {
        Err(why) if is_success => {
            remarks.add(format!("claim ignored: {why}"));
            Ok(None)
        }
        claim => claim,
    }
}

/// A field as text, whatever it is.
pub(super) fn any_text(of: &Object, field: &str, remarks: &mut Remarks) -> Option<String> {
    let json = raw::field(of, field).filter(|json| !matches!(*json, "null" | "{}" | "[]"))?;
    Some(raw::text(json).unwrap_or_else(|| {
        remarks.add(format!("{field} is not text: kept as its JSON text"));
        json.to_owned()
    }))
}

/// The elements of a list as lines; nothing if it is no list or has none.
pub(super) fn lines(json: &str) -> Option<String> {
    let line = |json: &RawValue| raw::text(json.get()).unwrap_or_else(|| json.get().to_owned());
    let lines: Vec<_> = raw::list(json)?.iter().map(|json| line(json)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The numbers of the tasks that the attempt had. They narrow down what the report is about: without
/// them it is about all tasks of the block.
pub(super) fn members(of: &Object, remarks: &mut Remarks) -> Option<Members> {
    let json = raw::field(of, "members").filter(|json| *json != "null")?;
    let members = raw::text(json).and_then(|text| text.parse().ok());
    if members.is_none() {
        remarks.add(format!("members ignored: {json} is no text like 1203,1240-1241"));
    }
    members
}

/// A number of seconds, text of one, or a duration like `90s`.
pub(super) fn wait(of: &Object, field: &str, remarks: &mut Remarks) -> Option<Duration> {
    let json = raw::field(of, field).filter(|json| *json != "null")?;
    let written = raw::text(json);
    let in_words = written.as_deref().and_then(duration::parse).map(|wait| wait.as_secs_f64());
    let digits = || written.as_deref().unwrap_or(json).trim().parse::<f64>().ok();
    let seconds = in_words.or_else(digits);
    let Some((seconds, wait)) = seconds.and_then(|s| Some((s, again::wait(s)?))) else {
        remarks.add(format!("{field} ignored: {json} is neither a duration like 90s nor a number of seconds from 0 on"));
        return None;
    };
    if seconds > MAX_WAIT.as_secs_f64() {
        remarks
            .add(format!("{field} is the longest wait, {}, not {json}", duration::text(MAX_WAIT)));
    } else if written.is_some() && in_words.is_none() {
        remarks.add(format!("{field} is text: taken as {seconds} s"));
    }
    Some(wait)
}

/// `stats` or `result`: an object, or JSON text of one, as sosw 0.7's labourers send. Anything
/// else that is not empty is the only field, `value`.
pub(super) fn object(of: &Object, field: &str, remarks: &mut Remarks) -> Object {
    let Some(value) = of.get(field) else { return Object::new() };
    if let Some(python) = raw::text(value.get()) {
        if let Some(fields) = raw::object(&python) {
            return fields;
        }
        if let Some(fields) = raw::without_nan(&python).and_then(|json| raw::object(&json)) {
            remarks.add(format!("{field}: NaN and Infinity are kept as text"));
            return fields;
        }
    }
    let fields = any_object(value);
    if fields.contains_key("value") && raw::object(value.get()).is_none() {
        remarks.add(format!("{field} is not an object: kept as its field `value`"));
    }
    fields
}

/// The fields of an object; anything else that is not empty is the only field, `value`.
pub(super) fn any_object(value: &RawValue) -> Object {
    match raw::object(value.get()) {
        Some(fields) => fields,
        None if is_empty(value.get()) => Object::new(),
        None => Object::from_iter([("value".to_owned(), value.to_owned())]),
    }
}

/// Nothing, in any of the ways that a labourer may write it.
fn is_empty(json: &str) -> bool {
    let json = json.trim();
    matches!(json, "" | "null")
        || raw::list(json).is_some_and(|list| list.is_empty())
        || raw::object(json).is_some_and(|fields| fields.is_empty())
        || raw::text(json).is_some_and(|text| is_empty(&text))
}

/// Of these objects, in their order, each field that still fits into [`MAX_RESULT`]. They are named for
/// the remarks.
pub(super) fn fitting<const N: usize>(
    objects: [(&str, Object); N],
    remarks: &mut Remarks,
) -> [Object; N] {
    let mut room = MAX_RESULT;
    objects.map(|(name, fields)| {
        let (kept, dropped) = fitting_fields(fields, &mut room);
        if !dropped.is_empty() {
            let names: Vec<_> = dropped.iter().map(|name| cut(name, 40)).collect();
            let (count, names) = (names.len(), names.join(", "));
            remarks.add(format!(
                "{name}: {count} of its fields dropped, of stats and results {MAX_RESULT} bytes are \
                 kept: {names}"
            ));
        }
        kept
    })
}

/// The fields of an object that fit into so many bytes of JSON text, which become less by them, and the
/// names of the others.
pub fn fitting_fields(fields: Object, room: &mut usize) -> (Object, Vec<String>) {
    const COMMA_OR_BRACE: usize = 1;
    let (mut kept, mut dropped) = (Object::new(), Vec::new());
    for (name, value) in fields {
        let first = if kept.is_empty() { COMMA_OR_BRACE } else { 0 };
        let bytes = field_size(&name, &value) + COMMA_OR_BRACE + first;
        if bytes <= *room && name.len() <= MAX_FIELD_NAME {
            *room -= bytes;
            kept.insert(name, value);
        } else {
            dropped.push(name);
        }
    }
    (kept, dropped)
}

/// Bytes of `"name":value`.
fn field_size(name: &str, value: &RawValue) -> usize {
    const COLON: usize = 1;
    serde_json::to_string(name).map_or(0, |name| name.len()) + COLON + value.get().len()
}
