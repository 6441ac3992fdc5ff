//! Jobs, from what one would be to what became of it.
//!
//! - [`check`], [`parse`]: is it right? [`preview`]: what would it be, and what would it cost?
//! - [`accept`], then [`fill`]: it is there, then its tasks are
//! - [`list`], [`open`], [`read`], [`show`]: how far it is
//! - [`cancel`], [`retry_failed`]: its end, and a second try

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
        message::Submission,
        options::Options,
        record::{Breakdown, Count, Progress, State},
    },
    manager::jobs::{JobError, retry::Retried},
    mistakes::Mistakes,
};
