//! How an attempt ended: what labourers, and Lambda for them, report to the worker assistant.
//!
//! - [`message`]: a report as a message of its own, as sosw 0.7's labourers send it
//! - [`destination`]: what a function returns, and the record that Lambda's destination makes of it
//! - [`block`]: what either says of single tasks of a block
//! - [`again`]: when a failed task is to be tried again
//! - `lenient`: what stands in either beside the outcome, and is never a reason to refuse it
//! - `undelivered`: reports and records that did not arrive, sent again by hand

use std::borrow::Cow;

use serde_json::value::RawValue;
use thiserror::Error;

use crate::{
    ids::{ClaimToken, InvalidId, LabourerId, RequestId, TaskId},
    limits::{MAX_ERROR_KIND, MAX_ERROR_MESSAGE, MAX_ERROR_TRACE, cut},
    members::Members,
    raw::{self, Object},
};

pub mod again;
pub mod block;
pub mod destination;
pub mod message;
mod lenient;
mod undelivered;

pub use again::Again;
pub use block::MemberFailure;
pub use lenient::fitting_fields;

/// The end of an attempt.
#[derive(Clone, Debug)]
pub struct Report {
    /// Which task, or block.
    pub task_id: TaskId,
    /// Whose task. sosw 0.7's labourers do not say.
    pub labourer_id: Option<LabourerId>,
    /// Which attempt. sosw 0.7's labourers do not say.
    pub claim: Option<ClaimToken>,
    /// The invocation that the attempt ran in. sosw 0.7's labourers do not say.
    pub request: Option<RequestId>,
    /// The numbers of the tasks that the attempt at a block had. Absent for a single task, and where the
    /// labourer does not repeat them.
    pub members: Option<Members>,
    /// How it ended. A block succeeded if its invocation did, though some or all of its tasks failed.
    pub outcome: Outcome,
    /// The tasks of a block that failed, each once; empty unless the outcome is a success. Nobody has
    /// checked that the block has such tasks.
    pub failures: Vec<MemberFailure>,
    /// Figures about the work, to be kept as `stat_*`.
    pub stats: Object,
    /// What the work produced, to be kept as `result_*`.
    pub result: Object,
    /// What single tasks of a block produced, by task id. Nobody has checked that the block has such
    /// tasks.
    pub results: Object,
    /// What of the report was converted, dropped or ignored, in words.
    pub remarks: Vec<String>,
}

impl Report {
    /// A report that says nothing but the outcome.
    pub fn new(task_id: TaskId, outcome: Outcome) -> Self {
        Self {
            task_id,
            labourer_id: None,
            claim: None,
            request: None,
            members: None,
            outcome,
            failures: Vec::new(),
            stats: Object::new(),
            result: Object::new(),
            results: Object::new(),
            remarks: Vec::new(),
        }
    }
}

impl PartialEq for Report {
    fn eq(&self, other: &Self) -> bool {
        let objects = |of: &Self| {
            [&of.stats, &of.result, &of.results].map(|fields| -> Vec<(String, String)> {
                fields.iter().map(|(name, json)| (name.clone(), json.get().to_owned())).collect()
            })
        };
        let ids = |of: &Self| {
            (of.task_id.clone(), of.labourer_id.clone(), of.claim.clone(), of.members.clone())
        };
        ids(self) == ids(other)
            && self.request == other.request
            && self.outcome == other.outcome
            && self.failures == other.failures
            && self.remarks == other.remarks
            && objects(self) == objects(other)
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The work is done; of a block, but for [`Report::failures`].
    Success,
    /// It is not done.
    Failure(Failure),
    /// It was not begun: Lambda accepted the invocation, and gave it up before the function was started.
    /// Only Lambda's records say so.
    NeverRan {
        /// Lambda's word for it: `EventAgeExceeded`.
        condition: String,
    },
}

impl Outcome {
    /// Why the work is not done, as a labourer would say it.
    pub fn failure(&self) -> Option<Cow<'_, Failure>> {
        match self {
            Self::Success => None,
            Self::Failure(failure) => Some(Cow::Borrowed(failure)),
            Self::NeverRan { condition } => Some(Cow::Owned(Failure {
                kind: condition.clone(),
                message: destination::gave_up(condition),
                trace: None,
                again: Again::Usual,
            })),
        }
    }
}

/// Why the work is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A stable name, for counting.
    pub kind: String,
    /// In words.
    pub message: String,
    /// Where in the labourer's code.
    pub trace: Option<String>,
    /// When the labourer wants to be tried again.
    pub again: Again,
}

impl Failure {
    /// The same, its texts cut to what is kept.
    pub fn within_limits(self) -> Self {
        Self {
            kind: cut(&self.kind, MAX_ERROR_KIND),
            message: cut(&self.message, MAX_ERROR_MESSAGE),
            trace: self.trace.map(|trace| cut(&trace, MAX_ERROR_TRACE)),
            again: self.again,
        }
    }
}

/// Why something is not a report: the task, how it ended, or which attempt failed cannot be read; or it is
/// about no task at all.
/// Nothing was written.
#[derive(Debug, PartialEq, Error)]
pub enum ReportError {
    /// Neither a report, nor a destination record, nor a list of them.
    #[error(
        "this is no report: it has neither `action` (mark_task_as_completed or \
         mark_task_as_failed) nor `requestContext` (a record of a Lambda destination)"
    )]
    Unrecognised,
    /// An action that does not exist.
    #[error("unknown action {0:?}: it must be mark_task_as_completed or mark_task_as_failed")]
    UnknownAction(String),
    /// A field is missing.
    #[error("the report has no `{0}`")]
    Missing(&'static str),
    /// A destination's record of an event that names no task: somebody else invoked the function.
    #[error(
        "this is no report: it is the record of an invocation that sosw did not make, as its payload \
         has neither `task_id` nor `sosw`"
    )]
    NotOurs {
        /// The ARN of the invoked function, if the record names it.
        function: Option<String>,
    },
    /// A field that must be text is not.
    #[error("`{0}` of the report must be text")]
    NotText(&'static str),
    /// A field is no identifier.
    #[error(transparent)]
    Id(#[from] InvalidId),
}

/// Reads one event of the worker assistant: a report, a destination record, or a list of either;
/// or what Lambda wrote of one that was not delivered. Each element is accepted or refused by itself.
pub fn read(event: &RawValue) -> Vec<Result<Report, ReportError>> {
    let event = undelivered::unwrapped(event.get());
    match raw::list(&event) {
        Some(elements) => {
            elements.iter().map(|e| read_one(&undelivered::unwrapped(e.get()))).collect()
        }
        None => vec![read_one(&event)],
    }
}

fn read_one(event: &str) -> Result<Report, ReportError> {
    let fields = raw::object(event).ok_or(ReportError::Unrecognised)?;
    match is_record(&fields) {
        true => destination::read(&fields),
        false => message::read(&fields),
    }
}

/// Lambda's records have no action; what hangs on a report may be named as what is in a record.
fn is_record(event: &Object) -> bool {
    event.contains_key("requestContext") && !event.contains_key("action")
}

/// Bytes of `stats` and `result` together, as JSON text. What is empty has none.
pub fn size(stats: &Object, result: &Object) -> usize {
    let size = |object: &Object| match object.is_empty() {
        true => 0,
        false => serde_json::to_string(object).map_or(0, |text| text.len()),
    };
    size(stats) + size(result)
}

/// A field that decides what the report is about: text, or absent.
fn text(fields: &Object, field: &'static str) -> Result<Option<String>, ReportError> {
    let Some(json) = raw::field(fields, field) else { return Ok(None) };
    serde_json::from_str(json).map_err(|_| ReportError::NotText(field))
}

#[cfg(test)]
mod tests;
