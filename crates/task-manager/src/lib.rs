#![doc = include_str!("../README.md")]

// The words of the wire, which are those of the domain, too.
pub use protocol::{ids, limits, report, time};

// The domain.
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
pub mod backoff;
pub mod closing;
pub mod ecology;
pub mod jobs;

// What the operator decides.
pub mod config;

// What carries decisions out.
pub mod storage;
pub mod turns;
pub mod manager;

#[doc = include_str!("../PROOF.md")]
pub mod proof {}

// The edge: what calls go out by, and what is counted.
mod describe;
pub mod clients;
pub mod metrics;

pub use describe::describe;
pub use manager::TaskManager;
