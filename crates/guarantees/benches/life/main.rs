//! What a task's life costs and how fast it goes, measured on the embedded engine.
//!
//! Prices are counted by AWS's rules from the requests that went over the wire; speeds are compared
//! with a floor that is measured in the same run, for the machine is not the subject. With `--network`,
//! only the speed, with 4 ms added to each call: on Amazon's DynamoDB Local, say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use clap::Parser;

mod blocks;
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

/// How long a call is held back on a network.
const DELAY: Duration = Duration::from_millis(4);

#[derive(Parser)]
struct Args {
    /// Measure the speed on a network only
    #[arg(long)]
    network: bool,
    /// Passed by `cargo bench` to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let args = Args::parse();
    let profile =
        if cfg!(debug_assertions) { "not optimised: times are long" } else { "optimised" };
    let cores = std::thread::available_parallelism().unwrap();
    println!("On {cores} cores, {profile}. Counts and ratios hold on any machine; times do not.");
    if args.network {
        return throughput::print(DELAY).await;
    }
    price::print().await;
    blocks::print().await;
    depth::print().await;
    latency::print().await;
    throughput::print(Duration::ZERO).await;
    slots::print().await;
}
