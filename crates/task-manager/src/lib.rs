//! The domain of sosw, and every table it keeps. (Front page to be written.)

pub mod time;
pub mod ids;
pub mod task;
pub mod payload;
pub mod greenfield;
pub mod queue;
pub mod labourer;
pub mod slots;
pub mod dispatch;
pub mod invocation;
pub mod report;
pub mod backoff;
pub mod closing;
pub mod transition;
pub mod ecology;
pub mod config;
pub mod jobs;
pub mod storage;
