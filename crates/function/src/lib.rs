//! What the four functions share at the edge, where Lambda ends and the domain begins.
//!
//! In the order in which an event meets them:
//!
//! - [`mod@start`]: logs, metrics, clients and config, once for each process
//! - [`mod@serve`]: an event and the time it has, to the work; its answer or its error back to Lambda
//! - [`tick`]: the work of an orchestrator or a scavenger for each labourer in turn
//! - [`telemetry`]: logs; [`export`]: numbers for the stack's alarms and dashboard
//!
//! A function is a library that is called with a [`task_manager::TaskManager`], an event and a time,
//! so that tests and the local mode call what Lambda runs; only its `serve` comes here.

pub mod telemetry;
pub mod export;
pub mod start;
pub mod serve;
pub mod tick;

/// Why a function ends: it cannot start, or the Runtime API fails.
pub use lambda_runtime::Error;
pub use serve::{Invocation, failed, serve};
pub use start::start;
