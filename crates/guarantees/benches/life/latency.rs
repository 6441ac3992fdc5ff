//! From a job's arrival to its labourer's start, with free slots.

use std::time::{Duration, Instant};

use guarantees::{
    table::{self, any, one},
    wire::Call,
};
use serde_json::json;

use crate::rig::Rig;

const SAMPLES: usize = 100;

pub async fn print() {
    let mut rig = Rig::new(10, Duration::ZERO).await;
    let mut samples = Vec::with_capacity(SAMPLES);
    let mut calls = 0;
    for n in 0..SAMPLES {
        let job = json!({ "lambda_name": "worker", "n": n });
        let until = rig.manager.now() + Duration::from_secs(60);
        rig.world.wire.calls();
        let before = Instant::now();
        scheduler::run(&rig.manager, &job.clone().into(), None, until).await.unwrap();
        let (start, _) = rig.attempts.recv().await.unwrap();
        samples.push(start.duration_since(before).as_secs_f64() * 1000.0);
        calls = rig.world.wire.calls().iter().take_while(|call| !starts(call)).count();
        rig.run(1).await;
    }
    samples.sort_by(f64::total_cmp);
    let at = |share: f64| one(samples[(SAMPLES as f64 * share) as usize]);
    table::print(
        "From a job's arrival to its labourer's start, slots being free",
        ["", "median, ms", "p95, ms", "calls before it"],
        vec![
            [format!("{SAMPLES} jobs of one task"), at(0.5), at(0.95), any(calls)],
            [any("aim"), any("< 100"), any(""), any("")],
            [any("sosw 0.7.51, a tick a minute"), any(30_000), any(57_000), any("")],
        ],
    );
}

/// Does it start a labourer?
fn starts(call: &Call) -> bool {
    call.operation.ends_with("/invocations")
}
