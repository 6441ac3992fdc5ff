//! What an operator can ask and do.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod adopt;
pub mod doctor;
pub mod explain;
pub mod health;
pub mod jobs;
pub mod pause;
pub mod status;
pub mod tasks;

pub use task_manager::{
    TaskManager,
    ecology::Change,
    ids::{JobId, LabourerId, TaskId},
    time::Timestamp,
};
