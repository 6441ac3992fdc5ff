//! Whole lives in a second, against the floor of the same run.

use std::time::{Duration, Instant};

use guarantees::{
    blocks::blocks,
    process::cpu_time,
    table::{self, any, one},
    world::World,
};

use crate::{floor, meter::Meter, rig::Rig};

const TASKS: usize = 10 * 99;
/// Tasks of a block, and blocks of the job.
const BLOCK: usize = 100;
const BLOCKS: usize = 400;
/// More of them must never be slower.
const SLOTS: [u32; 2] = [16, 64];

/// What was measured of whole lives.
struct Lives {
    /// In a second.
    rate: f64,
    /// Requests to DynamoDB for each of them.
    calls: f64,
    /// Transactions for each of them.
    transactions: f64,
    /// Processor time of this process for each of them, in ms.
    busy: f64,
}

/// `delay`: how long each request is held back on its way.
pub async fn print(delay: Duration) {
    let floor = floor(delay).await;
    let mut rows = vec![[
        any("floor: the same transactions, 16 at once"),
        one(floor),
        any(""),
        any(""),
        any(""),
        any(""),
    ]];
    for slots in SLOTS {
        rows.push(row(format!("lives, {slots} slots"), lives(slots, delay).await, floor));
    }
    rows.push([any("aim, 64 slots"), any("as 16"), any("<= 4.5"), any(""), any(""), any("")]);
    let [slots, _] = SLOTS;
    let in_blocks = lives_in_blocks(slots, delay).await;
    rows.push(row(format!("lives in blocks of {BLOCK}, {slots} slots"), in_blocks, floor));
    rows.push([any("aim, with 4 ms"), any(">= 8000"), any(""), any(""), any(""), any("")]);
    rows.push([any("sosw 0.7.51, with 4 ms"), any("10"), any("10"), any(""), any(""), any("")]);
    let title =
        format!("Lives in a second (labourers that do nothing, {delay:?} added to each call)");
    let columns =
        ["", "tasks/s", "calls a task", "transactions", "ms of processor", "of the floor"];
    table::print(&title, columns, rows);
}

async fn floor(delay: Duration) -> f64 {
    let [slots, _] = SLOTS;
    let world = World::of_slots(slots).await;
    world.wire.slow_down(delay);
    let before = Instant::now();
    floor::run(&world, slots as usize, TASKS).await;
    TASKS as f64 / before.elapsed().as_secs_f64()
}

fn row(what: String, lives: Lives, floor: f64) -> [String; 6] {
    [
        what,
        one(lives.rate),
        format!("{:.2}", lives.calls),
        format!("{:.2}", lives.transactions),
        format!("{:.1}", lives.busy),
        format!("{:.0} %", 100.0 * lives.rate / floor),
    ]
}

async fn lives(slots: u32, delay: Duration) -> Lives {
    let mut rig = Rig::new(slots, Duration::ZERO).await;
    let begun = Begun::now(&rig, delay);
    rig.create(TASKS).await;
    rig.run(TASKS).await;
    begun.ended(&rig, TASKS)
}

/// A job from its first block to its last.
async fn lives_in_blocks(slots: u32, delay: Duration) -> Lives {
    let mut rig = Rig::new(slots, Duration::ZERO).await;
    let tasks = BLOCKS * BLOCK;
    let begun = Begun::now(&rig, delay);
    rig.fill(&blocks(tasks as u32, BLOCK as u64)).await;
    rig.run(BLOCKS).await;
    begun.ended(&rig, tasks)
}

/// What is compared at the end.
struct Begun {
    at: Instant,
    busy: u64,
    meter: Meter,
}

impl Begun {
    /// From now on each request is held back.
    fn now(rig: &Rig, delay: Duration) -> Self {
        rig.world.wire.slow_down(delay);
        let meter = Meter::of(rig.manager.store());
        Self { at: Instant::now(), busy: cpu_time(std::process::id()), meter }
    }

    fn ended(mut self, rig: &Rig, tasks: usize) -> Lives {
        let (elapsed, busy) = (self.at.elapsed(), cpu_time(std::process::id()) - self.busy);
        let calls = rig.world.wire.calls();
        let transactions = calls.iter().filter(|call| call.operation == "TransactWriteItems");
        Lives {
            rate: tasks as f64 / elapsed.as_secs_f64(),
            transactions: transactions.count() as f64 / tasks as f64,
            calls: self.meter.read(&calls).each(tasks).calls,
            // In hundredths of a second.
            busy: 10.0 * busy as f64 / tasks as f64,
        }
    }
}
