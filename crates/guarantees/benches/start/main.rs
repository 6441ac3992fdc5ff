//! From the start of a function's process to its first request for work, and what memory it has by
//! then: the four functions as they were built for Lambda, a function with nothing but Lambda's
//! runtime, and sosw 0.7's orchestrator where its Python is at hand.
//!
//! `make bench-start` builds what is measured and says where it is: `SOSW_BENCH_FUNCTIONS` is the
//! directory of the bootstraps, `SOSW_BENCH_BARE` the bare function, `SOSW_BENCH_PYTHON` a Python
//! that has sosw 0.7 and awslambdaric.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod program;
mod start;

use std::time::Duration;

use guarantees::table;
use local::dynamodb::{DynamoDb, DynamoDbConfig};
use program::Program;
use start::Start;

/// The embedded engine is half as fast with most others.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Starts of each program. They take turns, so that a machine that is busy for a while is busy for
/// all of them.
const STARTS: usize = 40;

#[tokio::main]
async fn main() {
    let engine = DynamoDb::start(DynamoDbConfig::default()).await.unwrap();
    program::write_config(&engine.url()).await;
    let programs = Program::all(&engine.url());
    let mut starts: Vec<Vec<Start>> = programs.iter().map(|_| Vec::new()).collect();
    for _ in 0..STARTS {
        for (program, starts) in programs.iter().zip(&mut starts) {
            starts.push(start::watch(program.command()));
        }
    }
    let starts: Vec<_> = starts.into_iter().map(least).collect();
    let bare = starts[0];
    let rows = programs.iter().zip(starts).map(|(program, start)| row(program, start, bare));
    let header =
        ["program", "ms", "of bare", "CPU ms", "of bare", "peak MB", "program MB", "zip MB"];
    let title = format!("From process start to the first request for work, the least of {STARTS}");
    table::print(&title, header, rows.collect());
}

fn row(program: &Program, start: Start, bare: Start) -> [String; 8] {
    let size = |bytes: Option<u64>| bytes.map_or("-".to_owned(), |bytes| megabytes(bytes as f64));
    let milliseconds = |time: Duration| table::one(time.as_secs_f64() * 1e3);
    let ratio =
        |time: Duration, bare: Duration| table::one(time.as_secs_f64() / bare.as_secs_f64());
    [
        program.name.clone(),
        milliseconds(start.took),
        ratio(start.took, bare.took),
        milliseconds(start.worked),
        ratio(start.worked, bare.worked),
        megabytes(start.peak as f64),
        size(program.size()),
        size(program.zipped),
    ]
}

fn megabytes(bytes: f64) -> String {
    table::one(bytes / 1e6)
}

/// What others do on the machine only makes a start longer.
fn least(starts: Vec<Start>) -> Start {
    let least = |a: Start, b: Start| Start {
        took: a.took.min(b.took),
        worked: a.worked.min(b.worked),
        peak: a.peak.min(b.peak),
    };
    starts.into_iter().reduce(least).unwrap()
}
