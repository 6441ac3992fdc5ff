//! The kinds of mistakes. Each names what was given and what would be right.

use std::fmt;

use thiserror::Error;

use crate::{ids::ResourceId, json::Json, mistakes::Hint};

/// What is wrong with one value of a message.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// Neither a job nor a job's id.
    #[error(
        "give {{\"job\": {{…}}}}, a bare job with `lambda_name`, or {{\"job_id\": …}} to go on"
    )]
    NoJob,
    /// Text that should be JSON and is not.
    #[error("is text, but no JSON: {0}")]
    NotJson(String),
    /// A required field is absent.
    #[error("is missing: give {0}")]
    Missing(&'static str),
    /// A value of the wrong kind.
    #[error("is {found}: give {expected}")]
    Expected { expected: &'static str, found: Given },
    /// A name that is not known.
    #[error("{what} {given:?} is unknown{hint}")]
    Unknown {
        /// What it should name.
        what: &'static str,
        given: String,
        hint: Hint,
    },
    /// A field that cannot be set from outside.
    #[error("is set for each task by the scheduler: remove it")]
    Reserved,
    /// Two fields of which only one can be meant.
    #[error("stands beside `{0}`: give one of the two")]
    Beside(String),
    /// The schema of a job has a mistake.
    #[error("names a schema that has a mistake in the config: {0}")]
    MistakenSchema(String),
    /// A field beside `job` that would be lost.
    #[error("reaches no task beside `job` (move it into that), and no option has this name{0}")]
    NoOption(Hint),
    /// A field that is probably a misspelt option.
    #[error("is no option, did you mean `{0}`?")]
    Misspelt(&'static str),
    /// An attribute that EventBridge Scheduler would have replaced.
    #[error(
        "has `<aws.scheduler.…>`, which only EventBridge Scheduler replaces, in the input of a \
         schedule: sent as it is, every job with this key is the same job. Send it by such a \
         schedule (no rule of EventBridge is one), or give each job a key of its own"
    )]
    Unreplaced,
    /// A flag of chunking for an attribute that the schema does not have.
    #[error("names no attribute of the job's schema{0}")]
    NoAttribute(Hint),
    /// The calendar has no such day.
    #[error("{0:?} is no date of the calendar: give an existing YYYY-MM-DD")]
    NoSuchDate(String),
    /// A range that ends before it starts.
    #[error("{0:?} ends before it starts: give the earlier date first")]
    Backwards(String),
    /// A period of no days.
    #[error("{0:?} holds no time at all: give a number from 1 on")]
    NoTime(String),
    /// An isolation of days for hours, or of hours for days.
    #[error("does not go with this period: set `{0}`")]
    OtherUnit(&'static str),
    /// A period that leaves the calendar.
    #[error("{0:?} reaches beyond the calendar: give a shorter period")]
    BeyondCalendar(String),
    /// Attribute names of a schema are singular.
    #[error("{0:?} ends with s: name the attribute in the singular; jobs may use either")]
    PluralAttribute(String),
    /// Sub-jobs of a deeper attribute beside the ones of a level above.
    #[error("has sub-jobs beside those of `{0}`: move them into these")]
    SharedSubJobs(String),
    /// More tasks than can be counted.
    #[error(
        "the job has more tasks than can be counted: chunk fewer attributes, or send several jobs"
    )]
    TooManyTasks,
    /// A task of the job would be too large.
    #[error(
        "the payload of task {n} would have {bytes} bytes, more than the {limit} that a task can \
         hold: set smaller batches, or put the data into S3 and pass its key"
    )]
    PayloadTooLarge {
        /// Number of the task in the job.
        n: u64,
        /// Size of its payload as JSON text.
        bytes: usize,
        limit: usize,
    },
    /// More tasks of an invocation than may start together.
    #[error(
        "is more than {most}: the tasks of an invocation start together, and a burst of {rate} is \
         enough for that many. So many they are"
    )]
    AboveBurst { most: u32, rate: ResourceId },
    /// The job itself is too large.
    #[error(
        "the job has {bytes} bytes, more than the {limit} that its row can hold: split it into \
         several jobs, or pass keys of data in S3 instead of the data"
    )]
    JobTooLarge {
        /// Size of the job as JSON text.
        bytes: usize,
        limit: usize,
    },
}

impl Problem {
    /// `found` is not what was `expected`.
    pub(super) fn expected(expected: &'static str, found: &Json) -> Self {
        Self::Expected { expected, found: Given::of(found) }
    }

    /// `given` is none of the `known` names of `what`.
    pub(super) fn unknown<'a>(
        what: &'static str,
        given: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self::Unknown { what, given: given.to_owned(), hint: Hint::among(given, known) }
    }
}

/// A value in an error message: small ones are shown, of others the kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// A value, as JSON text.
    Shown(String),
    /// The kind of a value.
    Kind(&'static str),
}

impl Given {
    /// How a message shows `value`.
    pub fn of(value: &Json) -> Self {
        match value {
            Json::Array(_) => Self::Kind("a list"),
            Json::Object(_) => Self::Kind("an object"),
            other => match other.to_string() {
                long if long.chars().count() > 62 => Self::Kind("a long text"),
                short => Self::Shown(short),
            },
        }
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shown(text) => f.write_str(text),
            Self::Kind(kind) => f.write_str(kind),
        }
    }
}
