//! Labourers in Rust: functions that do the tasks sosw gives them.
pub mod attempt;
pub mod outcome;
mod panics;
pub mod report;
pub mod reports;
pub mod run;
pub mod task;
pub mod testing;
pub mod time;

pub use lambda_runtime::{Context, Error};
pub use outcome::{Done, Failure, Outcome};
pub use run::{Labourer, run};
pub use task::Task;
