//! What a job costs, by DynamoDB's billing rules.

use serde::Serialize;
use task_manager::{jobs::plan::Plan, json::Json, queue::CREATE_MOST};

/// What a job will cost in write units of DynamoDB, if every task succeeds at its first attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// To queue its tasks.
    pub creating: u64,
    /// Until all are closed, the former included.
    pub whole: u64,
    /// Bytes of the largest payload.
    pub largest: usize,
}

/// Bytes of a task's item beside its payload: ids, numbers, history.
const BESIDE_PAYLOAD: u64 = 500;
/// Tasks whose size is measured; the others are taken to be like them.
const SAMPLE: u64 = 500;
/// Tasks that share one write of the cursor.
const BATCH: u64 = CREATE_MOST as u64;

impl Estimate {
    /// The cost of a plan, from a sample of its tasks.
    pub fn of(plan: &Plan) -> Self {
        let total = plan.len();
        let count = total.min(SAMPLE);
        let spread = |i: u64| (u128::from(total) * u128::from(i) / u128::from(count)) as u64;
        let tasks = (0..count).filter_map(|i| plan.task(spread(i)));
        let sizes = tasks.map(|task| Json::Object(task).to_string().len() as u64);
        // One unit for each KB, two in a transaction; an index entry is small.
        let units: u64 = sizes.map(|bytes| 2 * (bytes + BESIDE_PAYLOAD).div_ceil(1024)).sum();
        let items = (u128::from(units) * u128::from(total) / u128::from(count.max(1))) as u64;
        let creating = items + total + 2 * total.div_ceil(BATCH);
        // Claimed: item, and its entry moves. Closed: deleted, put, counted, with both indexes.
        let whole = creating + 3 * items + total * 6;
        Self { creating, whole, largest: plan.largest().bytes }
    }
}
