//! One file for each screen.

pub mod now;
pub mod labourer;
pub mod stack;
pub mod jobs;
pub mod job;
pub mod sure;
pub mod tasks;
pub mod task;
