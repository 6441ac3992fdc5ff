//! What is read does not grow with the queue.

use guarantees::{
    table::{self, any},
    world::World,
};

use crate::meter::{Cost, Meter};

const DEPTHS: [usize; 2] = [10, 10_000];

pub async fn print() {
    let mut rows = Vec::new();
    for depth in DEPTHS {
        let steps = ["create 99", "start one by a tick", "close it, start the next"];
        for (step, cost) in steps.into_iter().zip(behind(depth).await) {
            rows.push([
                format!("{step}, behind {depth}"),
                any(cost.calls),
                any(cost.read),
                any(cost.bytes_read),
            ]);
        }
    }
    table::print(
        "What is read behind a queue of 10 and of 10000 (aim: the same)",
        ["", "calls", "read units", "bytes read"],
        rows,
    );
}

async fn behind(depth: usize) -> [Cost; 3] {
    let world = World::of_slots(1).await;
    let mut meter = Meter::of(world.manager.store());
    let mut read = || meter.read(&world.wire.calls());
    world.create_numbered(depth).await;
    read();
    world.create_numbered(99).await;
    let create = read();
    let event = world.next_event().await;
    let start = read();
    assert!(world.succeed(&event).await.handed_over_to.is_some());
    [create, start, read()]
}
