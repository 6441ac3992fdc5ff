//! What sosw guarantees, proved on a real engine through the real SDK.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod engine;
mod items;
mod labourers;
mod wire;
mod world;

mod chains;
mod creating;
mod destinations;
mod doctor;
mod flow;
mod keeping;
mod legacy;
mod life;
mod limits;
mod network;
mod refusals;
mod reporting;
mod stack;
mod troubles;
mod upkeep;
