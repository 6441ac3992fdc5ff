//! What a task's life costs and how fast it goes, measured on the embedded engine.
//!
//! Prices are counted by AWS's rules from the requests that went over the wire; speeds are compared
//! with a floor that is measured in the same run, for the machine is not the subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod depth;
mod floor;
mod latency;
mod meter;
mod price;
mod rig;
mod slots;
mod throughput;

/// The embedded engine is half as fast with most others.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() {
    let profile =
        if cfg!(debug_assertions) { "not optimised: times are long" } else { "optimised" };
    let cores = std::thread::available_parallelism().unwrap();
    println!("On {cores} cores, {profile}. Counts and ratios hold on any machine; times do not.");
    price::print().await;
    depth::print().await;
    latency::print().await;
    throughput::print().await;
    slots::print().await;
}
