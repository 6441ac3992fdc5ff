//! What a task costs in a block, by AWS's rules, from what goes over the wire: all that its job writes and reads
//! from the first block to the last, but for what a stack costs that only stands there.

use std::collections::VecDeque;

use guarantees::{
    blocks::{blocks, members},
    table,
    world::{World, success, with},
};
use operator::price::Units;
use serde_json::{Value, json};

use crate::meter::{Cost, Meter};

const SLOTS: u32 = 4;
/// Blocks of a job.
const BLOCKS: u32 = 20;
/// Bytes of a result as JSON text.
const RESULT: usize = 200;

/// A kind of blocks, and what it may cost.
struct Aim {
    size: u64,
    results: bool,
    /// Write units of a task.
    written: f64,
    /// Dollars of a million tasks.
    dollars: f64,
}

const AIMS: [Aim; 3] = [
    Aim { size: 100, results: false, written: 0.2, dollars: 0.14 },
    Aim { size: 100, results: true, written: 0.7, dollars: f64::NAN },
    Aim { size: 1000, results: false, written: f64::NAN, dollars: 0.03 },
];
/// Read units of a task.
const READ: f64 = 0.1;

pub async fn print() {
    let mut rows = Vec::new();
    for aim in AIMS {
        let cost = life(&aim).await;
        let size = aim.size as f64;
        let of_block = Units { written: cost.written * size, read: cost.read * size };
        let dollars = of_block.dollars(1e6 / size);
        let what = if aim.results { format!(", results of {RESULT} bytes") } else { String::new() };
        rows.push([
            format!("in blocks of {}{what}", aim.size),
            measured(cost.written, aim.written, 3),
            measured(cost.read, READ, 3),
            format!("{:.4}", cost.calls),
            measured(dollars, aim.dollars, 3),
        ]);
    }
    table::print(
        "Price of a task of a job, in blocks, its own rows included",
        ["", "write units (aim)", "read units (aim)", "calls", "dollars of a million tasks (aim)"],
        rows,
    );
}

/// A figure, and what it may be at most, if that is stated.
fn measured(figure: f64, aim: f64, digits: usize) -> String {
    match aim.is_nan() {
        true => format!("{figure:.digits$}"),
        false => format!("{figure:.digits$} (<= {aim})"),
    }
}

/// A job from its submission to its last report.
async fn life(aim: &Aim) -> Cost {
    let world = World::of_slots(SLOTS).await;
    let mut meter = Meter::of(world.manager.store());
    let tasks = BLOCKS * aim.size as u32;
    let job = world.fill(&blocks(tasks, aim.size)).await;
    let mut cost = meter.read(&world.wire.calls());
    let mut events = VecDeque::from(world.events().await);
    while let Some(event) = events.pop_front() {
        world.report(report(&event, aim.results)).await;
        cost = cost + meter.read(&world.wire.calls());
        events.extend(world.events().await);
    }
    let snapshot = world.snapshot(&job).await;
    assert_eq!(snapshot.job.block_size, aim.size);
    assert_eq!(snapshot.progress.succeeded, u64::from(tasks));
    cost.each(tasks as usize)
}

fn report(event: &Value, has_results: bool) -> Value {
    if !has_results {
        return success(event);
    }
    // With its quotes and the name of its field.
    let result = json!({ "at": "x".repeat(RESULT - r#"{"at":""}"#.len()) });
    let results: Value = members(event).into_iter().map(|id| (id, result.clone())).collect();
    with(success(event), json!({ "results": results }))
}
