//! Jobs, from preview to result.
//!
//! - [`check`], [`parse`]: is it valid? [`preview`]: its tasks and its cost
//! - [`accept`], then [`fill`]: stores the job, then creates its tasks
//! - [`find`]: by its id, or the beginning of it
//! - [`browse`], [`list`], [`open`], [`read`], [`show`]: its progress, and why tasks of it failed
//! - [`cancel`], [`retry_failed`]; before that, how many tasks they would touch: [`preview_cancel`], [`preview_retry`]

mod act;
mod affected;
mod browse;
mod errors;
pub mod estimate;
mod find;
mod message;
mod overview;
mod preview;
mod submit;

pub use act::{CancelledJob, cancel, retry_failed};
pub use affected::{CancelPreview, RetryPreview, preview_cancel, preview_retry};
pub use browse::{JobFilter, JobPage, browse};
pub use errors::{ErrorKind, JobErrors};
pub(crate) use errors::{kinds, sample};
pub use estimate::Estimate;
pub use find::{AmbiguousJob, JobLookupError, find};
pub use message::{JobRefusal, check, is_open, parse};
pub use overview::{JobDetails, JobOverview, count_ended, list, open, read, show};
pub use preview::{JobPreview, preview};
pub use submit::{AcceptedJob, SubmittedJob, accept, fill};
// What these answers are made of.
pub use task_manager::{
    jobs::{
        job::{Breakdown, Count, JobState, Progress},
        message::{Message, Submission},
        options::Options,
    },
    manager::jobs::{JobError, retry::Retried},
    mistakes::Mistakes,
};
