//! One file for each screen.

pub mod now;
mod range;
mod pause;
pub mod resource;
pub mod labourer;
pub mod stack;
pub mod fields;
pub mod asked;
pub mod kinds;
pub mod jobs;
pub mod job;
pub mod sure;
pub mod tasks;
pub mod task;
pub mod payload;
pub mod failures;
