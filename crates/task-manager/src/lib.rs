#![doc = include_str!("../README.md")]

// The words of the wire, which are those of the domain, too.
pub use protocol::{duration, event, ids, limits, members, report, time};

// The edge: what calls go out by, what is drawn and counted, and how an error is written down.
mod describe;
pub mod clients;
pub mod random;
pub mod metrics;

// How an input names what AWS has, and what may be wrong with it.
pub mod arn;
pub mod mistakes;

// What there is, and what may happen to it: pure functions of what was read and of the time.
pub mod decimal;
pub mod json;
pub mod attributes;
pub mod greenfield;
pub mod task;
pub mod ecology;
pub mod resource;
pub mod labourer;
pub mod history;
pub mod jobs;
pub mod transition;
pub mod sharing;
pub mod queue;
pub mod attempt;

// What the operator decides.
pub mod config;

// What carries decisions out.
pub mod storage;
pub mod sources;
pub mod manager;

#[doc = include_str!("../PROOF.md")]
pub mod proof {}

pub use describe::describe;
pub use manager::TaskManager;
