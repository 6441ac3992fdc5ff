//! What labourers share: who may use how much of it, who does, and who waits.
//!
//! - [`Shared`]: limits and holders as they are written, in two reads
//! - [`Wait`]: what keeps a labourer from starting more
//! - [`list`]: every resource with those who use it
//! - [`set_permits`], [`set_rate`], [`pause`], [`resume`]: what counts from now on

mod shared;
mod wait;
mod words;
mod list;
mod live;
#[cfg(test)]
mod tests;

pub use list::{LabourerUse, PermitsSnapshot, RateSnapshot, ResourceSnapshot, list, show};
pub(crate) use live::set_by_hand;
pub use live::{PausedResource, pause, resume, set_permits, set_rate};
pub use shared::Shared;
pub use task_manager::{
    manager::resources::{live::LiveError, rate_settings::NewRate},
    resource::ledger::SetLive,
};
pub use wait::{Cause, Holding, Standing, Wait};
pub(crate) use words::brief;

/// What stands before the name of a resource where a labourer could be meant.
pub const PREFIX: &str = "resource:";
