//! What it costs to fill a job: speed at its start and at its end, memory, order.
//!
//! Without `--endpoint` the embedded engine runs in a process of its own, so that the memory of
//! this one is the scheduler's. With it (Amazon's DynamoDB Local, say) each call is held back by
//! 4 ms, as on a network.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use clap::Parser;
use guarantees::table::{self, any};

mod engine;
mod fill;
mod network;
mod pace;

use engine::Engine;
use fill::{Extent, Filled};

/// The embedded engine is half as fast with most others.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What sosw 0.7 creates in a second when each call takes 4 ms longer.
const SOSW: f64 = 18.0;
/// How long a call is held back on its way to an endpoint.
const DELAY: Duration = Duration::from_millis(4);

#[derive(Parser)]
struct Args {
    /// Tasks that the job has
    #[arg(long, default_value_t = 20_000)]
    tasks: u64,
    /// How many of them are one block
    #[arg(long, default_value_t = 1)]
    block: u64,
    /// Stop when so many are made
    #[arg(long, default_value_t = u64::MAX)]
    made: u64,
    /// Fill the tables of this DynamoDB
    #[arg(long)]
    endpoint: Option<String>,
    /// Run as the engine: print its address, and serve until killed
    #[arg(long, hide = true)]
    engine: bool,
    /// Passed by `cargo bench` to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args = Args::parse();
    if args.engine {
        return engine::serve().await;
    }
    let extent = Extent { tasks: args.tasks, block: args.block, made: args.made };
    match &args.endpoint {
        Some(endpoint) => {
            let filled = fill::run(endpoint, DELAY, Vec::new(), extent).await;
            let times = format!("{:.0} times", filled.rate() / SOSW);
            let by_sosw = [any("  by the 18 of sosw 0.7.51"), times, any(">= 50 times")];
            print(&filled, "each call held back by 4 ms", [by_sosw]);
        }
        None => {
            let engine = Engine::start();
            let (none, workers) = (Duration::ZERO, vec![std::process::id(), engine.id()]);
            let filled = fill::run(engine.endpoint(), none, workers, extent).await;
            print(&filled, "the embedded engine in a process of its own", []);
        }
    }
}

fn print(filled: &Filled, conditions: &str, by_others: impl IntoIterator<Item = [String; 3]>) {
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let (pace, total) = (&filled.pace, filled.total);
    let mut rows = vec![[any("tasks made in a second"), format!("{:.0}", filled.rate()), any("")]];
    let seconds = format!("{:.1} s", filled.seconds);
    rows.push([any("  together"), seconds, any("a million in blocks of 100: <= 10 s")]);
    rows.extend(by_others);
    let mut end_to_start = |what, share| rows.push([any(what), percent(share), any(">= 80 %")]);
    end_to_start("rate of the last tenth by that of the first", pace.by_clock());
    let by_cpu = ["  in CPU time of the scheduler", "  in CPU time of the engine"];
    for (what, share) in by_cpu.into_iter().zip(pace.by_cpu()) {
        end_to_start(what, share);
    }
    let megabytes = format!("{:.0} MB", filled.peak_memory as f64 / 1024.0);
    let room = format!("{:.0} s", filled.room);
    rows.extend([
        [any("peak memory of the scheduler's process"), megabytes, any("< 150 MB")],
        [format!("all {total} in order; from the last place to now"), room, any("> 0 s")],
    ]);
    let profile = if cfg!(debug_assertions) { "not optimised" } else { "optimised" };
    let title = format!("{} of a job's {total} tasks made, {conditions}, {profile}", filled.made);
    table::print(&title, ["", "measured", "aim"], rows);
}
