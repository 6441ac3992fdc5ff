//! What the four functions share between Lambda and the domain.
//!
//! In the order in which an event passes through them:
//!
//! - [`mod@start`]: logs, metrics, clients and config, set up once per process
//! - [`certificates`]: what TLS trusts, where the environment is wrong about it
//! - [`follow`]: the config again, as it is pushed while the process lives
//! - [`mod@serve`]: hands an event and its deadline to the work, and the answer or error to Lambda
//! - [`mod@exit`]: why a process ends, logged with the remedy
//! - [`tick`]: the work of an orchestrator or a scavenger, labourer by labourer
//! - [`telemetry`]: logs; [`export`]: metrics for the stack's alarms and dashboard
//!
//! Each function is a library that is called with a [`task_manager::TaskManager`], an event and a
//! deadline, so that tests and the local mode run the same code as Lambda. Those that tick use [`tick`];
//! besides that, only `serve` of each depends on this crate.

pub mod telemetry;
pub mod export;
pub mod follow;
pub mod certificates;
pub mod start;
pub mod serve;
pub mod exit;
pub mod tick;

pub use exit::exit;
/// Why a function ends: it cannot start, or the Runtime API fails.
pub use lambda_runtime::Error;
pub use serve::{Invocation, failed, serve};
pub use start::start;
