//! The domain of sosw, and every table it keeps. (Front page to be written.)

pub mod backoff;
pub mod clients;
pub mod closing;
pub mod config;
pub mod dispatch;
pub mod ecology;
pub mod greenfield;
pub mod ids;
pub mod invocation;
pub mod jobs;
pub mod labourer;
pub mod manager;
pub mod payload;
pub mod queue;
pub mod report;
pub mod slots;
pub mod start_up;
pub mod storage;
pub mod task;
pub mod telemetry;
pub mod tick;
pub mod time;
pub mod transition;

pub use manager::TaskManager;
