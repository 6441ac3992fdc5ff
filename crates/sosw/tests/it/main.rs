//! What sosw guarantees, proved on a real engine through the real SDK.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod engine;
mod items;
#[allow(dead_code, reason = "some of its troubles are for the sweep alone")]
mod wire;
mod world;

mod creating;
mod life;
mod network;
mod refusals;
mod reporting;
mod upkeep;
