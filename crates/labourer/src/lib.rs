//! Labourers in Rust: functions that do the tasks sosw gives them.
//!
//! ```no_run
//! use labourer::{Context, Done, Failure, Outcome, Task};
//! use serde::Deserialize;
//! use serde_json::json;
//! use std::time::Duration;
//!
//! #[derive(Deserialize)]
//! struct Resize {
//!     images: Vec<String>,
//!     width: u32,
//! }
//!
//! async fn resize(task: Task<Resize>, _: Context) -> Outcome {
//!     let Resize { images, width } = task.payload;
//!     if width == 0 {
//!         return Err(Failure::new("BadWidth", "width must not be 0"));
//!     }
//!     let mut bytes = 0;
//!     for image in &images {
//!         let Ok(file) = std::fs::metadata(image) else {
//!             return Err(Failure::snooze(Duration::from_secs(600), "not uploaded yet"));
//!         };
//!         bytes += file.len();
//!         std::fs::copy(image, format!("{image}.{width}"))?; // any error is a failure
//!     }
//!     Ok(Done::new().stat("bytes", bytes).result(json!({ "images": images })))
//! }
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), labourer::Error> {
//!     labourer::run(resize).await
//! }
//! ```
//!
//! In the order to read:
//!
//! * [`task`]: the event, parsed.
//! * [`outcome`]: what the work returns.
//! * [`attempt`]: one event, from its arrival to its report, without sending it.
//! * [`report`]: the message that ends an attempt, and what the function returns.
//! * [`block`]: the same for several tasks in one invocation.
//! * [`reports`]: how the report is delivered.
//! * [`mod@run`]: all of this as a Lambda function.
//! * [`testing`]: all of this without Lambda.
//! * [`panics`]: a panic of the work as a failure.

#![warn(missing_docs)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod outcome;
pub mod task;
pub mod panics;
mod time_limit;
pub mod block;
pub mod report;
pub mod attempt;
pub mod reports;
pub mod run;
pub mod testing;

/// The invocation's context, and the error of [`run()`], as Lambda's runtime has them.
pub use lambda_runtime::{Context, Error};

pub use self::{
    outcome::{BlockOutcome, Done, Failure, Outcome, TaskOutcomes},
    reports::Reports,
    run::{Labourer, run, run_block},
    task::Task,
};
/// Types of the wire format.
pub use protocol::{
    ids::{ClaimToken, JobId, LabourerId, TaskId},
    report::{Report, destination::FunctionError},
    time::Timestamp,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
