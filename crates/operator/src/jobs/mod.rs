//! Jobs, from preview to result.
//!
//! - [`check`], [`parse`]: is it valid? [`preview`]: its tasks and its cost
//! - [`accept`], then [`fill`]: stores the job, then creates its tasks
//! - [`list`], [`open`], [`read`], [`show`]: its progress
//! - [`cancel`], [`retry_failed`]

mod act;
pub mod estimate;
mod message;
mod overview;
mod preview;
mod submit;

pub use act::{CancelledJob, cancel, retry_failed};
pub use estimate::Estimate;
pub use message::{JobRefusal, check, is_open, parse};
pub use overview::{JobDetails, JobOverview, list, open, read, show};
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
