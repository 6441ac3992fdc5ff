//! What a job costs, by DynamoDB's and Lambda's billing rules.

use serde::Serialize;
use task_manager::{jobs::plan::Plan, queue::CREATE_MOST};

use crate::price::{INVOCATIONS, Units};

/// What a job will cost, if every task succeeds at its first attempt; without the time of its labourer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Tasks of a block; 1 if each is by itself.
    pub block_size: u64,
    /// Blocks, or single tasks.
    pub items: u64,
    /// Write units of DynamoDB to queue them.
    pub creating: u64,
    /// Until all are closed, the former included.
    pub whole: u64,
    /// Read units of DynamoDB.
    pub read: u64,
    /// Requests of Lambda: of the labourer, and of the worker assistant.
    pub invocations: u64,
    /// Of all of it, at list prices.
    pub dollars: f64,
    /// Bytes of the largest payload.
    pub largest: usize,
}

/// Bytes of a result in its block, beside its JSON text.
const BESIDE_RESULT: u64 = 10;
/// Bytes of an item beside its payload: ids, numbers, history. A block has no payload.
const BESIDE_PAYLOAD: u64 = 500;
/// Tasks whose size is measured; the others are taken to be like them.
const SAMPLE: u64 = 500;
/// Items that share one write of the cursor.
const BATCH: u64 = CREATE_MOST as u64;

impl Estimate {
    /// The cost of a plan in blocks of so many tasks, or of single ones, from a sample of them. `result` is how
    /// many bytes of JSON each task produces.
    pub fn of(plan: &Plan, block_size: u64, result: u64) -> Self {
        let (total, largest) = (plan.len(), plan.largest().bytes);
        if block_size > 1 {
            let items = total.div_ceil(block_size);
            let results = block_size * if result > 0 { result + BESIDE_RESULT } else { 0 };
            let closing = items * units(BESIDE_PAYLOAD + results);
            let read = Units::OF_BLOCK.read;
            let of_blocks = Self::new(items, items * units(BESIDE_PAYLOAD), closing, read);
            return Self { block_size, largest, ..of_blocks };
        }
        let count = total.min(SAMPLE);
        let spread = |i: u64| (u128::from(total) * u128::from(i) / u128::from(count)) as u64;
        let texts = (0..count).filter_map(|i| plan.text(spread(i)));
        let sizes: Vec<_> = texts.map(|text| text.len() as u64).collect();
        let of_all = |more: u64| {
            let sampled: u64 = sizes.iter().map(|bytes| units(bytes + BESIDE_PAYLOAD + more)).sum();
            (u128::from(sampled) * u128::from(total) / u128::from(count.max(1))) as u64
        };
        let single = Self::new(total, of_all(0), of_all(result), Units::OF_ITEM.read);
        Self { largest, ..single }
    }

    /// So many items, which take so many write units each time that all are written, and at the end, with their
    /// results, so many.
    fn new(items: u64, written: u64, closing: u64, read: f64) -> Self {
        // An index entry is small.
        let creating = written + items + 2 * items.div_ceil(BATCH);
        // Claimed: item, and its entry moves. Closed: deleted, put, counted, with both indexes.
        let whole = creating + 2 * written + closing + items * 6;
        let each = Units { written: whole as f64 / items as f64, read };
        Self {
            block_size: 1,
            items,
            creating,
            whole,
            read: (items as f64 * read) as u64,
            invocations: items * INVOCATIONS,
            dollars: each.dollars(items as f64),
            largest: 0,
        }
    }
}

/// One for each KB, two in a transaction.
fn units(bytes: u64) -> u64 {
    2 * bytes.div_ceil(1024)
}
