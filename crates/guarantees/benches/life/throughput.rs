//! Whole lives in a second, against the floor of the same run.

use std::time::{Duration, Instant};

use guarantees::{
    table::{self, any, one},
    world::World,
};

use crate::{floor, meter::Meter, rig::Rig};

const TASKS: usize = 5 * 99;
const SLOTS: u32 = 16;

pub async fn print() {
    let floor = floor().await;
    let (lives, calls) = lives().await;
    table::print(
        "Lives in a second (16 slots, labourers that do nothing)",
        ["", "tasks/s", "calls a task", "of the floor"],
        vec![
            [any("floor: the same transactions, nothing else"), one(floor), any(""), any("")],
            [any("lives"), one(lives), one(calls), format!("{:.0} %", 100.0 * lives / floor)],
        ],
    );
}

async fn floor() -> f64 {
    let world = World::of_slots(SLOTS).await;
    let before = Instant::now();
    floor::run(&world, SLOTS as usize, TASKS).await;
    TASKS as f64 / before.elapsed().as_secs_f64()
}

async fn lives() -> (f64, f64) {
    let mut rig = Rig::new(SLOTS, Duration::ZERO).await;
    let mut meter = Meter::of(rig.manager.store());
    let before = Instant::now();
    rig.create(TASKS).await;
    rig.run(TASKS).await;
    let elapsed = before.elapsed().as_secs_f64();
    let cost = meter.read(&rig.world.wire.calls());
    (TASKS as f64 / elapsed, cost.each(TASKS).calls)
}
