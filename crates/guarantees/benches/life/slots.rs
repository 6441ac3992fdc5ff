//! The share of their time in which slots are busy while there is work.

use std::time::{Duration, Instant};

use guarantees::table::{self, any};

use crate::rig::Rig;

const SLOTS: u32 = 10;
/// How long a labourer works, in ms, and how many tasks there are.
const WORK: [(u64, usize); 3] = [(100, 200), (500, 100), (2000, 40)];

pub async fn print() {
    let mut rows = Vec::new();
    for (millis, tasks) in WORK {
        let mut rig = Rig::new(SLOTS, Duration::from_millis(millis)).await;
        rig.create(tasks).await;
        rig.run(tasks).await;
        let attempts: Vec<_> = std::iter::from_fn(|| rig.attempts.try_recv().ok()).collect();
        assert_eq!(attempts.len(), tasks);
        rows.push([format!("{tasks} tasks of {millis} ms"), format!("{:.0} %", busy(&attempts))]);
    }
    rows.push([any("aim, tasks of 2 s"), any(">= 95 %")]);
    rows.push([any("sosw 0.7.51, tasks of 2 s, a tick a minute"), any("3 %")]);
    table::print("Slots busy until the queue is empty (10 slots)", ["", "busy"], rows);
}

/// In percent, from the first start to the last: then the queue is empty.
fn busy(attempts: &[(Instant, Instant)]) -> f64 {
    let starts = attempts.iter().map(|(start, _)| *start);
    let (first, last) = (starts.clone().min().unwrap(), starts.max().unwrap());
    let worked: Duration =
        attempts.iter().map(|(start, end)| (*end).min(last).duration_since(*start)).sum();
    100.0 * worked.as_secs_f64() / (f64::from(SLOTS) * last.duration_since(first).as_secs_f64())
}
