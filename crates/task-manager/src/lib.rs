#![doc = include_str!("../README.md")]

// The domain.
pub mod time;
pub mod ids;
pub mod task;
pub mod trace;
pub mod payload;
pub mod greenfield;
pub mod labourer;
pub mod slots;

// Decisions: pure functions of what was read and of the time.
pub mod transition;
pub mod queue;
pub mod dispatch;
pub mod invocation;
pub mod report;
pub mod backoff;
pub mod closing;
pub mod ecology;
pub mod jobs;

// What the operator decides.
pub mod config;

// What carries decisions out.
pub mod storage;
pub mod manager;
pub mod tick;

#[doc = include_str!("../PROOF.md")]
pub mod proof {}

// The edge: what a function is started with.
mod describe;
pub mod clients;
pub mod start_up;
pub mod telemetry;
pub mod metrics;

pub use describe::describe;
pub use manager::TaskManager;
