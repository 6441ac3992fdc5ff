//! The outcome of the work: `Ok(Done)` or `Err(Failure)`, of a block one for each task.

use std::{
    any::type_name, backtrace::Backtrace, backtrace::BacktraceStatus, collections::BTreeMap,
    error::Error, time::Duration,
};

use protocol::{ids::TaskId, report};
use serde_json::{Map, Value};

pub use protocol::report::Again;

/// What a labourer's work returns.
pub type Outcome = Result<Done, Failure>;

/// What a labourer's work returns that gets all tasks of a block together. An error means all of them.
pub type BlockOutcome = Result<TaskOutcomes, Failure>;

/// How the tasks of a block ended. Tasks that are not mentioned succeeded, as with SQS; of a task that is
/// mentioned twice, the last outcome counts. A task that is not in the block fails all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskOutcomes(BTreeMap<TaskId, Outcome>);

impl TaskOutcomes {
    /// All tasks succeeded, without stats or results.
    pub fn new() -> Self {
        Self::default()
    }

    /// This task succeeded, with stats or a result.
    pub fn succeed(&mut self, task: &TaskId, done: Done) {
        self.0.insert(task.clone(), Ok(done));
    }

    /// This task failed, by a [`Failure`] or any error.
    pub fn fail(&mut self, task: &TaskId, failure: impl Into<Failure>) {
        self.0.insert(task.clone(), Err(failure.into()));
    }

    pub(crate) fn tasks(&self) -> impl Iterator<Item = &TaskId> {
        self.0.keys()
    }

    pub(crate) fn take(&mut self, task: &TaskId) -> Outcome {
        self.0.remove(task).unwrap_or_else(|| Ok(Done::new()))
    }
}

impl FromIterator<(TaskId, Outcome)> for TaskOutcomes {
    fn from_iter<I: IntoIterator<Item = (TaskId, Outcome)>>(outcomes: I) -> Self {
        Self(outcomes.into_iter().collect())
    }
}

impl Extend<(TaskId, Outcome)> for TaskOutcomes {
    fn extend<I: IntoIterator<Item = (TaskId, Outcome)>>(&mut self, outcomes: I) {
        self.0.extend(outcomes);
    }
}

/// The work is done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    pub(crate) stats: Map<String, Value>,
    pub(crate) result: Map<String, Value>,
}

impl Done {
    /// A success without stats or result.
    pub fn new() -> Self {
        Self::default()
    }

    /// A figure about the work, kept with the closed task as `stat_{name}`.
    pub fn stat(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.stats.insert(name.into(), value.into());
        self
    }

    /// What the work produced: each field of an object is kept with the closed task as
    /// `result_{name}`; anything else as `result_value`.
    pub fn result(mut self, result: impl Into<Value>) -> Self {
        match result.into() {
            Value::Object(fields) => self.result.extend(fields),
            value => _ = self.result.insert("value".to_owned(), value),
        }
        self
    }
}

/// The work is not done.
///
/// Any error becomes a failure with `?`: its kind is the name of the error's type, its message the
/// error and what caused it. Like every type that errors convert into, it is no error itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure(report::Failure);

impl Failure {
    /// A failure of a kind of your own.
    pub fn new(kind: impl Into<String>, message: impl Into<String>) -> Self {
        let (kind, message) = (kind.into(), message.into());
        Self(report::Failure { kind, message, trace: None, again: Again::Usual })
    }

    /// The work failed, and it knows when trying again makes sense.
    pub fn retry_after(delay: Duration, why: impl Into<String>) -> Self {
        Self::new("RetryAfter", why).again(Again::RetryAfter(delay))
    }

    /// The work cannot be done yet. No attempt is spent.
    pub fn snooze(delay: Duration, why: impl Into<String>) -> Self {
        Self::new("Snoozed", why).again(Again::Snooze(delay))
    }

    /// For errors that hide their type, such as `Box<dyn Error>`, `anyhow::Error` or a mere text.
    pub fn boxed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new("Error", chain(error.into().as_ref()))
    }

    /// The same failure with another time to try again.
    pub fn again(mut self, again: Again) -> Self {
        self.0.again = again;
        self
    }

    /// The same failure with a backtrace.
    pub fn with_trace(mut self, trace: impl Into<String>) -> Self {
        self.0.trace = Some(trace.into());
        self
    }

    /// Its name, for counting.
    pub fn kind(&self) -> &str {
        &self.0.kind
    }

    /// What happened, for humans.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The backtrace, if there is one.
    pub fn trace(&self) -> Option<&str> {
        self.0.trace.as_deref()
    }

    /// When the task is tried again.
    pub fn when(&self) -> Again {
        self.0.again
    }
}

impl From<Failure> for report::Failure {
    fn from(Failure(failure): Failure) -> Self {
        failure
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let failure = Self::new(short_name(type_name::<E>()), chain(&error));
        // Captured only where RUST_BACKTRACE asks for it; it costs milliseconds.
        let trace = Backtrace::capture();
        match trace.status() {
            BacktraceStatus::Captured => failure.with_trace(trace.to_string()),
            _ => failure,
        }
    }
}

/// An error and its causes in one line. Many errors already quote their cause; it is not repeated.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text_of_cause = error.to_string();
        if !text.contains(&text_of_cause) {
            text = format!("{text}: {text_of_cause}");
        }
        cause = error.source();
    }
    text
}

/// `SdkError<InvokeError>` of `aws::result::SdkError<aws::InvokeError>`: names without modules.
fn short_name(full: &str) -> String {
    let mut short = String::with_capacity(full.len());
    let mut word = 0;
    for c in full.chars() {
        if c == ':' {
            short.truncate(word);
            continue;
        }
        short.push(c);
        if !(c.is_alphanumeric() || c == '_') {
            word = short.len();
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error)]
    #[error("no rate for {currency}")]
    struct NoRate {
        currency: &'static str,
        #[source]
        cause: std::io::Error,
    }

    fn convert() -> Outcome {
        Err(NoRate { currency: "EUR", cause: std::io::Error::other("host is gone") })?;
        Ok(Done::new())
    }

    #[test]
    fn an_error_becomes_a_failure_that_names_its_type_and_its_causes() {
        let failure = convert().unwrap_err();
        assert_eq!(failure.kind(), "NoRate");
        assert_eq!(failure.message(), "no rate for EUR: host is gone");
        assert_eq!(failure.when(), Again::Usual);
    }

    #[test]
    fn a_cause_that_is_already_quoted_is_not_repeated() {
        #[derive(Debug, Error)]
        #[error("cannot read: {0}")]
        struct Quoting(#[source] std::io::Error);
        let failure = Failure::from(Quoting(std::io::Error::other("gone")));
        assert_eq!(failure.message(), "cannot read: gone");
    }

    #[test]
    fn names_of_types_lose_their_modules() {
        assert_eq!(short_name("a::b::SdkError<c::d::Put, e::Http>"), "SdkError<Put, Http>");
        assert_eq!(short_name("&my_crate::Oops"), "&Oops");
    }

    #[test]
    fn a_result_that_is_no_object_is_kept_as_value() {
        assert_eq!(Done::new().result(7).result, *json!({"value": 7}).as_object().unwrap());
        let done = Done::new().stat("rows", 12).result(json!({"file": "a.csv"}));
        assert_eq!(Value::Object(done.stats), json!({"rows": 12}));
        assert_eq!(Value::Object(done.result), json!({"file": "a.csv"}));
    }
}
