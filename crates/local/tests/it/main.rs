//! What the embedded AWS guarantees, seen through the official SDK clients.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod calls;
mod chains;
mod events;
mod metrics;
mod output;
mod processes;
mod starts;
mod tables;
mod topics;
mod whole;
mod world;
