//! What happened in each minute.

mod counts;
mod lost_ticks;
mod price;

use std::time::Duration;

use guarantees::world::{START, World, id};
use operator::history::{History, Point, Range, Series, read};
use task_manager::time::Timestamp;

/// Everything that is recorded of this series, by the minute.
async fn history(world: &World, series: &Series) -> History {
    let (from, to) = (Timestamp::from_seconds(START), world.now());
    let every = Some(Duration::from_secs(60));
    read(&world.manager, series, &Range { from, to, every }).await.unwrap()
}

async fn minutes(world: &World, labourer: &str) -> Vec<Point> {
    history(world, &Series::Labourer(id(labourer))).await.points
}

/// Sums of started, succeeded, failed, expired, exhausted, retried.
fn sums(points: &[Point]) -> [u64; 6] {
    let each = |p: &Point| [p.started, p.succeeded, p.failed, p.expired, p.exhausted, p.retried];
    points.iter().map(each).fold([0; 6], |sum, more| std::array::from_fn(|k| sum[k] + more[k]))
}

/// A minute passes, and the orchestrator ticks.
async fn minute(world: &World) {
    world.pass(60.0);
    world.orchestrate_and_record().await;
}
