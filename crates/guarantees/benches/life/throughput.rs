//! Whole lives in a second, against the floor of the same run.

use std::time::{Duration, Instant};

use guarantees::{
    process::cpu_time,
    table::{self, any, one},
    world::World,
};

use crate::{floor, meter::Meter, rig::Rig};

const TASKS: usize = 10 * 99;
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
        let lives = lives(slots, delay).await;
        rows.push([
            format!("lives, {slots} slots"),
            one(lives.rate),
            format!("{:.2}", lives.calls),
            format!("{:.2}", lives.transactions),
            format!("{:.1}", lives.busy),
            format!("{:.0} %", 100.0 * lives.rate / floor),
        ]);
    }
    rows.push([any("aim, 64 slots"), any("as 16"), any("<= 4.5"), any(""), any(""), any("")]);
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

async fn lives(slots: u32, delay: Duration) -> Lives {
    let mut rig = Rig::new(slots, Duration::ZERO).await;
    let mut meter = Meter::of(rig.manager.store());
    rig.world.wire.slow_down(delay);
    let (before, busy_before) = (Instant::now(), cpu_time(std::process::id()));
    rig.create(TASKS).await;
    rig.run(TASKS).await;
    let (elapsed, busy) = (before.elapsed(), cpu_time(std::process::id()) - busy_before);
    let calls = rig.world.wire.calls();
    let transactions = calls.iter().filter(|call| call.operation == "TransactWriteItems").count();
    Lives {
        rate: TASKS as f64 / elapsed.as_secs_f64(),
        calls: meter.read(&calls).each(TASKS).calls,
        transactions: transactions as f64 / TASKS as f64,
        // In hundredths of a second.
        busy: 10.0 * busy as f64 / TASKS as f64,
    }
}
