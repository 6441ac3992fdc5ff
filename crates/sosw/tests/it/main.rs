//! What sosw guarantees, proved on a real engine through the real SDK.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod engine;
mod items;
mod labourers;
#[allow(dead_code, reason = "some of its troubles are for the sweep alone")]
mod wire;
mod world;

mod chains;
mod creating;
mod ecology;
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

mod jobs;
mod jobs_cancelled;
mod jobs_counted;
mod jobs_cut;
mod jobs_ended;
mod jobs_hindered;
mod jobs_refused;
mod jobs_retried;
