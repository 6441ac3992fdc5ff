//! What a job costs.

pub mod estimate;
