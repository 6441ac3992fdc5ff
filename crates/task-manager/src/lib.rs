//! To be written.

pub mod backoff;
pub mod config;
pub mod ecology;
pub mod greenfield;
pub mod ids;
pub mod jobs;
pub mod labourer;
pub mod slots;
pub mod time;
