//! What an answer says of single tasks of a block: which failed although the invocation did not, and
//! what the others produced.

use indexmap::{IndexMap, map::Entry};

use super::{
    Again, Failure, Outcome, Report,
    lenient::{self, Remarks},
    message,
};
use crate::{
    ids::TaskId,
    limits::cut,
    raw::{self, Object},
};

/// The kind of an attempt's failure whose answer names no tasks where it should.
pub const INVALID_ANSWER: &str = "InvalidAnswer";
/// The kind of a task's failure that is reported in SQS's way, which gives no reasons.
pub const BATCH_ITEM_FAILURE: &str = "batchItemFailure";

const FAILURES: &str = "failures";
const BATCH_ITEM_FAILURES: &str = "batchItemFailures";
const RESULTS: &str = "results";

/// The errors by which Powertools' batch processors say that each record failed.
const EACH_FAILED: [&str; 2] = ["BatchProcessingError", "FullBatchFailureError"];

/// A task that failed although the invocation of its block did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberFailure {
    /// The task.
    pub task_id: TaskId,
    /// Why.
    pub failure: Failure,
}

/// Failures by task. If an answer cannot be understood, nothing is known of any task, and all count as
/// failed, as with SQS.
type Failures = Result<IndexMap<TaskId, Failure>, Failure>;

/// What an answer says of single tasks; by default nothing.
pub(super) struct BlockAnswer {
    failures: Failures,
    results: Object,
}

impl Default for BlockAnswer {
    fn default() -> Self {
        Self { failures: Ok(IndexMap::new()), results: Object::new() }
    }
}

impl BlockAnswer {
    /// Reads the fields of an answer that are about single tasks.
    pub fn read(answer: &Object, remarks: &mut Remarks) -> Self {
        Self { failures: failures(answer, remarks), results: results(answer, remarks) }
    }

    /// The same, and takes those fields out: what remains is the result of the whole.
    pub fn take(answer: &mut Object, remarks: &mut Remarks) -> Self {
        let read = Self::read(answer, remarks);
        answer.retain(|name, _| ![FAILURES, BATCH_ITEM_FAILURES, RESULTS].contains(&name.as_str()));
        read
    }

    /// The answer in a function's error, if that says that each of its `messages` failed.
    pub fn of_error(failure: &Failure, messages: Vec<TaskId>) -> Option<Self> {
        if messages.is_empty() || !EACH_FAILED.contains(&failure.kind.as_str()) {
            return None;
        }
        let failure = failure.clone().within_limits();
        let failures = messages.into_iter().map(|task_id| (task_id, failure.clone())).collect();
        Some(Self { failures: Ok(failures), results: Object::new() })
    }

    /// Does it name no failure?
    pub fn is_success(&self) -> bool {
        self.failures.as_ref().is_ok_and(IndexMap::is_empty)
    }

    /// The report of an attempt with this answer, as far as it is kept.
    pub fn complete(self, report: Report, mut remarks: Remarks) -> Report {
        let Self { failures, mut results } = self;
        let mut result = report.result;
        if let Some(own) = results.shift_remove(report.task_id.as_str()) {
            result.extend(lenient::any_object(&own));
        }
        let (outcome, failures) = match report.outcome {
            Outcome::Success => outcome(failures, &report.task_id),
            failed => {
                if !failures.is_ok_and(|failures| failures.is_empty()) {
                    remarks.add("failures of single tasks ignored: all failed together".to_owned());
                }
                (failed, Vec::new())
            }
        };
        let kept = [("stats", report.stats), ("result", result), (RESULTS, results)];
        let [stats, result, results] = lenient::fitting(kept, &mut remarks);
        let remarks = remarks.into_texts();
        Report { outcome, failures, stats, result, results, remarks, ..report }
    }
}

/// How an invocation ended that did not fail. An answer that names the task of the report itself is
/// about a single task, which came as a message of SQS.
fn outcome(failures: Failures, task_id: &TaskId) -> (Outcome, Vec<MemberFailure>) {
    let mut failures = match failures {
        Ok(failures) => failures,
        Err(invalid) => return (Outcome::Failure(invalid), Vec::new()),
    };
    if let Some(own) = failures.shift_remove(task_id) {
        return (Outcome::Failure(own), Vec::new());
    }
    let single = |(task_id, failure)| MemberFailure { task_id, failure };
    (Outcome::Success, failures.into_iter().map(single).collect())
}

/// Of a task in both lists, `failures` says more.
fn failures(answer: &Object, remarks: &mut Remarks) -> Failures {
    let mut failures = listed(answer, FAILURES, remarks, failure)?;
    for (task_id, failure) in listed(answer, BATCH_ITEM_FAILURES, remarks, batch_item_failure)? {
        failures.entry(task_id).or_insert(failure);
    }
    Ok(failures)
}

/// How an element of a list is read: which task failed, and why.
type ReadElement = fn(&Object, &mut Remarks) -> Option<(TaskId, Failure)>;

fn listed(answer: &Object, field: &str, remarks: &mut Remarks, read: ReadElement) -> Failures {
    let Some(json) = raw::field(answer, field).filter(|json| *json != "null") else {
        return Ok(IndexMap::new());
    };
    let elements = raw::list(json).ok_or_else(|| invalid(field, json))?;
    let (mut failures, mut odd, mut repeated) = (IndexMap::new(), Remarks::default(), 0);
    for element in &elements {
        let fields = raw::object(element.get());
        let read = fields.and_then(|fields| read(&fields, &mut odd));
        let (task_id, failure) = read.ok_or_else(|| invalid(field, element.get()))?;
        match failures.entry(task_id) {
            Entry::Occupied(_) => repeated += 1,
            Entry::Vacant(vacant) => _ = vacant.insert(failure.within_limits()),
        }
    }
    remarks.add_summary(field, odd);
    if repeated > 0 {
        remarks.add(format!("{field}: {repeated} ignored, their tasks are already in the list"));
    }
    Ok(failures)
}

fn failure(of: &Object, remarks: &mut Remarks) -> Option<(TaskId, Failure)> {
    Some((task_id(of, "task_id")?, message::failure(of, remarks)))
}

fn batch_item_failure(of: &Object, _: &mut Remarks) -> Option<(TaskId, Failure)> {
    let failure = Failure {
        kind: BATCH_ITEM_FAILURE.to_owned(),
        message: "the labourer named the task in batchItemFailures, which gives no reasons"
            .to_owned(),
        trace: None,
        again: Again::Usual,
    };
    Some((task_id(of, "itemIdentifier")?, failure))
}

fn task_id(of: &Object, field: &str) -> Option<TaskId> {
    TaskId::new(raw::text(raw::field(of, field)?)?).ok()
}

fn invalid(field: &str, found: &str) -> Failure {
    let shape = match field {
        FAILURES => r#"{"task_id": TASK_ID, "error": {"kind": TEXT, "message": TEXT}}"#,
        _ => r#"{"itemIdentifier": TASK_ID}"#,
    };
    let message = format!(
        "{field} must be a list of {shape}, not {}; as nothing is known of the tasks, all of them count \
         as failed",
        cut(found, 200)
    );
    let (kind, trace, again) = (INVALID_ANSWER.to_owned(), None, Again::Usual);
    Failure { kind, message, trace, again }
}

/// What tasks produced, by task id.
fn results(answer: &Object, remarks: &mut Remarks) -> Object {
    let Some(json) = raw::field(answer, RESULTS).filter(|json| *json != "null") else {
        return Object::new();
    };
    raw::object(json).unwrap_or_else(|| {
        remarks
            .add(format!("{RESULTS} dropped: it must be an object with a field for each task id"));
        Object::new()
    })
}
