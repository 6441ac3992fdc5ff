//! An attempt, from its claim to its end: pure functions of what was read and of the time.
//!
//! - [`dispatch`]: which tasks may be started, the claim, and what Lambda's answer means
//! - [`invocation`]: the attempt as its labourer gets it
//! - [`closing`]: its end by a report, an expiry or a refusal, and what that does to its task
//! - `trouble`: what that end counts for in the health of its labourer

pub mod invocation;
pub mod dispatch;
pub mod closing;
mod trouble;
