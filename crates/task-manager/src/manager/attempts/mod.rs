//! Attempts: from a claim to the end of it.
//!
//! - [`start`]: claims the heads of the queue, as many as there are free slots
//! - [`fill`]: the same between ticks, for whoever has just queued tasks
//! - [`invoke`]: hands a claimed attempt to Lambda, and acts on the answer
//! - [`receive`]: a report ends an attempt
//! - `hand_over`: the same transaction claims the next task, which gets the slot; `claimed`: what it need
//!   not look at again
//! - `halve`: blocks that crash whenever they are attempted
//! - [`upkeep`]: attempts that no report ends: their lease passed, or a Python worker assistant
//!   marked their task as completed
//! - `finish`: what every end has in common
//! - [`open`]: which attempts there are

use crate::manager::TaskManager;

pub mod start;
pub mod fill;
pub mod invoke;
pub mod receive;
mod hand_over;
pub(super) mod claimed;
mod halve;
pub mod upkeep;
mod finish;
pub mod open;

/// The attempts of all labourers.
#[derive(Clone, Copy)]
pub struct Attempts<'a> {
    pub(super) manager: &'a TaskManager,
}
